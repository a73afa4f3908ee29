"""The comparison of two books. Pure.

A book counts posts by the minute in which they were accepted, and adds up the first 32 bits of their ids. So two books
of a million posts are compared by a few numbers, and where exactly one post is missing the difference of the sums is
the beginning of its id.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from foreshock_shared.contracts.post import id_checksum

Minute: TypeAlias = str
"""`2026-06-12 17:21`, UTC."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many posts, and the sum of the first 32 bits of their ids."""

    count: int = 0
    total: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.count + other.count, self.total + other.total)

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(self.count - other.count, self.total - other.total)


Book: TypeAlias = Mapping[Minute, Tally]


@dataclass(frozen=True, slots=True, order=True)
class Holding:
    """One post (or one revision of it) that somebody holds: its id and when it was accepted."""

    id: UUID
    accepted_at: datetime

    @property
    def minute(self) -> Minute:
        return minute_of(self.accepted_at)


@dataclass(frozen=True, slots=True)
class Difference:
    """One minute in which the books disagree; positive: accepted but not held, negative: held but never accepted."""

    minute: Minute
    tally: Tally

    def __str__(self) -> str:
        count = self.tally.count
        if count == 0:
            return f"{self.minute}: as many posts as were accepted, but not the same ones"
        what = "accepted but not held anywhere" if count > 0 else "held but not in the ledger"
        named = f", its id begins with {abs(self.tally.total):08x}" if abs(count) == 1 else ""
        return f"{self.minute}: {abs(count)} {'post' if abs(count) == 1 else 'posts'} {what}{named}"


def minute_of(moment: datetime) -> Minute:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def tally(holdings: Iterable[Holding]) -> dict[Minute, Tally]:
    """The book of single posts."""
    book: dict[Minute, Tally] = {}
    for each in holdings:
        book[each.minute] = book.get(each.minute, Tally()) + Tally(1, id_checksum(each.id))
    return book


def add(*books: Book) -> dict[Minute, Tally]:
    """Several books as one."""
    whole: dict[Minute, Tally] = {}
    for book in books:
        for minute, part in book.items():
            whole[minute] = whole.get(minute, Tally()) + part
    return whole


def compare(accepted: Book, held: Book) -> list[Difference]:
    """Every minute in which the books disagree, oldest first."""
    minutes = sorted({*accepted, *held})
    differences = (Difference(minute, accepted.get(minute, Tally()) - held.get(minute, Tally())) for minute in minutes)
    return [each for each in differences if each.tally != Tally()]


def lasting(rounds: Iterable[Iterable[Difference]]) -> list[Difference]:
    """The differences that are the same in every round: what is only moving differs from round to round."""
    first, *others = [list(each) for each in rounds]
    return [each for each in first if all(each in other for other in others)]
