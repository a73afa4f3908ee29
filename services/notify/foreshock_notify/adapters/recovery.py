"""Deliveries sent again because a person says so: under the same id, with the same body.

`resend` makes one more attempt at a delivery, whatever came of it. Only the latest revision that a receiver was to be
told of an incident can be sent again: an older one would contradict what it knows.

`recover` makes everything due again that a receiver was not told in the end, after what was wrong there has been
mended: it lifts a suspension, closes the breaker, and gives each delivery as many hours again.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.adapters.leasing import DIGEST
from foreshock_notify.adapters.ledger import CHANNEL
from foreshock_shared.runtime.database import translated
from foreshock_shared.runtime.errors import PermanentError

_FIND: Final = """
    SELECT receiver, state, kind, revision, (
        SELECT max(revision) FROM notify.deliveries AS other
        WHERE other.incident_id = found.incident_id AND other.receiver = found.receiver
    ) AS latest
    FROM notify.deliveries AS found WHERE id = $1 FOR UPDATE
"""
_AGAIN: Final = "UPDATE notify.deliveries SET state = 'pending', due_at = $2, finished_at = NULL WHERE id = $1"
_RESUME: Final = """
    UPDATE notify.receivers
    SET suspended_at = NULL, failures = 0, openings = 0, probing = false, resume_at = NULL
    WHERE name = $1 RETURNING name
"""
_RECOVER: Final = """
    UPDATE notify.deliveries AS failed
    SET state = 'pending', due_at = $3, finished_at = NULL, first_attempt_at = $3
    WHERE receiver = $1 AND ((state = 'failed' AND finished_at >= $2) OR (state = 'pending' AND attempt > 0))
      AND NOT EXISTS (
        SELECT FROM notify.deliveries AS new
        WHERE new.incident_id = failed.incident_id AND new.receiver = $1 AND new.revision > failed.revision
      )
    RETURNING id
"""
_ANNOUNCE: Final = "SELECT pg_notify($1, name) FROM unnest($2::text[]) AS name"


class Unresendable(PermanentError):
    """The delivery cannot be sent again as things are; the message says why."""


async def resend(pool: asyncpg.Pool, delivery: UUID, now: datetime) -> str | None:
    """Make one more attempt due; answers the receiver's name, None where there is no such delivery.

    Raises Unresendable for one that is under way, or that a newer revision has replaced.
    """
    async with translated(), pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow(_FIND, delivery)
        if found is None:
            return None
        if found["state"] == "in_flight":
            raise Unresendable("it is under way now: wait for its answer")
        if found["kind"] == DIGEST and found["state"] == "superseded":
            raise Unresendable("what it told has moved on and stands in a later digest")
        if found["revision"] != found["latest"]:
            raise Unresendable(f"revision {found['latest']} of the incident has replaced it: send that one again")
        await connection.execute(_AGAIN, delivery, now)
        await announce(connection, [found["receiver"]])
    return str(found["receiver"])


async def recover(pool: asyncpg.Pool, receiver: str, since: datetime, now: datetime) -> list[UUID] | None:
    """Make due again what failed since then, and what waits; None for a receiver that was never told anything."""
    async with translated(), pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(_RESUME, receiver) is None:
            return None
        rows = await connection.fetch(_RECOVER, receiver, since, now)
        await announce(connection, [receiver])
    return [row["id"] for row in rows]


async def announce(connection: Connection, receivers: Collection[str]) -> None:
    """Wake the couriers of these receivers, on every replica, once the transaction is committed."""
    await connection.execute(_ANNOUNCE, CHANNEL, sorted(receivers))
