"""When ingest closes and opens again, and when a feed is asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foreshock_ingest.domain import schedule
from foreshock_ingest.domain.pressure import Limits, Reading, Strain, judge

LIMITS = Limits(backlog_entries=100, memory_percent=60, dead_letter_bytes=1_000)
NOW = datetime(2026, 6, 12, 17, 21, tzinfo=UTC)


def reading(backlog: int = 0, used: int = 0, most: int = 100, dead: int = 0) -> Reading:
    return Reading(backlog, used, most, dead)


@pytest.mark.parametrize(
    ("at", "strain"),
    [
        (reading(), Strain.NONE),
        (reading(backlog=100), Strain.BACKLOG),
        (reading(used=60), Strain.MEMORY),
        (reading(dead=1_000), Strain.DEAD_LETTERS),
        (reading(backlog=100, used=60, dead=1_000), Strain.MEMORY),
        (reading(backlog=99, used=59, dead=999), Strain.NONE),
        (reading(used=10**12, most=0), Strain.NONE),
    ],
)
def test_each_limit_closes_ingest_at_its_value(at: Reading, strain: Strain) -> None:
    assert judge(Strain.NONE, at, LIMITS) is strain


def test_it_opens_again_only_some_way_below_the_limit() -> None:
    assert judge(Strain.MEMORY, reading(used=55), LIMITS) is Strain.MEMORY
    assert judge(Strain.MEMORY, reading(used=53), LIMITS) is Strain.NONE
    assert judge(Strain.BACKLOG, reading(backlog=90), LIMITS) is Strain.BACKLOG
    assert judge(Strain.BACKLOG, reading(backlog=89), LIMITS) is Strain.NONE


def test_a_server_that_answers_again_is_judged_by_what_it_shows() -> None:
    assert judge(Strain.UNREACHABLE, reading(), LIMITS) is Strain.NONE


def test_a_ttl_longer_than_the_interval_is_respected_up_to_a_day() -> None:
    assert schedule.after_success(300, 0, 0) == 300
    assert schedule.after_success(300, 3_600, 0) == 3_600
    assert schedule.after_success(300, 10**9, 0) == schedule.DAY


def test_failures_in_a_row_wait_longer_each_time_up_to_six_hours() -> None:
    waits = [schedule.after_failure(300, failures, None, 0.5) for failures in range(1, 12)]
    assert waits == sorted(waits)
    assert waits[0] == 600
    assert waits[-1] == schedule.BACKOFF_MOST


def test_an_interval_beyond_the_longest_backoff_is_never_shortened_by_a_failure() -> None:
    assert schedule.after_failure(schedule.DAY, 1, None, 0.5) == schedule.DAY


@given(st.floats(1, 1e6), st.integers(1, 10**6), st.none() | st.floats(0, 1e12), st.floats(0, 1))
def test_no_wait_is_ever_absurd(interval: float, failures: int, wish: float | None, jitter: float) -> None:
    wait = schedule.after_failure(interval, failures, wish, jitter)
    assert 0.9 * min(interval, schedule.DAY) <= wait <= 1.1 * max(interval, schedule.DAY)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ((NOW + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 3_600.0),
        ((NOW - timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 5_000, float("9" * 12)),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert schedule.retry_after(header, NOW) == seconds
