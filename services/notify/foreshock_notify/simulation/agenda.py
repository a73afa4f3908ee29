"""What is due when, on a virtual clock: the earliest first, what is due at one moment in the order it was entered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Agenda(Generic[T]):
    """A queue of due moments."""

    _heap: list[tuple[datetime, int, T]] = field(default_factory=list)
    _serial: Iterator[int] = field(default_factory=count)

    def add(self, at: datetime, what: T) -> None:
        """Something is due at a moment."""
        heappush(self._heap, (at, next(self._serial), what))

    def until(self, moment: datetime) -> Iterator[tuple[datetime, T]]:
        """Take out what is due up to a moment, that included; what is added meanwhile takes part."""
        while self._heap and self._heap[0][0] <= moment:
            at, _, what = heappop(self._heap)
            yield at, what

    def __len__(self) -> int:
        return len(self._heap)
