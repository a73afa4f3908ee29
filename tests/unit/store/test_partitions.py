"""Which days have a partition."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foreshock_shared.runtime.errors import PermanentError
from foreshock_store.domain.partitions import day_named, day_of, name_of, plan

NOW = datetime(2026, 6, 12, 23, 30, tzinfo=UTC)
TODAY = NOW.date()


def test_today_and_the_days_ahead_are_made() -> None:
    assert plan([TODAY], TODAY, ahead=2, retention=30).make == (date(2026, 6, 13), date(2026, 6, 14))


def test_a_day_past_keeping_is_dropped_and_the_oldest_kept_day_is_not() -> None:
    oldest = TODAY - timedelta(days=30)

    wanted = plan([oldest - timedelta(days=1), oldest], TODAY, ahead=0, retention=30)

    assert wanted.drop == (oldest - timedelta(days=1),)
    assert wanted.keep_from == oldest


def test_the_day_of_a_post_is_the_utc_day() -> None:
    assert day_of(datetime.fromisoformat("2026-06-12T01:00:00+09:00"), NOW) == date(2026, 6, 11)


def test_a_name_leads_back_to_its_day() -> None:
    assert day_named(name_of(TODAY)) == TODAY


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T00:00:00+00:00", "2026-06-12T12:00:00"])
def test_a_moment_that_no_ingest_wrote_is_refused(moment: str) -> None:
    with pytest.raises(PermanentError):
        day_of(datetime.fromisoformat(moment), NOW)
