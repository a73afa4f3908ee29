"""What goes on beside alerts: closing what is idle, dropping what is old, counting what is open."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import asyncpg

from foreshock_notify import metrics
from foreshock_notify.adapters.recovery import announce
from foreshock_notify.domain.lifetimes import IDLE, KEEP_INCIDENTS, KEEP_UNTOLD
from foreshock_notify.domain.notification import Status, delivery_id
from foreshock_shared.runtime.database import translated

EVERY: Final = 15.0
"""Seconds between two turns."""

_CLOSE: Final = """
    WITH closed AS (
        UPDATE notify.incidents SET status = 'closed', revision = revision + 1
        WHERE last_post_at < $1 AND status IN ('unconfirmed', 'corroborated', 'official')
        RETURNING id, revision, receivers
    )
    INSERT INTO notify.revisions (incident_id, revision, reason, tell, data, decided_at)
    SELECT id, closed.revision, 'idle',
           (SELECT coalesce(jsonb_object_agg(name, 'closed'), '{}')
            FROM unnest(receivers) AS name WHERE name = ANY($3::text[])),
           before.data || jsonb_build_object('status', 'closed', 'revision', closed.revision), $2
    FROM closed JOIN notify.revisions AS before ON incident_id = id AND before.revision = closed.revision - 1
    RETURNING incident_id, revision, tell
"""
_DELIVER: Final = """
    INSERT INTO notify.deliveries (incident_id, receiver, revision, id, kind, state, due_at, created_at)
    VALUES ($1, $2, $3, $4, 'closed', 'pending', $5, $5)
"""
_FORGET_UNTOLD: Final = "DELETE FROM notify.decisions WHERE decided_at < $1 AND incident_id IS NULL"
_FORGET_INCIDENTS: Final = "DELETE FROM notify.incidents WHERE last_post_at < $1"
_STATUSES: Final = "SELECT status, count(*) FROM notify.incidents GROUP BY status"
_UNDELIVERED: Final = """
    SELECT known.name, count(d.id) AS waiting, min(d.created_at) AS oldest, suspended_at IS NOT NULL AS suspended,
           openings > 0 AS open
    FROM notify.receivers AS known
    LEFT JOIN notify.deliveries AS d ON d.receiver = known.name AND d.state IN ('pending', 'in_flight')
    GROUP BY known.name
"""


async def tidy(pool: asyncpg.Pool, now: datetime, tell: Collection[str] = ()) -> None:
    """Close idle incidents; drop decisions and incidents that are past their time.

    A closing is told to those of `tell` alone: who keeps something open for an incident.
    """
    async with translated(), pool.acquire() as connection:
        async with connection.transaction():
            closed = await connection.fetch(_CLOSE, now - IDLE, now, list(tell))
            ends = [(row["incident_id"], name, row["revision"]) for row in closed for name in row["tell"]]
            await connection.executemany(
                _DELIVER, [(incident, name, n, delivery_id(incident, name, n), now) for incident, name, n in ends]
            )
            await announce(connection, {name for _, name, _ in ends})
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
        metrics.BREAKER_OPEN.labels(row["name"]).set(row["open"])
