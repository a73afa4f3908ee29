"""Rules on a virtual clock: what would have been told, when, and what is made of it."""

from datetime import timedelta

from unit.notify.building import NOW, a_post, a_rule, a_rule_set, an_id, later

from foreshock_notify.domain.notification import Kind, Status
from foreshock_notify.domain.rules import Rule, RuleSet
from foreshock_notify.simulation.agenda import Agenda
from foreshock_notify.simulation.compare import compare
from foreshock_notify.simulation.figures import measure
from foreshock_notify.simulation.outcome import Outcome
from foreshock_notify.simulation.simulate import Simulation
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier


def played(rules: RuleSet, *posts: PostStored) -> Outcome:
    simulation, outcome = Simulation(rules), Outcome()
    for post in posts:
        outcome.add(simulation.post(post, post.accepted_at).tellings)
    outcome.add(simulation.until(posts[-1].accepted_at + timedelta(days=1)))
    return outcome


def test_what_is_due_comes_in_the_order_of_time_and_of_entry() -> None:
    agenda = Agenda[str]()
    for minute, what in ((2, "c"), (1, "a"), (1, "b"), (5, "never")):
        agenda.add(later(minutes=minute), what)
    seen = []
    for at, what in agenda.until(later(minutes=3)):
        seen.append(what)
        if what == "a":
            agenda.add(at + timedelta(minutes=1), "added meanwhile")
    assert seen == ["a", "b", "c", "added meanwhile"]
    assert len(agenda) == 1


def test_a_story_is_told_when_it_opens_and_when_it_firms_up() -> None:
    outcome = played(
        a_rule_set(),
        a_post("first", source="one"),
        a_post("comment", shock=False, at=later(minutes=1)),
        a_post("second", source="two", at=later(minutes=5)),
        a_post("notice", tier=Tier.OFFICIAL, at=later(hours=1)),
    )
    assert [(t.at, t.kind, t.status, t.revision) for t in outcome.tellings] == [
        (NOW, Kind.OPENED, Status.UNCONFIRMED, 1),
        (later(minutes=5), Kind.UPDATED, Status.CORROBORATED, 2),
        (later(hours=1), Kind.UPDATED, Status.OFFICIAL, 3),
    ]
    assert outcome.sent == 3


def test_what_a_rule_puts_off_is_told_when_it_falls_due_between_two_posts() -> None:
    rule = Rule.model_validate({"name": "slow", "when": {"shock": True}, "send_to": ["desk"], "for": "10m"})
    simulation = Simulation(a_rule_set(rule))
    assert simulation.post(a_post("first"), NOW).tellings == []
    step = simulation.post(a_post("other", story="another", at=later(hours=1)), later(hours=1))
    assert [telling.at for telling in step.tellings] == [later(minutes=10)]
    assert [telling.at for telling in simulation.until(later(hours=2))] == [later(minutes=70)]


def test_what_was_put_off_gives_way_to_what_is_newer_and_opens_the_incident() -> None:
    rule = Rule.model_validate({"name": "slow", "when": {"shock": True}, "send_to": ["desk"], "for": "10m"})
    simulation = Simulation(a_rule_set(rule))
    simulation.post(a_post("first", source="one"), NOW)
    simulation.post(a_post("second", source="two", at=later(minutes=5)), later(minutes=5))
    told = simulation.until(later(hours=2))
    assert [(telling.at, telling.kind, telling.revision) for telling in told] == [(later(minutes=10), Kind.OPENED, 2)]


def test_what_is_collected_is_told_in_the_digest_of_its_moment() -> None:
    rule = Rule.model_validate(
        {"name": "calm", "when": {"topics": ["policy"]}, "send_to": ["desk"], "digest": {"every": "6h"}}
    )
    posts = [
        a_post(name, story=name, at=later(minutes=n), shock=False, urgency=Urgency.MEDIUM)
        for n, name in enumerate(("a", "b"))
    ]
    told = played(a_rule_set(rule), *posts).tellings
    assert [telling.digest for telling in told] == [True, True]
    assert len({telling.at for telling in told}) == 1
    assert {telling.story_id for telling in told} == {an_id("a"), an_id("b")}


def test_a_burst_is_counted_on_the_virtual_clock() -> None:
    burst = {"of": "policy", "factor": 5, "within": "1h", "over": "7d", "at_least": 10}
    rule = Rule.model_validate({"name": "surge", "when": {"burst": burst}, "send_to": ["desk"]})
    usual = [a_post(f"day {n}", story=f"day {n}", shock=False, at=later(hours=8 * n)) for n in range(21)]
    other = [
        a_post(f"market {n}", story=f"market {n}", shock=False, topics=[Topic.MARKET], at=later(hours=2 * n + 1))
        for n in range(90)
    ]
    surge = [a_post(f"now {n}", story=f"now {n}", shock=False, at=later(days=8, minutes=n)) for n in range(15)]
    posts = sorted([*usual, *other, *surge], key=lambda post: post.accepted_at)
    told = played(a_rule_set(rule), *posts).tellings
    assert [telling.rules for telling in told if telling.kind is Kind.OPENED] == [("surge",)]
    assert told[0].at >= later(days=8)


