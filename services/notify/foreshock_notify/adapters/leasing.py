"""What is due for a receiver, taken: decided, put off, gathered into digests, or leased. One transaction, one worker.

In this order, under the receiver's row, which lets one worker in at a time:

1. A digest that may have gone out, but tells of something that has moved on since, gives way to a new one.
2. A telling that is not known to have arrived gives way to a newer revision, wherever it waits.
3. Of what is due, a first attempt is decided (`telling.decide`) and what was attempted before is taken as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from foreshock_notify import metrics
from foreshock_notify.adapters import leasing_sql as sql
from foreshock_notify.adapters import messages, silences
from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.adapters.revision_rows import FACTS
from foreshock_notify.domain.digest import DIGEST_LIMIT, Digest, DigestItem, digest_of
from foreshock_notify.domain.notification import IncidentData, Kind, Status
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.domain.silence import Silence
from foreshock_notify.domain.standing import Reason
from foreshock_notify.domain.telling import Collect, Hold, Owed, Send, Suppress, decide

LEASE: Final = timedelta(seconds=30)
"""Twice as long as a request may take."""

DIGEST: Final = "digest"
"""The kind of a delivery that tells what was kept back."""


class State(StrEnum):
    """Where a delivery is."""

    PENDING = "pending"
    """Owed; with a reason in `held`, not before `due_at`."""
    IN_FLIGHT = "in_flight"
    DELIVERED = "delivered"
    COLLECTED = "collected"
    """Told in the digest that it points to."""
    SUPPRESSED = "suppressed"
    """Never told, for the reason in `held`."""
    SUPERSEDED = "superseded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that we hold the lease of, ready to be sent. A digest is of no incident."""

    id: UUID
    receiver: str
    incident_id: UUID | None
    revision: int | None
    attempt: int
    first_attempt_at: datetime
    body: bytes
    decided_at: datetime
    lease: UUID
    handle: Mapping[str, str] | None = None
    """What an earlier delivery of the incident has left to remember."""
    post_id: UUID | None = None
    """The post that caused the revision; a digest, or what a person did, has none."""
    traceparent: str | None = None
    """The context in which it was decided."""


Freeze: TypeAlias = Callable[[Kind, IncidentData, datetime], bytes]
"""Makes the body of a revision that was decided at that time."""

FreezeDigest: TypeAlias = Callable[[Digest], bytes]


@dataclass(frozen=True, slots=True)
class Means:
    """What is needed to decide and to make bodies."""

    freeze: Freeze
    rules: RuleSet
    freeze_digest: FreezeDigest
    public_url: str = ""


_OVER: Final = frozenset({Status.LIFTED, Status.RETRACTED, Status.CLOSED})


async def take(connection: Connection, receiver: str, limit: int, now: datetime, means: Means) -> list[Parcel]:
    """Take up to `limit` deliveries of a receiver, whose row is locked."""
    for row in await connection.fetch(sql.OUTDATED, receiver, now):
        digest = await _digest_of(connection, receiver, now, now)
        await connection.execute(sql.READDRESS, row["id"], digest, None)
    dropped = await connection.execute(sql.SUPERSEDE, receiver, now)
    metrics.SUPERSEDED.labels(receiver).inc(int(dropped.rpartition(" ")[2]))
    taking = _Taking(connection, receiver, now, means, await silences.in_force(connection, now))
    due = await connection.fetch(sql.DUE, receiver, now, limit)
    taking.handles = await messages.handles(connection, receiver, [row["incident_id"] for row in due])
    for row in due:
        await taking.look_at(row)
    ends = now + LEASE
    await connection.executemany(
        sql.LEASE,
        [(p.id, p.lease, ends, p.attempt, p.first_attempt_at, p.body, taking.rules[p.id]) for p in taking.parcels],
    )
    return taking.parcels


