"""What goes on beside alerts: dropping what is old, counting what is open."""

from datetime import datetime, timedelta
from typing import Final

import asyncpg

from foreshock_notify import metrics
from foreshock_notify.adapters.silences import KEEP_ENDED
from foreshock_notify.domain.burst import LONGEST
from foreshock_notify.domain.lifetimes import KEEP_INCIDENTS, KEEP_UNTOLD
from foreshock_notify.domain.notification import Status
from foreshock_shared.runtime.database import translated

EVERY: Final = 15.0
"""Seconds between two turns."""

_FORGET_UNTOLD: Final = "DELETE FROM notify.decisions WHERE decided_at < $1 AND incident_id IS NULL"
_FORGET_INCIDENTS: Final = "DELETE FROM notify.incidents WHERE last_post_at < $1"
_FORGET_SILENCES: Final = "DELETE FROM notify.silences WHERE ends_at < $1"
_FORGET_COUNTS: Final = "DELETE FROM notify.counts WHERE bucket < $1"
_FORGET_DIGESTS: Final = """
    DELETE FROM notify.deliveries
    WHERE incident_id IS NULL AND created_at < $1 AND state NOT IN ('pending', 'in_flight')
"""
_STATUSES: Final = "SELECT status, count(*) FROM notify.incidents GROUP BY status"
_UNDELIVERED: Final = """
    SELECT known.name, count(d.id) AS waiting, min(d.created_at) AS oldest, suspended_at IS NOT NULL AS suspended,
           openings > 0 AS open
    FROM notify.receivers AS known
    LEFT JOIN notify.deliveries AS d ON d.receiver = known.name AND d.state IN ('pending', 'in_flight')
        AND d.held IS NULL
    GROUP BY known.name
"""


async def tidy(pool: asyncpg.Pool, now: datetime) -> None:
    """Drop decisions, incidents, silences, counts and digests that are past their time."""
    async with translated(), pool.acquire() as connection:
        await connection.execute(_FORGET_UNTOLD, now - KEEP_UNTOLD)
        await connection.execute(_FORGET_INCIDENTS, now - KEEP_INCIDENTS)
        await connection.execute(_FORGET_DIGESTS, now - KEEP_INCIDENTS)
        await connection.execute(_FORGET_SILENCES, now - KEEP_ENDED)
        await connection.execute(_FORGET_COUNTS, now - LONGEST - timedelta(days=1))


async def measure(pool: asyncpg.Pool, now: datetime) -> None:
    """Set the gauges of incidents and of deliveries that wait."""
    async with translated(), pool.acquire() as connection:
        statuses = {row["status"]: row["count"] for row in await connection.fetch(_STATUSES)}
        waiting = await connection.fetch(_UNDELIVERED)
    for status in Status:
        metrics.INCIDENTS.labels(status.value).set(statuses.get(status.value, 0))
    for row in waiting:
        age = (now - row["oldest"]).total_seconds() if row["oldest"] else 0
        metrics.UNDELIVERED.labels(row["name"]).set(row["waiting"])
        metrics.OLDEST_UNDELIVERED.labels(row["name"]).set(age)
        metrics.SUSPENDED.labels(row["name"]).set(row["suspended"])
        metrics.BREAKER_OPEN.labels(row["name"]).set(row["open"])
