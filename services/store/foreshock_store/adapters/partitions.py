"""The partitions of `posts` in Postgres: made ahead by the janitor, on demand by a writer, dropped by retention.

- A post whose day has no partition (an old replay, a janitor that was long away) makes one: no post is refused for it,
  and there is no default partition that would have to be emptied before a day can be made.
- A new day is attached, not created in place, so that neither readers nor writers of other days wait for it.
- A dropped day takes its posts at once; its keys and revisions follow in small steps, and a step that is interrupted is
  taken up by the next run.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import asyncpg
from structlog import get_logger

from foreshock_shared.runtime.database import Session
from foreshock_store.adapters.leading import leading
from foreshock_store.domain.partitions import Plan, day_named, name_of, start_of

log = get_logger()

STEP: Final = 20_000
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('foreshock store partitions', 0))"
_NAME: Final = re.compile(r"posts_\d{8}")

_EXISTING: Final = """
SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = 'store.posts'::regclass
"""
_EXPIRE: Final = {
    table: f"DELETE FROM store.{table} WHERE ctid = ANY(ARRAY("  # noqa: S608 - names from the literal below
    f"SELECT ctid FROM store.{table} WHERE {moment} < $1 LIMIT {STEP}))"
    for table, moment in {
        "post_keys": "accepted_at",
        "post_revisions": "accepted_at",
        "stories": "touched",
        "story_texts": "written_at",
        "dead_letters": "died_at",
    }.items()
}


class Partitions:
    """Knows which days exist, so that the hot path asks the server only when it meets a new one."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._known: set[date] = set()

    async def ensure(self, days: Iterable[date]) -> None:
        """Make the partitions of these days unless they exist."""
        missing = set(days) - self._known
        if not missing:
            return
        async with self._pool.acquire() as connection:
            missing -= await self.existing(connection)
            for day in sorted(missing):
                await _make(connection, day)
        self._known.update(days)

    def forget(self) -> None:
        """Ask the server again: a partition thought to exist does not."""
        self._known.clear()

    async def existing(self, connection: Session | None = None) -> set[date]:
        """The days that have a partition now."""
        rows = await (connection or self._pool).fetch(_EXISTING)
        found = {day_named(row["relname"]) for row in rows if _NAME.fullmatch(row["relname"])}
        self._known &= found
        return found

    async def carry_out(self, plan: Plan) -> bool:
        """Make and drop as planned; False if another replica is at it."""
        async with self._pool.acquire() as connection, leading(connection, "janitor") as leads:
            if not leads:
                return False
            for day in plan.make:
                await _make(connection, day)
            for day in plan.drop:
                await _drop(connection, day)
            for statement in _EXPIRE.values():
                await _expire(connection, statement, plan.keep_from)
        self.forget()
        return True


async def _make(connection: Session, day: date) -> None:
    table, start, end = f"store.{name_of(day)}", start_of(day), start_of(day + timedelta(days=1))
    async with connection.transaction():
        await connection.execute(_LOCK)
        if await connection.fetchval("SELECT to_regclass($1)", table) is not None:
            return
        await connection.execute(f"CREATE TABLE {table} (LIKE store.posts INCLUDING DEFAULTS)")
        await connection.execute(
            f"ALTER TABLE store.posts ATTACH PARTITION {table} FOR VALUES FROM ('{start}') TO ('{end}')"
        )
    log.info("made a partition", day=day.isoformat())


async def _drop(connection: Session, day: date) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '2s'")
        await connection.execute(f"DROP TABLE IF EXISTS store.{name_of(day)}")
    log.info("dropped a partition that is past keeping", day=day.isoformat())


async def _expire(connection: Session, statement: str, keep_from: date) -> None:
    while await connection.execute(statement, start_of(keep_from)) == f"DELETE {STEP}":
        pass
