"""The demonstration, as far as it needs no servers: its recording, its stage, and what a person reads."""

import json
from io import StringIO
from pathlib import Path

import yaml
from rich.console import Console

from foreshock_shared.contracts.post import PostIn, Tier
from foreshock_stack.demo.stage import SPEED, build, timeline
from foreshock_stack.demo.telling import Telling
from foreshock_stack.feed import Dated, opened, read
from foreshock_stack.pacing import schedule

EVENT = {
    "headline": "Corvane suspends Sorrel 5",
    "urgency": "critical",
    "status": "unconfirmed",
    "revision": 1,
    "rules": ["policy-shock"],
    "origins": 1,
    "effect": {"action": "suspend", "targets": ["sorrel-5"], "audience": "foreign nationals", "status": "in_force"},
    "posts": [{"source": "wire", "tier": "press", "text": f"[bold]post {n}[/bold]"} for n in range(6)],
    "why": {"cues": [{"decision": "shock", "cue": "suspend all access", "weight": 2.1}]},
}


def posts() -> list[Dated]:
    with opened(timeline()) as recording:
        items = list(read(recording.lines, "timeline"))
    good = [item for item in items if isinstance(item, Dated)]
    assert len(good) == len(items)
    return good


def shown(*, terminal: bool) -> str:
    out = StringIO()
    Console(file=out, force_terminal=terminal, width=160, color_system=None).print(
        Telling(EVENT, "foreshock.incident.opened.v1", 123.4)
    )
    return out.getvalue()


def test_every_post_of_the_timeline_would_be_accepted() -> None:
    accepted = [PostIn.model_validate_json(json.dumps(post.row)) for post in posts()]
    assert 150 <= len(accepted) <= 250
    assert len({post.identity() for post in accepted}) == len(accepted)


def test_the_timeline_is_in_order_and_over_within_fifty_seconds() -> None:
    dates = [post.date for post in posts() if post.date]
    assert dates == sorted(dates)
    assert max(due.at for due in schedule(posts(), SPEED)) <= 50


def test_the_provider_speaks_early_enough_for_an_alert_within_a_minute() -> None:
    first = next(
        due.at
        for due in schedule(posts(), SPEED)
        if due.row["tier"] == Tier.PROVIDER and "directive" in due.row["text"]
    )
    assert 5 < first < 20


def test_the_afternoon_lies_ahead_so_that_nobody_takes_it_for_news() -> None:
    assert all(post.date and post.date.year > 2030 for post in posts())


def test_the_stage_is_made_anew_and_leaves_everything_else_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    first = build(tmp_path, "http://127.0.0.1:1/hook")
    (first.config / "left-over").write_text("old")
    stage = build(tmp_path, "http://127.0.0.1:2/hook")
    assert not (stage.config / "left-over").exists()
    assert (tmp_path / "kept").read_text() == "mine"
    rules = yaml.safe_load((stage.config / "rules.yaml").read_text())
    assert rules["receivers"][0]["url"] == "http://127.0.0.1:2/hook"


def test_a_person_reads_what_happened_why_and_how_fast() -> None:
    for text in (shown(terminal=True), shown(terminal=False)):
        for part in (
            "ALERT",
            "critical",
            "Corvane suspends Sorrel 5",
            "suspend all access",
            "123 ms",
            "foreign nationals",
        ):
            assert part in text


def test_markup_in_a_post_is_shown_and_never_obeyed() -> None:
    assert "[bold]post 0[/bold]" in shown(terminal=True)


def test_elsewhere_than_on_a_terminal_there_are_plain_lines() -> None:
    assert "│" not in shown(terminal=False)
    assert "│" in shown(terminal=True)
