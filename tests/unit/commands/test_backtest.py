"""What a backtest says: labels, the report, the page and its picture."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from unit.notify.building import NOW, a_post, a_rule, a_rule_set, an_id, incident_of, later
from unit.notify.test_simulation import history, played

from foreshock_notify.simulation.compare import compare
from foreshock_notify.simulation.figures import measure
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.backtest import labels
from foreshock_stack.backtest.page import page
from foreshock_stack.backtest.report import Played, Report, wait
from foreshock_stack.backtest.timeline import timeline
from foreshock_stack.commands.backtest import span

LABELS = {an_id("real"): True, an_id("false"): False}


def report() -> Report:
    rules = [a_rule_set(a_rule(shock=True)), a_rule_set(a_rule("firm", shock=True, min_origins=2))]
    outcomes = [played(each, *history()) for each in rules]
    both = [
        Played(name, outcome, measure(outcome, LABELS))
        for name, outcome in zip(("rules.yaml", "other.yaml"), outcomes, strict=True)
    ]
    return Report(NOW, later(days=1), 5, both, compare(*outcomes), unmet=1)


def test_labels_of_posts_stories_and_incidents_speak_of_stories(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(
        f'{{"post_id": "{an_id("a")}", "useful": true}}\n\n'
        f'{{"story_id": "{an_id("false")}", "useful": true, "by": "ann"}}\n'
        f'{{"incident_id": "{incident_of("false")}", "useful": false}}\n'
        f'{{"story_id": "{an_id("elsewhere")}", "useful": true}}\n'
        '{"useful": true}\nnonsense\n'
    )
    found, bad = labels.read(path)
    assert [each.number for each in bad] == [6, 7]
    assert "names neither a post_id" in bad[0].reason
    for post in history():
        found.meet(post)
    assert found.stories == {an_id("real"): True, an_id("false"): False}
    assert found.unmet == 1


def test_the_figures_stand_side_by_side() -> None:
    rows = {row[0]: row[1:] for row in report().headline()}
    assert rows[""] == ("rules.yaml", "other.yaml")
    assert rows["notifications"] == ("3", "1")
    assert rows["precision"] == ("0.50", "1.00")
    assert rows["time to alert, median"] == ("0 s", "30.0 min")


def test_without_labels_nothing_is_said_of_precision() -> None:
    known = report()
    bare = replace(known, played=[replace(each, figures=measure(each.outcome, {})) for each in known.played])
    assert "precision" not in {row[0] for row in bare.headline()}


def test_the_page_has_every_difference_and_no_script_and_escapes_what_is_not_ours() -> None:
    evil = played(a_rule_set(), a_post("x", text="<script>alert(1)</script>"))
    made = page(replace(report(), played=[Played("rules.yaml", evil, measure(evil, {}))], comparison=None))
    assert "<script" not in made
    assert "&lt;script&gt;" in made
    whole = page(report())
    assert "told by rules.yaml alone <small>1</small>" in whole
    assert "told later by other.yaml <small>1</small>" in whole
    assert "http" not in whole.replace("http-equiv", "")


def test_the_picture_has_a_dot_for_each_notification() -> None:
    known = report()
    found = ET.fromstring(timeline(known.played, known.since, known.until))  # noqa: S314  we wrote it
    dots = list(found.iter("circle"))
    assert len(dots) == 4
    assert all(190 <= float(dot.get("cx") or 0) <= 960 for dot in dots)
    assert sum(dot.get("r") == "5" for dot in dots) == 3


@pytest.mark.parametrize("days", [1 / 1440, 0.5, 1, 30, 400])
def test_a_timeline_of_any_length_has_a_few_ticks(days: float) -> None:
    drawn = ET.fromstring(timeline([], NOW, NOW + timedelta(days=days)))  # noqa: S314  we wrote it
    assert 1 <= len(list(drawn.iter("text"))) <= 11


def test_spans_are_read_and_told() -> None:
    assert span("30d") == timedelta(days=30)
    assert wait(timedelta(seconds=90)) == "90 s"
    for wrong in ("soon", "0d", "30"):
        with pytest.raises(ConfigurationError, match="--since"):
            span(wrong)
