"""What the shock index is made of, in Postgres: kept beside the posts, since those are dropped after some weeks.

- Tellings are copied from the posts that are shocks, which an index finds; the last two days anew each time, so that
  late posts and corrected stories are seen. What was older than that when it was accepted is an archive, and no news.
- A day is counted once, when it has been over for some hours, an hour of it at a time: one pass over its partition is
  all that the noise costs. No index and no trigger burdens the writing of posts.
- Canaries are in neither, since the store takes them back.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import asyncpg

from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.database import Session, translated
from foreshock_store.adapters.leading import leading
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.domain.partitions import start_of
from foreshock_store.domain.shock_index import Known, Telling, base_days, weight

SETTLED: Final = timedelta(hours=6)
"""How long after its end a day is counted; what comes later still is not."""
FRESH: Final = timedelta(days=2)
KEPT: Final = timedelta(days=400)
"""For so long tellings and volumes are kept, and those of the base period for as long as it is one."""
LOOKBACK: Final = timedelta(days=30)
"""How far back the texts of a story are known before the first day that is asked for."""
DAYS_AT_ONCE: Final = 3
"""Days counted in one go; more, after an upgrade or a long outage, wait for the next."""
MOST_SOURCES: Final = 2_000
"""Sources of a day that are kept: those that told shocks, then the loudest."""

_FORGET_FRESH: Final = "DELETE FROM store.shock_tellings WHERE at >= $1"
_COPY: Final = """
INSERT INTO store.shock_tellings (origin, source, story_id, at, urgency, tier, jurisdiction, action)
SELECT DISTINCT ON (origin, source) origin, source, story_id, accepted_at, urgency, tier,
       judgement->'effect'->>'jurisdiction', judgement->'effect'->>'action'
FROM store.posts
WHERE shock AND story_id IS NOT NULL AND accepted_at >= $1
  AND coalesce(created_at, accepted_at) > accepted_at - $2::interval
ORDER BY origin, source, accepted_at, id
ON CONFLICT DO NOTHING
"""
_ANY: Final = "SELECT EXISTS (SELECT FROM store.posts WHERE accepted_at >= $1 AND accepted_at < $2)"
_HOUR: Final = """
SELECT source, count(*) FILTER (WHERE NOT shock) AS posts, count(*) FILTER (WHERE shock) AS shocks
FROM store.posts WHERE accepted_at >= $1 AND accepted_at < $2 GROUP BY source
"""
_WRITE: Final = """
INSERT INTO store.source_volumes (day, source, posts)
SELECT $1, source, posts FROM unnest($2::text[], $3::bigint[]) AS v(source, posts) ON CONFLICT DO NOTHING
"""
_COUNTED: Final = "SELECT DISTINCT day FROM store.source_volumes"
_FORGET_VOLUMES: Final = "DELETE FROM store.source_volumes WHERE day < $1 AND day <> ALL($2::date[])"
_FORGET_TELLINGS: Final = "DELETE FROM store.shock_tellings WHERE at < $1 AND NOT (at >= $2 AND at < $3)"
_TELLINGS: Final = """
SELECT origin, source, story_id, at, urgency, tier, jurisdiction, action FROM store.shock_tellings
WHERE (at >= $1 AND at < $2) OR at >= $3
"""
_VOLUMES: Final = """
SELECT day, source, posts FROM store.source_volumes
WHERE source = ANY($1::text[]) AND day = ANY($2::date[])
"""


@dataclass(frozen=True, slots=True)
class IndexBook:
    """Gathers, and answers what is known."""

    pool: asyncpg.Pool
    partitions: Partitions
    base_length: int
    base_from: date | None

    async def gather(self, now: datetime) -> None:
        """Copy new tellings, count days that are over, forget what is old; one replica at a time."""
        async with translated(), self.pool.acquire() as connection, leading(connection, "index") as leads:
            if not leads:
                return
            kept = await self.partitions.existing(connection)
            if kept:
                await _copy(connection, start_of(min(kept)), now)
            counted = await _counted(connection)
            over = {day for day in kept if _end(day) + SETTLED <= now}
            left = DAYS_AT_ONCE
            for day in sorted(over - counted):
                left -= await _count(connection, day)
                if not left:
                    break
            await self._forget(connection, counted, now)

    async def _forget(self, connection: Session, counted: set[date], now: datetime) -> None:
        base = base_days(counted, self.base_from, self.base_length)
        await connection.execute(_FORGET_VOLUMES, (now - KEPT).date(), base)
        begin, end = _span(base, now)
        await connection.execute(_FORGET_TELLINGS, now - KEPT, begin, end)

    async def known(self, since: date, now: datetime) -> Known:
        """The base period, and what came from `since` on."""
        async with (
            translated(),
            self.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            counted = await _counted(connection)
            base = base_days(counted, self.base_from, self.base_length)
            days = {*base, *(day for day in counted if day >= since), *sorted(counted)[-1:]}
            rows = await connection.fetch(_TELLINGS, *_span(base, now), start_of(since) - LOOKBACK)
            sources = sorted({row["source"] for row in rows})
            volumes: dict[date, dict[str, int]] = {day: {} for day in days}
            for row in await connection.fetch(_VOLUMES, sources, sorted(days)):
                volumes[row["day"]][row["source"]] = row["posts"]
        return Known([_telling(row) for row in rows], volumes, base, self.base_length)


async def _copy(connection: Session, oldest: datetime, now: datetime) -> None:
    """Anew from two days before the latest on, but nothing whose posts are dropped already."""
    latest = await connection.fetchval("SELECT max(at) FROM store.shock_tellings")
    since = max(oldest, min(latest, now) - FRESH) if latest else oldest
    async with connection.transaction():
        await connection.execute(_FORGET_FRESH, since)
        await connection.execute(_COPY, since, FRESH)


async def _counted(connection: Session) -> set[date]:
    return {row["day"] for row in await connection.fetch(_COUNTED)}


async def _count(connection: Session, day: date) -> bool:
    """False for a day on which nothing came: it stays without rows, since nobody listened."""
    if not await connection.fetchval(_ANY, start_of(day), _end(day)):
        return False
    posts, shocks = Counter[str](), Counter[str]()
    for hour in range(24):
        begin = start_of(day) + timedelta(hours=hour)
        for row in await connection.fetch(_HOUR, begin, begin + timedelta(hours=1)):
            posts[row["source"]] += row["posts"]
            shocks[row["source"]] += row["shocks"]
    heard = sorted(posts, key=lambda source: (-shocks[source], -posts[source], source))[:MOST_SOURCES]
    await connection.execute(_WRITE, day, heard, [posts[source] for source in heard])
    return True


def _end(day: date) -> datetime:
    return start_of(day + timedelta(days=1))


def _span(base: list[date], now: datetime) -> tuple[datetime, datetime]:
    """From the first moment of the base period to its last; nothing where there is none."""
    return (start_of(base[0]), _end(base[-1])) if base else (now, now)


def _telling(row: asyncpg.Record) -> Telling:
    return Telling(
        origin=row["origin"],
        story=row["story_id"],
        source=row["source"],
        at=row["at"],
        weight=weight(row["urgency"], Tier(row["tier"])),
        jurisdiction=row["jurisdiction"],
        action=row["action"],
    )
