import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.notify.building import NOW

from foreshock_notify.domain.retry import PATIENCE, Answer, Outcome, delay, judge

SCHEDULE = [1, 5, 15, 30, 60, 120, 300, 900, 3600, 3600, 3600]


def _rng(seed: int = 7) -> random.Random:
    return random.Random(seed)  # noqa: S311  jitter is no secret


def _judged(answer: Answer, attempt: int = 1, waited: timedelta = timedelta(0)) -> tuple[Outcome, float | None]:
    verdict = judge(answer, attempt, NOW, NOW + waited, _rng())
    wait = None if verdict.due_at is None else (verdict.due_at - NOW - waited).total_seconds()
    return verdict.outcome, wait


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_only_2xx_is_success(status: int) -> None:
    assert _judged(Answer(status)) == (Outcome.DELIVERED, None)


@pytest.mark.parametrize("status", [100, 301, 302, 307, 400, 401, 404, 409, 422, 425, 429, 500, 503])
def test_everything_else_is_tried_again(status: int) -> None:
    assert _judged(Answer(status))[0] is Outcome.RETRY


def test_no_answer_is_tried_again() -> None:
    assert _judged(Answer(error="refused"))[0] is Outcome.RETRY


def test_gone_is_gone() -> None:
    assert _judged(Answer(410)) == (Outcome.GONE, None)


@given(st.integers(1, 11), st.integers())
def test_the_waits_follow_the_schedule_within_a_fifth(attempt: int, seed: int) -> None:
    waited = delay(attempt, _rng(seed)).total_seconds()
    assert 0.8 * SCHEDULE[attempt - 1] - 1e-3 <= waited <= 1.2 * SCHEDULE[attempt - 1] + 1e-3


def test_waits_differ_so_that_receivers_are_not_called_all_at_once() -> None:
    rng = _rng()
    assert len({delay(5, rng) for _ in range(20)}) == 20


def test_retry_after_is_honoured() -> None:
    assert _judged(Answer(503, retry_after=timedelta(minutes=20))) == (Outcome.RETRY, 1200)


def test_retry_after_is_honoured_up_to_an_hour() -> None:
    assert _judged(Answer(429, retry_after=timedelta(days=3))) == (Outcome.RETRY, 3600)


def test_retry_after_never_shortens_the_wait() -> None:
    _, wait = _judged(Answer(503, retry_after=timedelta(seconds=1)), attempt=5)
    assert wait is not None
    assert wait >= 48


def test_a_delivery_is_given_up_after_75_hours() -> None:
    assert _judged(Answer(500), attempt=80, waited=PATIENCE - timedelta(minutes=30)) == (Outcome.GAVE_UP, None)
    assert _judged(Answer(500), attempt=80, waited=PATIENCE - timedelta(hours=2))[0] is Outcome.RETRY


def test_about_eighty_attempts_are_made_in_all() -> None:
    rng, now, attempts = _rng(), NOW, 1
    while (verdict := judge(Answer(500), attempts, NOW, now, rng)).due_at is not None:
        now, attempts = verdict.due_at, attempts + 1
    assert now - NOW <= PATIENCE
    assert 70 <= attempts <= 90
