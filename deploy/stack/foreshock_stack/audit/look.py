"""One look at all books, and what is made of several: only what stays wrong is wrong.

Book one is read first, then the lanes in flow order, then Postgres: a post of book one that moves meanwhile is found in
at least one place. What is accepted meanwhile shows as a surplus, which the next look no longer has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from foreshock_stack.audit import accepted, kept, moving
from foreshock_stack.audit.books import Book, Difference, Holding, add, compare, lasting, minute_of, tally
from foreshock_stack.audit.kept import Kept
from foreshock_stack.audit.moving import Moving

LOOKS: Final = 5
"""So many looks in a row must show the same before it is believed."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found."""

    counts: dict[str, int]
    in_flight: frozenset[Holding]
    untold: int
    missing: list[Difference] = field(default_factory=list)
    """Between the accepted ledger and what is held."""
    tables: list[Difference] = field(default_factory=list)
    """Between the keys and the rows of the store."""
    lost: frozenset[UUID] = frozenset()
    """Ids of the client's file that nobody holds."""
    twice: tuple[tuple[UUID, int], ...] = ()

    @property
    def clean(self) -> bool:
        return not (self.missing or self.tables or self.lost or self.twice)

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way."""
        return not self.in_flight and not self.untold


async def look(redis: Redis, postgres: asyncpg.Connection, client: frozenset[UUID]) -> Look:
    """Look once."""
    ledger = await accepted.ledger(redis)
    found = await moving.scan(redis)
    stored = await kept.read(postgres, found.in_flight | found.quarantined, client)
    return judge(ledger, found, stored, client, await moving.untold(redis))


def judge(ledger: Book, found: Moving, stored: Kept, client: frozenset[UUID], untold: int) -> Look:
    """What the books come to. A post that was seen in several places counts where it is furthest along. Pure."""
    in_flight = frozenset(found.in_flight - stored.among_stored)
    quarantined = frozenset((found.quarantined | stored.quarantined) - stored.among_stored - in_flight)
    since = minute_of(stored.since)
    kept_ledger = {minute: part for minute, part in ledger.items() if minute >= since}
    rest = (each for each in in_flight | quarantined if each.minute >= since)
    held = add(stored.posts, stored.revisions, tally(rest))
    missing = compare(kept_ledger, held)
    unplaced = found.unplaced | stored.unplaced
    elsewhere = {each.id for each in in_flight | quarantined} | unplaced
    return Look(
        counts={
            "accepted": sum(part.count for part in kept_ledger.values()),
            "stored": sum(part.count for part in stored.posts.values()),
            "accepted again": sum(part.count for part in stored.revisions.values()),
            "in flight": len(in_flight),
            "quarantined": len(quarantined) + len(unplaced),
        },
        in_flight=in_flight,
        untold=untold,
        missing=[each for each in missing if not _is_unplaced(each, unplaced)],
        tables=compare(stored.keys, stored.posts),
        lost=client - stored.stored_ids - elsewhere,
        twice=stored.twice,
    )


def believed(looks: Sequence[Look]) -> Look:
    """The last look, with only what all of them show."""
    last = looks[-1]
    return Look(
        counts=last.counts,
        in_flight=last.in_flight,
        untold=last.untold,
        missing=lasting([each.missing for each in looks]),
        tables=lasting([each.tables for each in looks]),
        lost=frozenset.intersection(*(each.lost for each in looks)),
        twice=tuple(one for one in last.twice if all(one in each.twice for each in looks)),
    )


def stands_still(looks: Sequence[Look]) -> bool:
    """Whether enough looks show the same: waiting longer would change nothing."""
    last = looks[-1]
    return len(looks) >= LOOKS and all(
        (each.missing, each.lost, each.in_flight, each.untold) == (last.missing, last.lost, last.in_flight, last.untold)
        for each in looks[-LOOKS:]
    )


def _is_unplaced(difference: Difference, unplaced: set[UUID] | frozenset[UUID]) -> bool:
    """Whether the one post that a minute misses lies among the dead letters that do not say when it was accepted."""
    return difference.tally.count == 1 and any(each.int >> 96 == difference.tally.total for each in unplaced)
