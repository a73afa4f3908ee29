"""Deliveries on their way: leased, recorded, scheduled.

A row is `pending` until `due_at`, then leased: `in_flight` under a token, with `due_at` as the lease's end. Guarantees:

- One worker at a time has a delivery. The lease is committed before the request leaves, is longer than any request, and
  a result is recorded only under the token that took it: a worker that was given up for dead changes nothing.
- Within a (receiver, incident) nothing is sent while an older revision is in flight, and an older revision that is not
  known to have arrived is superseded by a newer one: nothing arrives after what it contradicts.
- The first that a receiver is known to get of an incident is of type `opened`, whatever its revision.
- The body is made at the first attempt and is the same bytes ever after.

Leases of one receiver are taken one worker after the other, under its row in `receivers`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from foreshock_notify.domain.notification import IncidentData, Kind
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer, Outcome, Verdict
from foreshock_shared.runtime.database import translated

LEASE: Final = timedelta(seconds=30)
"""Twice as long as a request may take."""


class State(StrEnum):
    """Where a delivery is."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    DELIVERED = "delivered"
    SUPERSEDED = "superseded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that we hold the lease of, ready to be sent."""

    id: UUID
    receiver: str
    incident_id: UUID
    revision: int
    attempt: int
    first_attempt_at: datetime
    body: bytes
    decided_at: datetime
    lease: UUID


Freeze: TypeAlias = Callable[[Kind, IncidentData, datetime], bytes]
"""Makes the body of a revision that was decided at that time."""

_KNOW: Final = """
    INSERT INTO notify.receivers AS known (name, url_hash) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (name) DO UPDATE SET url_hash = excluded.url_hash, suspended_at = NULL
    WHERE known.url_hash <> excluded.url_hash
"""
_TURN: Final = "SELECT suspended_at FROM notify.receivers WHERE name = $1 FOR UPDATE"
_SUPERSEDE: Final = """
    UPDATE notify.deliveries AS old SET state = 'superseded', lease = NULL, finished_at = $2
    WHERE receiver = $1 AND (state = 'pending' OR (state = 'in_flight' AND due_at <= $2))
      AND EXISTS (
        SELECT FROM notify.deliveries AS new
        WHERE new.incident_id = old.incident_id AND new.receiver = $1 AND new.revision > old.revision
      )
"""
_DUE: Final = """
    SELECT due.*, data, decided_at,
           EXISTS (
             SELECT FROM notify.deliveries AS done
             WHERE done.incident_id = due.incident_id AND done.receiver = $1 AND done.state = 'delivered'
           ) AS told
    FROM notify.deliveries AS due JOIN notify.revisions USING (incident_id, revision)
    WHERE receiver = $1 AND due_at <= $2 AND state IN ('pending', 'in_flight')
      AND NOT EXISTS (
        SELECT FROM notify.deliveries AS old
        WHERE old.incident_id = due.incident_id AND old.receiver = $1 AND old.revision < due.revision
          AND old.state = 'in_flight'
      )
    ORDER BY due_at LIMIT $3
    FOR UPDATE OF due SKIP LOCKED
"""
_LEASE: Final = """
    UPDATE notify.deliveries
    SET state = 'in_flight', lease = $2, due_at = $3, attempt = $4, first_attempt_at = $5, body = $6
    WHERE id = $1
"""
_NEXT: Final = """
    SELECT min(due_at) FROM notify.deliveries AS due
    WHERE receiver = $1 AND state IN ('pending', 'in_flight')
      AND NOT EXISTS (SELECT FROM notify.receivers WHERE name = $1 AND suspended_at IS NOT NULL)
      AND NOT EXISTS (
        SELECT FROM notify.deliveries AS old
        WHERE old.incident_id = due.incident_id AND old.receiver = $1 AND old.revision < due.revision
          AND old.state = 'in_flight'
      )
"""
_RECORD: Final = """
    UPDATE notify.deliveries
    SET state = $3, due_at = $4, lease = NULL, finished_at = $5, last_error = $6
    WHERE id = $1 AND lease = $2
    RETURNING id
"""
_ATTEMPTED: Final = """
    INSERT INTO notify.attempts (delivery_id, attempt, started_at, milliseconds, status, outcome, error)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
"""
_SUSPEND: Final = "UPDATE notify.receivers SET suspended_at = coalesce(suspended_at, $2) WHERE name = $1"
_SUSPENDED: Final = "SELECT name, suspended_at FROM notify.receivers WHERE suspended_at IS NOT NULL ORDER BY name"
_STATES: Final = {
    Outcome.DELIVERED: State.DELIVERED,
    Outcome.RETRY: State.PENDING,
    Outcome.GONE: State.PENDING,
    Outcome.GAVE_UP: State.FAILED,
}