def test_an_incident_that_is_idle_is_closed_and_a_witness_reopens_it() -> None:
    outcome = played(a_rule_set(), a_post("first"), a_post("again", at=later(hours=80)))
    assert [(telling.reason, telling.revision) for telling in outcome.tellings] == [
        ("opened", 1),
        ("idle", 2),
        ("reopened", 3),
    ]


def test_a_story_that_goes_on_is_not_closed() -> None:
    posts = [a_post(f"post {n}", source="one", at=later(hours=40 * n)) for n in range(4)]
    assert [telling.reason for telling in played(a_rule_set(), *posts).tellings] == ["opened"]


def test_what_was_long_silent_is_forgotten_but_can_still_be_lifted() -> None:
    simulation = Simulation(a_rule_set())
    for n in range(50):
        simulation.post(a_post(f"post {n}", story=f"story {n}", shock=n == 0), later(minutes=n))
    simulation.until(later(days=8))
    assert (len(simulation._stories), len(simulation._casebook.witnesses), len(simulation._looks)) == (0, 0, 0)
    lift = a_post("lift", story="the lift", ends="story 0", at=later(days=9))
    told = simulation.post(lift, later(days=9)).tellings
    assert [(telling.kind, telling.story_id) for telling in told] == [(Kind.LIFTED, an_id("story 0"))]


def history() -> list[PostStored]:
    """A shock that corroborates, a false one, one that is missed, and a quiet one."""
    return [
        a_post("a", story="real", source="one"),
        a_post("b", story="false", urgency=Urgency.HIGH, at=later(minutes=1)),
        a_post("c", story="missed", shock=False, at=later(minutes=2)),
        a_post("d", story="quiet", shock=False, at=later(minutes=3)),
        a_post("e", story="real", source="two", at=later(minutes=30)),
    ]


LABELS = {an_id("real"): True, an_id("false"): False, an_id("missed"): True, an_id("quiet"): False}


def test_alerts_are_measured_against_what_people_said_of_them() -> None:
    figures = measure(played(a_rule_set(a_rule(shock=True)), *history()), LABELS)
    assert (figures.hits, figures.false_alarms, figures.missed, figures.rightly_silent) == (1, 1, 1, 1)
    assert (figures.precision, figures.recall) == (0.5, 0.5)
    assert (figures.median_wait, figures.longest_wait) == (timedelta(0), timedelta(0))
    assert figures.per_story == 1.5


def test_a_wait_is_counted_from_the_first_post_of_the_story() -> None:
    figures = measure(played(a_rule_set(a_rule(shock=True, min_origins=2)), *history()), LABELS)
    assert (figures.median_wait, figures.precision, figures.recall) == (timedelta(minutes=30), 1.0, 0.5)


def test_without_labels_and_alerts_there_are_no_figures_to_give() -> None:
    figures = measure(played(a_rule_set(a_rule(lang="ja")), *history()), {})
    assert (figures.precision, figures.recall, figures.median_wait, figures.per_story) == (None, None, None, 0.0)


def test_two_sets_of_rules_are_compared_by_story_and_receiver() -> None:
    first = played(a_rule_set(a_rule(shock=True), a_rule("quiet", send_to=["other"], shock=False)), *history())
    second = played(a_rule_set(a_rule(shock=True, min_origins=2)), *history())
    found = compare(first, second)
    assert [(each.story_id, each.receiver) for each in found.lost] == [
        (an_id("false"), "desk"),
        (an_id("missed"), "other"),
        (an_id("quiet"), "other"),
    ]
    assert found.won == []
    assert [(each.story_id, each.by) for each in found.later] == [(an_id("real"), timedelta(minutes=30))]
    assert [(each.story_id, each.by) for each in compare(second, first).sooner] == [
        (an_id("real"), -timedelta(minutes=30))
    ]
    assert compare(first, first).same == 4


def test_where_there_are_labels_only_the_waits_of_useful_stories_count() -> None:
    posts = [
        a_post("early", story="false", shock=False),
        a_post("late", story="false", at=later(hours=5)),
        a_post("real", story="real", at=later(hours=6)),
    ]
    outcome = played(a_rule_set(), *posts)
    assert measure(outcome, {an_id("false"): False, an_id("real"): True}).longest_wait == timedelta(0)
    assert measure(outcome, {}).longest_wait == timedelta(hours=5)
