"""How fast the normal lane is filled: about as fast as it is read, so that what is accepted is judged soon.

A flood could be accepted faster than it is judged; a shock in the midst of it would then wait for all that came before.
So once `AHEAD` entries wait, whoever sends waits too, a moment for each entry: it is his answer that comes later, and
what lies behind stays short. After an outage the same lets what waits already go first.

While nobody reads, nothing is held back: the lane is there for posts to wait in.
"""

from dataclasses import dataclass
from typing import Final

AHEAD: Final = 10
"""Entries that may wait or be in hand, of up to 200 posts each."""
PATIENCE: Final = 1.0
"""Seconds without any entry being handled, after which nobody is taken to read."""


@dataclass(slots=True)
class Pace:
    """What was seen of one lane. A length is in entries, a time in seconds of any steady clock."""

    _length: int = 0
    _read_at: float | None = None

    def holds(self, length: int, now: float) -> bool:
        """Whether the next entry should wait, given the length that the lane has now."""
        if self._read_at is None or length < max(AHEAD, self._length):
            self._read_at = now
        self._length = length
        return length >= AHEAD and now - self._read_at < PATIENCE

    def wrote(self, entries: int) -> None:
        """Count what was written since: the lane may be longer by so much and still be read."""
        self._length += entries
