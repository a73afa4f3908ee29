"""Far more of something than usual, and everything that is none."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from unit.notify.building import NOW, a_post, a_rule, a_rule_set, later

from foreshock_notify.domain.burst import EVERYTHING, Burst, Count, Span, Tally, bucket, bursting, expected
from foreshock_notify.domain.case import Reason
from foreshock_notify.domain.casebook import Casebook, plain
from foreshock_notify.domain.notification import Kind
from foreshock_shared.contracts.judgement import Topic

SPAN = Span(timedelta(hours=1), timedelta(days=7))
BURST = Burst.model_validate({"of": ["compute"]})
USUAL = 167
"""Hours of the usual time."""


LONG_AGO = later(days=-30)


def tally(recent: int, usual: int, all_recent: int, all_usual: int, since: datetime | None = LONG_AGO) -> Tally:
    counts: Mapping[str, Count] = {"compute": Count(recent, usual), EVERYTHING: Count(all_recent, all_usual)}
    return Tally(since, {(SPAN, subject): count for subject, count in counts.items()}, frozenset({SPAN}))


@pytest.mark.parametrize(
    ("recent", "usual", "all_recent", "all_usual", "is_burst"),
    [
        (50, 2 * USUAL, 150, 102 * USUAL, True),
        (10, 2 * USUAL, 110, 102 * USUAL, True),
        (9, 2 * USUAL, 109, 102 * USUAL, False),
        (50, 2 * USUAL, 150 * 30, 102 * USUAL, False),
        (50, 20 * USUAL, 150, 120 * USUAL, False),
        (12, 0, 112, 100 * USUAL, True),
    ],
    ids=["far above", "at the factor", "too few", "a flood of everything", "as usual", "never heard of before"],
)
def test_a_burst_is_far_above_the_usual_scaled_by_everything_else(
    recent: int, usual: int, all_recent: int, all_usual: int, is_burst: bool
) -> None:
    assert bursting(BURST, "compute", tally(recent, usual, all_recent, all_usual), NOW) is is_burst


def test_twice_the_sources_are_twice_the_expectation() -> None:
    usual, doubled = tally(4, 400, 104, 20_400), tally(4, 400, 204, 20_400)
    once, twice = expected(BURST, "compute", usual, NOW), expected(BURST, "compute", doubled, NOW)
    assert once is not None
    assert twice == pytest.approx(2 * once, rel=0.01)


def test_where_nothing_else_is_heard_time_is_the_scale() -> None:
    assert expected(BURST, "compute", tally(3, USUAL, 3, USUAL), NOW) == pytest.approx(1)


@pytest.mark.parametrize("since", [None, later(hours=-23)])
def test_who_has_counted_for_less_than_a_day_calls_nothing_unusual(since: datetime | None) -> None:
    assert not bursting(BURST, "compute", tally(500, 0, 600, 100, since), NOW)


def test_a_bucket_is_ten_minutes() -> None:
    assert bucket(NOW) == later(minutes=-1) == bucket(later(minutes=8))


def _casebook() -> Casebook:
    return Casebook(tally=tally(8, 2 * USUAL, 108, 102 * USUAL))


def _posts(count: int, **what: object) -> list[object]:
    return [
        a_post(f"post {n}", story=f"story {n}", shock=False, topics=[Topic.COMPUTE], at=NOW, **what)  # type: ignore[arg-type]
        for n in range(count)
    ]


def test_a_burst_opens_one_incident_of_its_own_however_long_it_goes_on() -> None:
    rules = a_rule_set(a_rule("rising", burst={"of": "compute"}))
    casebook = _casebook()
    decisions = casebook.decide(rules, _posts(30), NOW)  # type: ignore[arg-type]
    opened = [change for decision in decisions for change in decision.changes]
    assert [(change.reason, dict(change.tell)) for change in opened] == [(Reason.BURST, {"desk": Kind.OPENED})]
    assert opened[0].incident.headline.startswith("10 posts on compute within 1h, where 2.0 would be usual")
    assert [decision.reason for decision in decisions].count(Reason.BURST) == 1


def test_copies_of_a_text_are_no_burst() -> None:
    rules = a_rule_set(a_rule("rising", burst={"of": "topic"}))
    decisions = _casebook().decide(rules, _posts(30, copy_of="the one text"), NOW)  # type: ignore[arg-type]
    assert not any(decision.changes for decision in decisions)


def test_any_entity_may_burst_and_is_counted_by_its_id() -> None:
    rules = a_rule_set(a_rule("rising", burst={"of": "entity", "at_least": 5}))
    decisions = _casebook().decide(rules, _posts(5, entities=["Nova 5", "Helios"]), NOW)  # type: ignore[arg-type]
    opened = [change.incident.headline for decision in decisions for change in decision.changes]
    assert [headline.split()[3] for headline in opened] == ["helios", "nova-5"]


def test_a_post_that_bursts_is_not_plain() -> None:
    rules = a_rule_set(a_rule("rising", burst={"of": "compute"}))
    (post,) = _posts(1)
    assert plain(rules, post, NOW, tally(8, 0, 100, 102 * USUAL)) is not None  # type: ignore[arg-type]
    assert plain(rules, post, NOW, tally(10, 0, 100, 102 * USUAL)) is None  # type: ignore[arg-type]
