"""What goes on beside alerts: closing what is idle, dropping what is old, counting what is open."""

from datetime import datetime
from typing import Final

import asyncpg

from foreshock_notify import metrics
from foreshock_notify.domain.lifetimes import IDLE, KEEP_INCIDENTS, KEEP_UNTOLD
from foreshock_notify.domain.notification import Status
from foreshock_shared.runtime.database import translated

EVERY: Final = 15.0
"""Seconds between two turns."""

_CLOSE: Final = """
    WITH closed AS (
        UPDATE notify.incidents SET status = 'closed', revision = revision + 1
        WHERE last_post_at < $1 AND status IN ('unconfirmed', 'corroborated', 'official')
        RETURNING id, revision
    )
    INSERT INTO notify.revisions (incident_id, revision, reason, data, decided_at)
    SELECT id, closed.revision, 'idle',
           before.data || jsonb_build_object('status', 'closed', 'revision', closed.revision), $2
    FROM closed JOIN notify.revisions AS before ON incident_id = id AND before.revision = closed.revision - 1
"""
_FORGET_UNTOLD: Final = "DELETE FROM notify.decisions WHERE decided_at < $1 AND incident_id IS NULL"
_FORGET_INCIDENTS: Final = "DELETE FROM notify.incidents WHERE last_post_at < $1"
_STATUSES: Final = "SELECT status, count(*) FROM notify.incidents GROUP BY status"
_UNDELIVERED: Final = """
    SELECT known.name, count(d.id) AS waiting, min(d.created_at) AS oldest, suspended_at IS NOT NULL AS suspended
    FROM notify.receivers AS known
    LEFT JOIN notify.deliveries AS d ON d.receiver = known.name AND d.state IN ('pending', 'in_flight')
    GROUP BY known.name
"""


async def tidy(pool: asyncpg.Pool, now: datetime) -> None:
    """Close idle incidents; drop decisions and incidents that are past their time."""
    async with translated(), pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute(_CLOSE, now - IDLE, now)
        await connection.execute(_FORGET_UNTOLD, now - KEEP_UNTOLD)
        await connection.execute(_FORGET_INCIDENTS, now - KEEP_INCIDENTS)


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