class _Taking:
    """One turn at the deliveries of a receiver."""

    def __init__(
        self, connection: Connection, receiver: str, now: datetime, means: Means, silenced: Sequence[Silence]
    ) -> None:
        self.parcels: list[Parcel] = []
        self.rules: dict[UUID, str | None] = {}
        self._connection = connection
        self._receiver = receiver
        self._now = now
        self._means = means
        self._silences = silenced
        self._told: dict[str, list[datetime]] | None = None
        self._taken: set[UUID] = set()
        self.handles: Mapping[UUID, Mapping[str, str]] = {}

    async def look_at(self, row: asyncpg.Record) -> None:
        """Decide about one delivery that is due."""
        if row["kind"] == DIGEST:
            await self._gather(row)
        elif row["first_attempt_at"] is not None:
            self._take(row, row["rule"], row["body"])
        else:
            await self._decide(row)

    async def _decide(self, row: asyncpg.Record) -> None:
        plan = decide(self._means.rules, self._owed(row), await self._lately(), self._silences, self._now)
        execute = self._connection.execute
        match plan:
            case Send(rule):
                kind = Kind(row["kind"]) if row["opened"] else Kind.OPENED
                data = IncidentData.model_validate(row["data"])
                self._take(row, rule, self._means.freeze(kind, data, row["decided_at"]))
                if rule is not None:
                    (await self._lately()).setdefault(rule, []).append(self._now)
                self._taken.add(row["incident_id"])
                return
            case Hold(until, reason, rule):
                await execute(sql.HOLD, row["id"], until, reason.value, rule)
            case Collect(at, reason, rule):
                digest = await _digest_of(self._connection, self._receiver, at, self._now)
                await execute(sql.COLLECT, row["id"], digest, reason.value, rule)
            case Suppress(reason, rule):
                await execute(sql.SUPPRESS, row["id"], reason.value, rule, self._now)
        metrics.HELD.labels(self._receiver, plan.reason.value).inc()

    def _owed(self, row: asyncpg.Record) -> Owed:
        data = row["data"]
        known_otherwise = row["told_otherwise"] or row["continues"] in self._taken
        return Owed(
            incident=row["incident_id"],
            receiver=self._receiver,
            kind=Kind(row["kind"]),
            ended=Status(data["status"]) in _OVER,
            urgency=IncidentData.model_validate(data).urgency,
            rules=tuple(data["rules"]),
            opened_at=row["opened_at"],
            decided_at=row["decided_at"],
            facts=row["facts"] and FACTS.validate_python(row["facts"]),
            acknowledged=row["acknowledged"],
            acknowledgement=row["reason"] == Reason.ACKNOWLEDGED,
            told=row["told"] or known_otherwise,
            kept_back=row["kept_back"],
            told_before=known_otherwise
            and not row["told"]
            and row["continues"] is not None
            and row["kind"] == Kind.OPENED,
        )

    async def _lately(self) -> dict[str, list[datetime]]:
        """When this receiver was told by each rule, as far back as a throttle looks."""
        if self._told is None:
            throttles = [rule.throttle.per for rule in self._means.rules.rules if rule.throttle is not None]
            told: dict[str, list[datetime]] = {}
            if throttles:
                for row in await self._connection.fetch(sql.TOLD, self._receiver, self._now - max(throttles)):
                    told.setdefault(row["rule"], []).append(row["first_attempt_at"])
            self._told = told
        return self._told

    async def _gather(self, row: asyncpg.Record) -> None:
        """Make a digest's body of what waits for it; what is too much goes into another."""
        if row["body"] is not None:
            self._take(row, None, row["body"])
            return
        items = await self._connection.fetch(sql.ITEMS, row["id"])
        if not items:
            await self._connection.execute(sql.EMPTY, row["id"], self._now)
            return
        if len(items) > DIGEST_LIMIT:
            further = await _new_digest(self._connection, self._receiver, self._now, self._now)
            await self._connection.execute(sql.READDRESS, row["id"], further, [i["id"] for i in items[DIGEST_LIMIT:]])
        told = [
            DigestItem(
                kind=Kind(item["kind"]),
                held=item["held"],
                rule=item["rule"],
                decided_at=item["decided_at"],
                incident=IncidentData.model_validate(item["data"]),
            )
            for item in items[:DIGEST_LIMIT]
        ]
        digest = digest_of(row["id"], self._receiver, told, self._now, self._means.public_url)
        self._take(row, None, self._means.freeze_digest(digest))

    def _take(self, row: asyncpg.Record, rule: str | None, body: bytes) -> None:
        self.rules[row["id"]] = rule
        self.parcels.append(
            Parcel(
                id=row["id"],
                receiver=self._receiver,
                incident_id=row["incident_id"],
                revision=row["revision"],
                attempt=row["attempt"] + 1,
                first_attempt_at=row["first_attempt_at"] or self._now,
                body=body,
                decided_at=row["decided_at"] or row["created_at"],
                lease=uuid4(),
                handle=self.handles.get(row["incident_id"]),
                post_id=row["post_id"],
                traceparent=row["traceparent"],
            )
        )


async def _digest_of(connection: Connection, receiver: str, at: datetime, now: datetime) -> UUID:
    """The digest of a receiver that is due then and has no body yet, made where there is none."""
    found: UUID | None = await connection.fetchval(sql.OPEN_DIGEST, receiver, at)
    return found or await _new_digest(connection, receiver, at, now)


async def _new_digest(connection: Connection, receiver: str, at: datetime, now: datetime) -> UUID:
    ident = uuid4()
    await connection.execute(sql.NEW_DIGEST, ident, receiver, at, now)
    return ident
