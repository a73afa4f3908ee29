"""Every example of docs/rules.md loads, and does what the page says."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from unit.notify.building import NOW, SECRET, a_post, a_rule, an_id, later

from foreshock_notify.adapters.rules_file import load
from foreshock_notify.domain.burst import EVERYTHING, Count, Tally
from foreshock_notify.domain.case import Reason
from foreshock_notify.domain.casebook import Casebook
from foreshock_notify.domain.notification import Kind
from foreshock_notify.domain.rules import Facts, Match, RuleSet
from foreshock_notify.domain.telling import Collect, Held, Hold, Owed, Plan, Send, Suppress, decide
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^### ([^\n]+)\n```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
RECEIVERS = "receivers:\n" + "".join(
    f"  - {{name: {name}, url: 'https://{name}.example.org', secret_env: SECRET}}\n"
    for name in ("desk", "boss", "chief")
)


def example(name: str, folder: Path) -> RuleSet:
    path = folder / "rules.yaml"
    path.write_text(RECEIVERS + EXAMPLES[name])
    return load(path, {"SECRET": SECRET})


def matches(rules: RuleSet, origins: int = 1, **what: Any) -> bool:
    return isinstance(rules.judge(Facts.of(a_post(**what), origins), NOW)[0], Match)


def plan(rules: RuleSet, at: datetime = NOW, told: tuple[datetime, ...] = (), **what: Any) -> Plan:
    """What becomes of an opening of medium urgency, of the example's rule, at a time."""
    (rule,) = rules.rules
    opening: dict[str, Any] = {
        "incident": an_id("incident"),
        "receiver": "desk",
        "kind": Kind.OPENED,
        "ended": False,
        "urgency": Urgency.MEDIUM,
        "rules": (rule.name,),
        "opened_at": NOW,
        "decided_at": NOW,
    }
    return decide(rules, Owed(**{**opening, **what}), {rule.name: told}, (), at)


def what_a_post_is(rules: RuleSet) -> None:
    assert matches(rules, tier=Tier.PRESS)
    assert matches(rules, tier=Tier.PRESS, entities=["Helios"], topics=[Topic.COMPUTE], lang="zh-Hans")
    for lacking in ({"shock": False}, {"urgency": Urgency.MEDIUM}, {"entities": ["Other"]}, {"jurisdiction": "eu"}):
        assert not matches(rules, **({"tier": Tier.PRESS} | lacking))
    assert not matches(rules, tier=Tier.SOCIAL)


def some_all_none(rules: RuleSet) -> None:
    assert matches(rules, entities=["Nova 5", "Helios"])
    assert not matches(rules, entities=["Nova 5"])
    assert not matches(rules, entities=["Nova 5", "Helios", "Test Model"])
    assert not matches(rules, entities=["Nova 5", "Helios"], topics=[Topic.POLICY, Topic.OPINION])


def corroborated(rules: RuleSet) -> None:
    first, copy, second = a_post("a"), a_post("b", copy_of="a"), a_post("c")
    decisions = Casebook().decide(rules, [first, copy, second], NOW)
    assert [decision.reason for decision in decisions] == [
        Reason.TOO_FEW_ORIGINS,
        Reason.TOO_FEW_ORIGINS,
        Reason.OPENED,
    ]


def new_stories_only(rules: RuleSet) -> None:
    assert matches(rules, topics=[Topic.FUNDING])
    assert not matches(rules, topics=[Topic.FUNDING], first_seen=later(minutes=-1))


def bursts(rules: RuleSet) -> None:
    (span,) = rules.spans
    counts = {(span, "compute"): Count(9, 300), (span, EVERYTHING): Count(109, 17_000)}
    posts: list[PostStored] = [
        a_post(f"post {n}", story=f"story {n}", topics=[Topic.COMPUTE], shock=False) for n in range(5)
    ]
    book = Casebook(tally=Tally(later(days=-30), counts, rules.spans))
    changes = [change for decision in book.decide(rules, posts, NOW) for change in decision.changes]
    assert [change.reason for change in changes] == [Reason.BURST]
    flood = {(span, "compute"): Count(9, 300), (span, EVERYTHING): Count(5_000, 17_000)}
    book = Casebook(tally=Tally(later(days=-30), flood, rules.spans))
    assert not any(decision.changes for decision in book.decide(rules, posts, NOW))


def at_most_so_many(rules: RuleSet) -> None:
    told = (later(minutes=-30), later(minutes=-20), later(minutes=-10))
    assert plan(rules, told=told) == Hold(later(minutes=30), Held.THROTTLED, "sparing")
    assert plan(rules, told=told[1:]) == Send("sparing")
    assert plan(rules, told=told, urgency=Urgency.CRITICAL) == Send("sparing")


def quiet_hours(rules: RuleSet) -> None:
    wednesday = datetime.fromisoformat("2026-06-10T20:30:00Z")
    assert plan(rules, wednesday) == Hold(
        datetime.fromisoformat("2026-06-11T05:00:00Z"), Held.QUIET_HOURS, "not-at-night"
    )
    assert plan(rules, wednesday + timedelta(days=2)) == Send("not-at-night")
    assert plan(rules, wednesday, urgency=Urgency.CRITICAL) == Send("not-at-night")


def digest(rules: RuleSet) -> None:
    eight = datetime.fromisoformat("2026-06-13T06:00:00Z")
    assert plan(rules) == Collect(eight, Held.DIGEST, "morning-paper")
    assert plan(rules, urgency=Urgency.CRITICAL) == Send("morning-paper")


def only_what_stands(rules: RuleSet) -> None:
    assert plan(rules, urgency=Urgency.CRITICAL) == Hold(later(minutes=5), Held.NOT_STOOD, "what-stands")
    assert plan(rules, ended=True, kind=Kind.LIFTED) == Suppress(Held.ENDED_EARLY, "what-stands")


def escalation(rules: RuleSet) -> None:
    assert plan(rules, receiver="boss") == Hold(later(minutes=15), Held.ESCALATION, "rouse")
    assert plan(rules, receiver="chief") == Hold(later(minutes=30), Held.ESCALATION, "rouse")
    assert plan(rules, later(minutes=30), receiver="chief") == Send("rouse")
    assert plan(rules, later(minutes=30), receiver="chief", acknowledged=True) == Suppress(Held.ACKNOWLEDGED, "rouse")
    assert plan(rules) == Send("rouse")


SHOWN: dict[str, Callable[[RuleSet], None]] = {
    "What a post is": what_a_post_is,
    "Some, all, none": some_all_none,
    "Corroborated": corroborated,
    "New stories only": new_stories_only,
    "Bursts": bursts,
    "At most so many": at_most_so_many,
    "Quiet hours": quiet_hours,
    "Digest": digest,
    "Only what stands": only_what_stands,
    "Escalation": escalation,
}


def test_every_example_is_shown() -> None:
    assert EXAMPLES.keys() == SHOWN.keys()


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_an_example_does_what_the_page_says(name: str, tmp_path: Path) -> None:
    SHOWN[name](example(name, tmp_path))


def test_every_reason_for_which_something_is_held_is_documented() -> None:
    assert {held.value for held in Held if f"`{held.value}`" not in PAGE} == set()


def test_every_key_of_a_rule_is_documented() -> None:
    fields = {field.alias or name for name, field in type(a_rule()).model_fields.items()}
    assert {key for key in fields if f"{key}:" not in PAGE} == set()
