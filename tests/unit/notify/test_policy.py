"""Questions about time: quiet hours over midnight and over changes of the clocks, digests, throttles."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from foreshock_notify.domain.policy import Digest, Quiet, Throttle


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00Z")


def quiet(begin: str = "22:00", end: str = "07:00", **what: Any) -> Quiet:
    return Quiet.model_validate({"from": begin, "to": end, **what})


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-06-12T20:00", "2026-06-13T05:00"),
        ("2026-06-12T23:30", "2026-06-13T05:00"),
        ("2026-06-13T04:59", "2026-06-13T05:00"),
        ("2026-06-13T05:00", "2026-06-13T05:00"),
        ("2026-06-12T19:59", "2026-06-12T19:59"),
    ],
)
def test_hours_over_midnight_end_in_the_morning_of_their_zone(now: str, until: str) -> None:
    assert quiet(time_zone="Europe/Berlin").until(at(now)) == at(until)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-28T21:00", "2026-03-29T05:00"),
        ("2026-10-24T20:00", "2026-10-25T06:00"),
        ("2026-01-10T21:30", "2026-01-11T06:00"),
    ],
)
def test_the_morning_is_that_of_the_clocks_on_the_wall(now: str, until: str) -> None:
    assert quiet(time_zone="Europe/Berlin").until(at(now)) == at(until)


def test_a_time_that_the_clocks_leave_out_is_an_hour_later_on_the_wall() -> None:
    assert quiet("01:00", "02:30", time_zone="Europe/Berlin").until(at("2026-03-29T00:30")) == at("2026-03-29T01:30")


def test_days_are_those_on_which_the_hours_begin() -> None:
    nights = quiet(days=["fri"])
    assert nights.until(at("2026-06-13T03:00")) == at("2026-06-13T07:00")
    assert nights.until(at("2026-06-13T23:00")) == at("2026-06-13T23:00")


def test_whole_days_that_follow_one_another_are_one_time() -> None:
    weekend = quiet("00:00", "24:00", days=["sat", "sun"])
    assert weekend.until(at("2026-06-13T10:00")) == at("2026-06-15T00:00")
    assert weekend.until(at("2026-06-12T23:59")) == at("2026-06-12T23:59")


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: at("2026-01-01T00:00") + timedelta(minutes=minutes)),
    st.integers(0, 23),
    st.integers(0, 23),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_quiet_hours_are_over_when_they_say_that_they_are(now: datetime, begin: int, end: int, zone: str) -> None:
    if begin != end:
        hours = quiet(f"{begin:02}:00", f"{end:02}:30", time_zone=zone)
        over = hours.until(now)
        assert now <= over <= now + timedelta(days=2)
        assert hours.until(over) == over


@pytest.mark.parametrize(
    ("digest", "now", "then"),
    [
        ({"at": ["08:00"]}, "2026-06-12T07:59", "2026-06-12T08:00"),
        ({"at": ["08:00"]}, "2026-06-12T08:00", "2026-06-13T08:00"),
        ({"at": ["08:00", "17:30"]}, "2026-06-12T08:00", "2026-06-12T17:30"),
        ({"at": "08:00", "time_zone": "Asia/Tokyo"}, "2026-06-12T12:00", "2026-06-12T23:00"),
        ({"every": "6h"}, "2026-06-12T06:00", "2026-06-12T12:00"),
        ({"every": "6h"}, "2026-06-12T23:59", "2026-06-13T00:00"),
    ],
)
def test_the_next_digest_is_always_still_to_come(digest: dict[str, Any], now: str, then: str) -> None:
    assert Digest.model_validate(digest).next(at(now)) == at(then)


def test_a_throttle_looks_back_over_its_time_only() -> None:
    throttle = Throttle.model_validate({"most": 2, "per": "1h"})
    now = at("2026-06-12T12:00")
    told = [now - timedelta(minutes=m) for m in (90, 40, 10)]
    assert throttle.free_at(told, now) == now + timedelta(minutes=20)
    assert throttle.free_at(told[:2], now) == now


@pytest.mark.parametrize(
    ("kind", "wrong", "said"),
    [
        (Quiet, {"from": "22:00", "to": "22:00"}, "the same time"),
        (Quiet, {"from": "00:00", "to": "24:00"}, "leaves no time"),
        (Quiet, {"from": "25:00", "to": "07:00"}, "a time of day"),
        (Quiet, {"from": 1320, "to": "07:00"}, "a time of day in quotes"),
        (Quiet, {"from": "22:00", "to": "07:00", "time_zone": "Europe/Berlim"}, "no time zone 'Europe/Berlim'"),
        (Digest, {}, "give either at"),
        (Digest, {"at": ["08:00"], "every": "6h"}, "give either at"),
        (Throttle, {"most": 0, "per": "1h"}, "greater than or equal to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(kind: Any, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        kind.model_validate(wrong)
