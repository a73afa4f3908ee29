"""Deliveries on their way: leased, recorded, scheduled.

A row is `pending` until `due_at`, then leased: `in_flight` under a token, with `due_at` as the lease's end. Guarantees:

- One worker at a time has a delivery. The lease is committed before the request leaves, is longer than any request, and
  a result is recorded only under the token that took it: a worker that was given up for dead changes nothing.
- Whether it is sent now is decided when it is due, before its first attempt; what keeps it back is recorded.
- Within a (receiver, incident) nothing is sent while an older revision is in flight, and an older revision that is not
  known to have arrived is superseded by a newer one: nothing arrives after what it contradicts.
- The first that a receiver is known to get of an incident is of type `opened`, whatever its revision.
- The body is made at the first attempt and is the same bytes ever after.

Leases of one receiver are taken one worker after the other, under its row in `receivers`, which also holds how it has
been doing: while its breaker is open nothing of it is leased, and what is due stays due.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Final

import asyncpg

from foreshock_notify.adapters import breakers, leasing, messages
from foreshock_notify.adapters.leasing import LEASE, Freeze, FreezeDigest, Means, Parcel, State
from foreshock_notify.adapters.leasing_sql import READY
from foreshock_notify.domain.breaker import admits, after_taking
from foreshock_notify.domain.digest import Digest
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer, Outcome, Verdict
from foreshock_notify.domain.rules import RuleSet
from foreshock_shared.runtime.database import translated
from foreshock_shared.runtime.errors import DependencyUnavailable

__all__ = ["LEASE", "Freeze", "Outbox", "Parcel", "State"]

_KNOW: Final = """
    INSERT INTO notify.receivers AS known (name, url_hash) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (name) DO UPDATE
        SET url_hash = excluded.url_hash, suspended_at = NULL,
            failures = 0, openings = 0, probing = false, resume_at = NULL
    WHERE known.url_hash <> excluded.url_hash
"""
_TURN: Final = """
    SELECT suspended_at, failures, openings, probing, resume_at FROM notify.receivers WHERE name = $1 FOR UPDATE
"""
_NEXT: Final = f"""
    SELECT min(due_at) AS due_at, (SELECT resume_at FROM notify.receivers WHERE name = $1) AS resume_at
    FROM notify.deliveries AS due
    WHERE receiver = $1 AND state IN ('pending', 'in_flight')
      AND NOT EXISTS (SELECT FROM notify.receivers WHERE name = $1 AND suspended_at IS NOT NULL)
      AND {READY}
"""  # noqa: S608  a fragment of our own
_RECONSIDER: Final = """
    UPDATE notify.deliveries SET due_at = $2
    WHERE receiver = ANY($1::text[]) AND state = 'pending' AND held IS NOT NULL AND first_attempt_at IS NULL
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
    Outcome.REFUSED: State.FAILED,
    Outcome.GAVE_UP: State.FAILED,
}


_NO_RULES: Final = RuleSet()


def _as_json(digest: Digest) -> bytes:
    return digest.model_dump_json().encode()


class Outbox:
    """The deliveries of all receivers."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def know(self, receivers: Iterable[Receiver]) -> None:
        """Enter receivers by name. One that has been given another URL is no longer suspended."""
        rows = sorted((r.name, sha256(r.identity.encode()).hexdigest()) for r in receivers)
        async with translated():
            await self._pool.execute(_KNOW, [name for name, _ in rows], [url for _, url in rows])

    async def lease(
        self,
        receiver: str,
        limit: int,
        now: datetime,
        freeze: Freeze,
        *,
        rules: RuleSet = _NO_RULES,
        freeze_digest: FreezeDigest = _as_json,
        public_url: str = "",
    ) -> list[Parcel]:
        """Take up to `limit` deliveries that are due and are to be sent now, by these rules.

        Raises DependencyUnavailable for a receiver that has not been entered: the database is not the one that it was.
        """
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            turn = await connection.fetchrow(_TURN, receiver)
            if turn is None:
                raise DependencyUnavailable(f"Postgres has lost the receiver {receiver}; it is entered again")
            if turn["suspended_at"] is not None:
                return []
            breaker = breakers.of(turn)
            limit = admits(breaker, limit, now)
            if not limit:
                return []
            parcels = await leasing.take(
                connection, receiver, limit, now, Means(freeze, rules, freeze_digest, public_url)
            )
            if parcels:
                await breakers.write(connection, receiver, breaker, after_taking(breaker, LEASE, now))
        return parcels

    async def reconsider(self, receivers: Iterable[str], now: datetime) -> None:
        """Let what is held be decided anew: the rules, or a silence, are no longer what they were."""
        async with translated():
            await self._pool.execute(_RECONSIDER, list(receivers), now)

    async def next_due(self, receiver: str) -> datetime | None:
        """When there is something to do for a receiver; None where nothing waits or it is suspended."""
        async with translated():
            row = await self._pool.fetchrow(_NEXT, receiver)
        if row is None or row["due_at"] is None:
            return None
        due_at: datetime = row["due_at"]
        return max(due_at, row["resume_at"] or due_at)

    async def record(
        self, parcel: Parcel, answer: Answer, verdict: Verdict, started_at: datetime, now: datetime
    ) -> bool:
        """Write down what came of an attempt; False where the lease had passed to somebody else."""
        state = _STATES[verdict.outcome]
        finished = now if state in {State.DELIVERED, State.FAILED} else None
        took = round((now - started_at).total_seconds() * 1000)
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            await breakers.note(connection, parcel.receiver, answer, now)
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
            if answer.handle is not None and parcel.incident_id is not None:
                await messages.remember(connection, parcel.receiver, parcel.incident_id, answer.handle, now)
            if verdict.outcome is Outcome.GONE:
                await connection.execute(_SUSPEND, parcel.receiver, now)
        return True

    async def standing(self, receiver: str) -> list[bytes]:
        """What a receiver was last told of each incident that is still open."""
        async with translated(), self._pool.acquire() as connection:
            return await messages.standing(connection, receiver)

    async def suspended(self) -> dict[str, datetime]:
        """Receivers that are told nothing, and since when."""
        async with translated():
            return {row["name"]: row["suspended_at"] for row in await self._pool.fetch(_SUSPENDED)}
