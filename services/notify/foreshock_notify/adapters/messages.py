"""What a receiver has of an incident: what to remember of its message, and what it was last told.

What is remembered is what the next revision edits or ends. It is written in the transaction that records the delivery,
so that a message is known exactly when it is known to be there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from foreshock_notify.adapters.incident_rows import Connection

_HANDLES: Final = """
    SELECT incident_id, handle FROM notify.messages WHERE receiver = $1 AND incident_id = ANY($2::uuid[])
"""
_REMEMBER: Final = """
    INSERT INTO notify.messages (receiver, incident_id, handle, updated_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (receiver, incident_id) DO UPDATE SET handle = excluded.handle, updated_at = excluded.updated_at
"""
_STANDING: Final = """
    SELECT body FROM (
        SELECT DISTINCT ON (told.incident_id) told.incident_id, told.revision, told.kind, told.body
        FROM notify.incidents AS incident JOIN notify.deliveries AS told ON told.incident_id = incident.id
        WHERE told.receiver = $1 AND told.state = 'delivered' AND incident.status <> ALL($2::text[])
        ORDER BY told.incident_id, told.revision DESC
    ) AS last
    WHERE kind <> ALL($2::text[]) AND NOT EXISTS (
        SELECT FROM notify.deliveries AS ends
        WHERE ends.incident_id = last.incident_id AND ends.receiver = $1 AND ends.revision > last.revision
          AND ends.kind = ANY($2::text[])
    )
"""
_OVER: Final = ("lifted", "retracted", "closed")
"""Statuses, and kinds of deliveries, that end an incident."""


async def handles(
    connection: Connection, receiver: str, incidents: Sequence[UUID | None]
) -> dict[UUID, Mapping[str, str]]:
    """What is remembered of these incidents."""
    if not incidents:
        return {}
    rows = await connection.fetch(_HANDLES, receiver, incidents)
    return {row["incident_id"]: row["handle"] for row in rows}


async def remember(
    connection: Connection, receiver: str, incident: UUID, handle: Mapping[str, str], now: datetime
) -> None:
    """Remember this from now on."""
    await connection.execute(_REMEMBER, receiver, incident, dict(handle), now)


async def standing(connection: Connection, receiver: str) -> list[bytes]:
    """What a receiver was last told of each incident that is open, and whose end is not on its way to it."""
    return [row["body"] for row in await connection.fetch(_STANDING, receiver, _OVER)]