class Outbox:
    """The deliveries of all receivers."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def know(self, receivers: Iterable[Receiver]) -> None:
        """Enter receivers by name. One that has been given another URL is no longer suspended."""
        rows = sorted((r.name, sha256(r.url.get_secret_value().encode()).hexdigest()) for r in receivers)
        async with translated():
            await self._pool.execute(_KNOW, [name for name, _ in rows], [url for _, url in rows])

    async def lease(self, receiver: str, limit: int, now: datetime, freeze: Freeze) -> list[Parcel]:
        """Take up to `limit` deliveries that are due; what a newer revision replaces is dropped first."""
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            turn = await connection.fetchrow(_TURN, receiver)
            if turn is None or turn["suspended_at"] is not None:
                return []
            await connection.execute(_SUPERSEDE, receiver, now)
            rows = await connection.fetch(_DUE, receiver, now, limit)
            parcels = [_parcel(row, now, freeze) for row in rows]
            ends = now + LEASE
            await connection.executemany(
                _LEASE, [(p.id, p.lease, ends, p.attempt, p.first_attempt_at, p.body) for p in parcels]
            )
        return parcels

    async def next_due(self, receiver: str) -> datetime | None:
        """When there is something to do for a receiver; None where nothing waits or it is suspended."""
        async with translated():
            found: datetime | None = await self._pool.fetchval(_NEXT, receiver)
        return found

    async def record(
        self, parcel: Parcel, answer: Answer, verdict: Verdict, started_at: datetime, now: datetime
    ) -> bool:
        """Write down what came of an attempt; False where the lease had passed to somebody else."""
        state = _STATES[verdict.outcome]
        finished = now if state in {State.DELIVERED, State.FAILED} else None
        took = round((now - started_at).total_seconds() * 1000)
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            ours = await connection.fetchval(
                _RECORD, parcel.id, parcel.lease, state.value, verdict.due_at or now, finished, answer.error
            )
            if ours is None:
                return False
            await connection.execute(
                _ATTEMPTED,
                parcel.id,
                parcel.attempt,
                started_at,
                took,
                answer.status,
                verdict.outcome.value,
                answer.error,
            )
            if verdict.outcome is Outcome.GONE:
                await connection.execute(_SUSPEND, parcel.receiver, now)
        return True

    async def suspended(self) -> dict[str, datetime]:
        """Receivers that are told nothing, and since when."""
        async with translated():
            return {row["name"]: row["suspended_at"] for row in await self._pool.fetch(_SUSPENDED)}


def _parcel(row: asyncpg.Record, now: datetime, freeze: Freeze) -> Parcel:
    kind = Kind(row["kind"]) if row["told"] else Kind.OPENED
    return Parcel(
        id=row["id"],
        receiver=row["receiver"],
        incident_id=row["incident_id"],
        revision=row["revision"],
        attempt=row["attempt"] + 1,
        first_attempt_at=row["first_attempt_at"] or now,
        body=row["body"] or freeze(kind, IncidentData.model_validate(row["data"]), row["decided_at"]),
        decided_at=row["decided_at"],
        lease=uuid4(),
    )
