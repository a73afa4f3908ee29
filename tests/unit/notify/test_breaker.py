"""When a receiver is left alone, decided without a clock."""

from datetime import timedelta

import pytest
from unit.notify.building import NOW, later

from foreshock_notify.domain.breaker import (
    CLOSED,
    COOL_DOWN,
    FAILURES,
    LONGEST,
    Breaker,
    admits,
    after_answer,
    after_taking,
)
from foreshock_notify.domain.retry import Answer, Reason

WELL = Answer(204)
BROKEN = Answer(500)
LEASE = timedelta(seconds=30)


def _after(*answers: Answer) -> Breaker:
    breaker = CLOSED
    for answer in answers:
        breaker = after_answer(breaker, answer, NOW)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    assert not _after(*[BROKEN] * (FAILURES - 1)).is_open
    opened = _after(*[BROKEN] * FAILURES)
    assert opened.is_open
    assert opened.resume_at == NOW + COOL_DOWN


def test_a_success_begins_the_count_anew() -> None:
    assert not _after(*[BROKEN] * (FAILURES - 1), WELL, BROKEN).is_open


def test_while_it_is_open_nothing_is_taken_and_then_one() -> None:
    opened = _after(*[BROKEN] * FAILURES)
    assert admits(opened, 4, NOW) == 0
    assert admits(opened, 4, NOW + COOL_DOWN) == 1
    assert admits(CLOSED, 4, NOW) == 4


def test_while_a_probe_is_out_nothing_more_is_taken_until_it_counts_as_lost() -> None:
    later_on = NOW + COOL_DOWN
    probing = after_taking(_after(*[BROKEN] * FAILURES), LEASE, later_on)
    assert admits(probing, 4, later_on) == 0
    assert admits(probing, 4, later_on + LEASE) == 1
    assert after_taking(CLOSED, LEASE, NOW) == CLOSED


def test_a_probe_that_succeeds_closes_it() -> None:
    probing = after_taking(_after(*[BROKEN] * FAILURES), LEASE, NOW)
    assert after_answer(probing, WELL, NOW) == CLOSED


def test_each_probe_that_fails_doubles_the_time_up_to_a_bound() -> None:
    breaker = _after(*[BROKEN] * FAILURES)
    waits = []
    for _ in range(8):
        breaker = after_answer(after_taking(breaker, LEASE, NOW), BROKEN, NOW)
        assert breaker.resume_at is not None
        waits.append(breaker.resume_at - NOW)
    assert waits[:3] == [COOL_DOWN * 2, COOL_DOWN * 4, COOL_DOWN * 8]
    assert waits[-1] == LONGEST


def test_what_was_under_way_when_it_opened_does_not_keep_it_open_longer() -> None:
    opened = _after(*[BROKEN] * FAILURES)
    assert after_answer(opened, BROKEN, later(seconds=5)) == opened
    assert after_answer(opened, WELL, later(seconds=5)) == CLOSED


@pytest.mark.parametrize("reason", [Reason.GONE, Reason.MISCONFIGURED])
def test_a_receiver_that_is_suspended_is_none_of_its_business(reason: Reason) -> None:
    breaker = Breaker(failures=2)
    assert after_answer(breaker, Answer(200, said=reason), NOW) == breaker


def test_a_body_that_is_rejected_shows_that_the_receiver_is_well() -> None:
    assert _after(*[Answer(400, said=Reason.REJECTED)] * 9) == CLOSED


def test_who_asks_to_be_left_alone_is_left_alone_at_once() -> None:
    asked = _after(Answer(429, timedelta(minutes=7)))
    assert asked.is_open
    assert asked.resume_at == later(minutes=7)


def test_nobody_is_left_alone_for_longer_than_an_hour() -> None:
    assert _after(Answer(429, timedelta(days=1))).resume_at == later(hours=1)


def test_too_many_requests_without_a_time_are_a_failure_like_any_other() -> None:
    assert _after(Answer(429)) == Breaker(failures=1)
