"""How fast the normal lane is filled: about as fast as posts are judged and stored, so that they are so soon.

A flood could be accepted faster than that; a shock in the midst of it would then wait for all that came before, and for
its share of a machine that does too much at once. So while a lane is long, whoever sends waits too, a moment for each
entry: it is his answer that comes later, and what lies behind stays short. After an outage the same lets what waits
already go first.

While nobody reads a lane, it holds nobody back: it is there for posts to wait in.
"""

from dataclasses import dataclass
from typing import Final

TO_JUDGE: Final = 6
"""Entries, of up to 200 posts each, that may wait to be judged or be in hand."""
TO_STORE: Final = 12
"""The same for what is to be stored. Suspected shocks are ahead of these."""
PATIENCE: Final = 1.0
"""Seconds without any entry being handled, after which nobody is taken to read."""


@dataclass(slots=True)
class Pace:
    """What was seen of one lane. A length is in entries, a time in seconds of any steady clock."""

    ahead: int
    _length: int = 0
    _read_at: float | None = None

    def holds(self, length: int, now: float) -> bool:
        """Whether the next entry should wait, given the length that the lane has now."""
        if self._read_at is None or length < max(self.ahead, self._length):
            self._read_at = now
        self._length = length
        return length >= self.ahead and now - self._read_at < PATIENCE

    def wrote(self, entries: int) -> None:
        """Count what was written since: the lane may be longer by so much and still be read."""
        self._length += entries
