"""Which days have a partition: made ahead of need, dropped when they are past keeping.

A day is the UTC day of `accepted_at`, which ingest froze; what a source claims (`created_at`) plays no part.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from foreshock_shared.runtime.errors import InvalidPayload

EARLIEST: Final = date(2020, 1, 1)
"""No post was accepted before this software existed."""
TOLERANCE: Final = timedelta(days=2)
"""How far ahead another machine's clock may be."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Partitions to make and to drop."""

    make: tuple[date, ...]
    drop: tuple[date, ...]
    keep_from: date
    """The oldest day that is kept; keys and revisions from before it go too."""


def day_of(accepted_at: datetime, now: datetime) -> date:
    """The partition of a post. Raises InvalidPayload for a moment that no ingest of ours can have written."""
    if accepted_at.tzinfo is None:
        raise InvalidPayload(f"accepted_at {accepted_at} has no zone")
    day = accepted_at.astimezone(UTC).date()
    if day < EARLIEST or accepted_at > now + TOLERANCE:
        raise InvalidPayload(
            f"accepted_at {accepted_at} lies before {EARLIEST} or in the future; ingest never wrote it"
        )
    return day


def plan(existing: Iterable[date], today: date, *, ahead: int, retention: int) -> Plan:
    """What to do now so that today and `ahead` days more have a partition, and none is older than `retention` days."""
    have = set(existing)
    keep_from = today - timedelta(days=retention)
    wanted = [today + timedelta(days=n) for n in range(ahead + 1)]
    return Plan(
        make=tuple(day for day in wanted if day not in have),
        drop=tuple(sorted(day for day in have if day < keep_from)),
        keep_from=keep_from,
    )


def name_of(day: date) -> str:
    """The table of a day."""
    return f"posts_{day:%Y%m%d}"


def day_named(name: str) -> date:
    """The day of a table."""
    return datetime.strptime(name, "posts_%Y%m%d").replace(tzinfo=UTC).date()


def start_of(day: date) -> datetime:
    """The first moment of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
