"""How far the public stream may be trimmed: by age or bytes, never what our own group still needs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


class EntryId(NamedTuple):
    """The id of a stream entry; ids order by time."""

    milliseconds: int
    sequence: int = 0

    @classmethod
    def parse(cls, raw: bytes | str) -> "EntryId":
        """From `1718197200000-3`."""
        milliseconds, _, sequence = (raw.decode() if isinstance(raw, bytes) else raw).partition("-")
        return cls(int(milliseconds), int(sequence or 0))

    @property
    def following(self) -> "EntryId":
        """The smallest id after this one."""
        return EntryId(self.milliseconds, self.sequence + 1)

    def __str__(self) -> str:
        return f"{self.milliseconds}-{self.sequence}"


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a group is: what it was given last, and the oldest of that which it has not acknowledged."""

    last_delivered: EntryId
    oldest_pending: EntryId | None

    @property
    def needs_from(self) -> EntryId:
        """The smallest id that this group may still need."""
        return self.oldest_pending or self.last_delivered.following


@dataclass(frozen=True, slots=True)
class Extent:
    """What a lane holds now."""

    oldest: EntryId
    newest: EntryId
    bytes: int


def trim_before(lane: Extent, ours: Reading, now: datetime, *, keep: timedelta, most_bytes: int) -> EntryId:
    """Entries below this id may go.

    Where the budget is exceeded, the cut is put where it would be if bytes were spread evenly over the lane's time; the
    caller asks again until it fits.
    """
    by_age = EntryId(int((now - keep).timestamp() * 1000))
    return min(max(by_age, _by_bytes(lane, most_bytes)), ours.needs_from)


def _by_bytes(lane: Extent, most_bytes: int) -> EntryId:
    if lane.bytes <= most_bytes:
        return EntryId(0)
    span = lane.newest.milliseconds - lane.oldest.milliseconds
    if span == 0:
        return lane.newest
    share = 1 - most_bytes / lane.bytes
    return max(EntryId(lane.oldest.milliseconds + int(span * share)), lane.oldest.following)
