"""Book two, in Postgres: what is stored and what is quarantined, seen at one moment; and whether the tables agree.

The stored rows themselves are counted, not the keys beside them: a row that is gone is missed although its key is
there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg

from foreshock_stack.audit.books import Book, Holding, Minute, Tally
from foreshock_stack.audit.moving import holdings, is_of_canary

_BY_MINUTE: Final = """
    SELECT to_char(date_trunc('minute', accepted_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD HH24:MI') AS minute,
           count(*) AS count,
           sum(('x' || left(id::text, 8))::bit(32)::bigint)::bigint AS total
    FROM {table} WHERE accepted_at >= $1 GROUP BY 1
"""
_OLDEST_DAY: Final = """
    SELECT min(substring(pg_get_expr(part.relpartbound, part.oid) FROM 'FROM \\(''([^'']+)''\\)')::timestamptz)
    FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid WHERE inhparent = 'store.posts'::regclass
"""
_AMONG_STORED: Final = """
    SELECT id, accepted_at FROM unnest($1::uuid[], $2::timestamptz[]) AS moving (id, accepted_at)
    WHERE EXISTS (SELECT FROM store.posts p WHERE p.accepted_at = moving.accepted_at AND p.id = moving.id)
       OR EXISTS (SELECT FROM store.post_revisions r WHERE r.accepted_at = moving.accepted_at AND r.id = moving.id)
"""
_STORED_IDS: Final = """
    SELECT wanted.id FROM unnest($1::uuid[]) AS wanted (id)
    JOIN store.post_keys k ON k.id = wanted.id
    JOIN store.posts p ON p.accepted_at = k.accepted_at AND p.id = k.id
"""
_TWICE: Final = "SELECT id, count(*) AS rows FROM store.posts GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 100"


@dataclass(frozen=True, slots=True)
class Kept:
    """What Postgres holds of the accepted posts."""

    since: datetime
    """The oldest day that is kept: what was accepted before it has been given up by retention."""
    posts: Book
    revisions: Book
    keys: Book
    quarantined: frozenset[Holding]
    unplaced: frozenset[UUID]
    among_stored: frozenset[Holding]
    """Those of the posts asked about that are stored."""
    stored_ids: frozenset[UUID]
    """Those of the ids asked about that are stored."""
    twice: tuple[tuple[UUID, int], ...]
    """Ids that more than one stored row has."""


async def read(connection: asyncpg.Connection, moving: Iterable[Holding], ids: Iterable[UUID] = ()) -> Kept:
    """All of it as of one moment. `moving` are posts seen elsewhere just before, `ids` those of a client's file."""
    asked = sorted(moving)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        since = await connection.fetchval(_OLDEST_DAY) or datetime.now(UTC)
        quarantined, unplaced = await _dead_letters(connection)
        asked = sorted({*asked, *quarantined})
        stored = await connection.fetch(
            _AMONG_STORED, [each.id for each in asked], [each.accepted_at for each in asked]
        )
        return Kept(
            since=since,
            posts=await _book(connection, "store.posts", since),
            revisions=await _book(connection, "store.post_revisions", since),
            keys=await _book(connection, "store.post_keys", since),
            quarantined=frozenset(quarantined),
            unplaced=frozenset(unplaced),
            among_stored=frozenset(Holding(row["id"], row["accepted_at"]) for row in stored),
            stored_ids=frozenset(row["id"] for row in await connection.fetch(_STORED_IDS, list(ids))),
            twice=tuple((row["id"], row["rows"]) for row in await connection.fetch(_TWICE)),
        )


async def _book(connection: asyncpg.Connection, table: str, since: datetime) -> dict[Minute, Tally]:
    rows = await connection.fetch(_BY_MINUTE.format(table=table), since)
    return {row["minute"]: Tally(row["count"], row["total"]) for row in rows}


async def _dead_letters(connection: asyncpg.Connection) -> tuple[set[Holding], set[UUID]]:
    placed: set[Holding] = set()
    unplaced: set[UUID] = set()
    for row in await connection.fetch("SELECT post_id, data FROM store.dead_letters"):
        found = set(holdings(row["data"]))
        placed |= found
        if not found and not is_of_canary(row["data"]):
            unplaced |= _uuid(row["post_id"])
    return placed, unplaced


def _uuid(written: str | None) -> set[UUID]:
    try:
        return {UUID(written or "")}
    except ValueError:
        return set()
