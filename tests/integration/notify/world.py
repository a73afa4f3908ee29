"""The world of the state machine: two replicas of notify over one Postgres, and all that may befall them.

What the store would say of each post is in `posts`; an event of it is a snapshot of that, and may come late, twice, or
again after a crash. Each replica has read the rules when it got round to it.
"""

import asyncio
import os
from collections.abc import Collection, Coroutine, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from integration.notify.faults import Crash, Fuse, Mortal
from integration.notify.rule_texts import FIRST
from integration.notify.sent import Sent
from unit.notify.building import NOW, a_post

from foreshock_notify.adapters import recovery
from foreshock_notify.adapters.hands import Hands
from foreshock_notify.adapters.ledger import Ledger
from foreshock_notify.adapters.outbox import Outbox
from foreshock_notify.adapters.receivers.channel import Channel, Handle
from foreshock_notify.adapters.rulebook import Rulebook
from foreshock_notify.adapters.silences import Silences
from foreshock_notify.domain.digest import Digest
from foreshock_notify.domain.notification import IncidentData, Kind, Notification, notify
from foreshock_notify.domain.retry import Answer
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.domain.silence import SilenceIn
from foreshock_notify.pipeline import Attempt, Means, judge, record, send, sign
from foreshock_shared.contracts.events import PostStored

_EMPTY = "; ".join(
    f"DELETE FROM notify.{table}"  # noqa: S608  names of our own; quicker than TRUNCATE for so few rows
    for table in ("deliveries", "decisions", "incidents", "receivers", "silences", "counts")
)
_ANY_DELIVERY = """
    SELECT id FROM notify.deliveries ORDER BY receiver, kind, incident_id, revision, created_at
    OFFSET $1 % greatest(1, (SELECT count(*) FROM notify.deliveries)) LIMIT 1
"""


class _Wire(Channel):
    """A receiver that answers as it is told to. The process may die before the request leaves and after."""

    def __init__(self, world: "World", receiver: str, status: int, fuse: Fuse) -> None:
        self._world = world
        self._receiver = receiver
        self._status = status
        self._fuse = fuse

    def render(self, notification: Notification) -> bytes:
        return notification.model_dump_json().encode()

    def render_digest(self, digest: Digest) -> bytes:
        return digest.model_dump_json().encode()

    def freeze(self, kind: Kind, data: IncidentData, at: datetime) -> bytes:
        return self.render(notify(self._receiver, kind, data, at, self._world.another_address()))

    def sign(self, message: UUID, body: bytes, now: datetime) -> dict[str, str]:  # noqa: ARG002
        return {}

    async def send(self, headers: Mapping[str, str], body: bytes, handle: Handle) -> Answer:  # noqa: ARG002
        self._fuse.burn()
        sent = Sent(self._receiver, body)
        self._world.sent.append(replace(sent, asked_for=sent.message in self._world.asked_for))
        self._fuse.burn()
        return Answer(self._status)

    async def close(self) -> None:
        """Nothing is open."""


class World:
    """Where a game is played."""

    def __init__(self, pool: asyncpg.Pool, rules: Path) -> None:
        self.pool = pool
        self.now = NOW
        self.posts: dict[str, dict[str, Any]] = {}
        self.sent: list[Sent] = []
        self.asked_for: set[UUID] = set()
        self.late: list[PostStored] = []
        self._unacknowledged: list[PostStored] = []
        self.unanswered: list[tuple[Means, Attempt]] = []
        self._chance = Random(0)  # noqa: S311  no secret hangs on it
        self._addresses = 0
        self._path = rules
        self._edits = 0
        self.edit_rules(FIRST)
        book = Rulebook(rules)
        self._replicas = (book, copy(book))

    async def begin(self) -> None:
        await self.pool.execute(_EMPTY)
        await Outbox(self.pool).know(self.rules_of(0).receivers.values())

    def rules_of(self, replica: int) -> RuleSet:
        return self._replicas[replica].current

    def another_address(self) -> str:
        """Our public address, which somebody keeps changing: a body that is made anew is another one."""
        self._addresses += 1
        return f"https://{self._addresses}.example.org"

    def edit_rules(self, text: str) -> None:
        self._edits += 1
        self._path.write_text(text)
        os.utime(self._path, ns=(self._edits * 1_000_000_000,) * 2)

    async def read_rules(self, replica: int, fuse: int | None) -> None:
        if self._replicas[replica].refresh():
            outbox, receivers = self._outbox(Fuse(fuse)), self.rules_of(replica).receivers
            await outbox.know(receivers.values())
            await outbox.reconsider(receivers, self.now)

    def event(self, name: str) -> PostStored:
        """What the store says of a post now."""
        return a_post(name, **{key: value for key, value in self.posts[name].items() if key != "edits"})

    async def publish(self, names: Collection[str], replica: int, fuse: int | None, *, is_late: bool = False) -> None:
        events = [self.event(name) for name in names]
        if is_late:
            self.late += events
        else:
            await self._enter(events, replica, fuse)

    async def what_was_late_comes(self, order: Random, replica: int, fuse: int | None) -> None:
        events = [*self.late, *self.late]
        order.shuffle(events)
        self.late = []
        await self._enter(events, replica, fuse)

    async def _enter(self, posts: Sequence[PostStored], replica: int, fuse: int | None) -> None:
        """What was in hand when a process died comes again before what is new."""
        self._unacknowledged += posts
        ledger = Ledger(self._mortal(Fuse(fuse)))
        await ledger.enter(self.rules_of(replica), self._unacknowledged, self.now)
        self._unacknowledged = []

    async def both_replicas_hold(self, names: Sequence[str]) -> None:
        """The same posts again, on both replicas at once, in opposite order."""
        events = [self.event(name) for name in names]
        orders = (events, events[::-1])
        await asyncio.gather(
            *(Ledger(self.pool).enter(self.rules_of(replica), order, self.now) for replica, order in enumerate(orders))
        )

    def write(self, name: str, copy_of: str | None, **what: Any) -> None:
        """Somebody posts something; what has been posted stays as it is. Nobody copies a copy."""
        first = self.posts.get(copy_of or "")
        is_copy = first is not None and first["copy_of"] is None and first["story"] == what["story"]
        told = {"copy_of": copy_of if is_copy else None, "at": self.now, "edits": 0, "moves": 0}
        if name != copy_of:
            self.posts.setdefault(
                name, {**what, **told, "ends": what["ends"] if what["ends"] != what["story"] else None}
            )

    def edit(self, name: str, **what: Any) -> None:
        """The source says something else, later than before; if the clock of ingest has jumped back, a moment later."""
        post = self.posts[name]
        said_at = self.event(name).said_at
        edits = post["edits"] + 1
        post |= {**what, "edits": edits, "text": f"{name}, edit {edits}"}
        post["revised_at"] = max(self.now, said_at + timedelta(milliseconds=1))

    def move(self, names: Collection[str], into: str) -> None:
        """Somebody has moved posts to another story."""
        for name in names:
            self.posts[name] |= {"story": into, "moves": self.posts[name]["moves"] + 1, "ends": None}

    def merge(self, gone: str, stays: str) -> list[str]:
        """Somebody has merged two stories; the posts that are published for that."""
        moved = [name for name, post in self.posts.items() if post["story"] == gone]
        self.move(moved, stays)
        lifts = [name for name, post in self.posts.items() if post["ends"] == gone]
        for name in lifts:
            post = self.posts[name]
            post |= {"ends": stays if post["story"] != stays else None, "moves": post["moves"] + 1}
        return [*moved, *lifts]

    async def carry(
        self,
        receiver: str,
        replica: int,
        answer: int,
        *,
        skew: int = 0,
        fuse: int | None = None,
        is_slow: bool = False,
    ) -> int:
        """A courier takes what is due and sends it; with `is_slow`, its answer is recorded when it comes."""
        rules, burning, now = self.rules_of(replica), Fuse(fuse), self.now + timedelta(seconds=skew)
        if receiver not in rules.receivers:
            return 0
        wire, outbox = _Wire(self, receiver, answer, burning), self._outbox(burning)
        parcels = await outbox.lease(receiver, 4, now, wire.freeze, rules=rules, public_url=self.another_address())
        means = Means(wire, outbox, lambda: now, self._chance)
        for parcel in parcels:
            attempt = Attempt(parcel, now)
            for stage in (sign, send, judge):
                attempt = await stage(means, attempt)
            if is_slow:
                self.unanswered.append((means, attempt))
            else:
                await self._record(means, attempt)
        return len(parcels)

    async def answers_come(self) -> None:
        """What was slow is answered, however late, and the process is still there to hear it."""
        for means, attempt in self.unanswered:
            await self._record(replace(means, book=Outbox(self.pool), clock=lambda: self.now), attempt)
        self.unanswered = []

    async def both_replicas_carry(self, receiver: str) -> None:
        await asyncio.gather(*(self.carry(receiver, replica, 204) for replica in (0, 1)))

    async def _record(self, means: Means, attempt: Attempt) -> None:
        """Written down as the pipeline does; a process that dies of it may have done so after it was written."""
        message = attempt.parcel.id
        try:
            await record(means, attempt)
        finally:
            state = await self.pool.fetchval("SELECT state FROM notify.deliveries WHERE id = $1", message)
            if state == "delivered":
                last = max(n for n, sent in enumerate(self.sent) if sent.message == message)
                self.sent[last] = replace(self.sent[last], arrived=True)
                self.asked_for.discard(message)

    def hands(self, fuse: int | None) -> Hands:
        return Hands(self._mortal(Fuse(fuse)))

    async def silence(self, receiver: str, minutes: int) -> None:
        ends_at = self.now + timedelta(minutes=minutes)
        asked = SilenceIn(receivers=(receiver,), reason="a test", by="us", ends_at=ends_at)
        await Silences(self.pool).add(asked, self.now)

    async def resend(self, number: int, fuse: int | None) -> None:
        delivery = await self.pool.fetchval(_ANY_DELIVERY, number)
        if delivery is not None:
            self.asked_for.add(delivery)
            try:
                await recovery.resend(self._mortal(Fuse(fuse)), delivery, self.now)
            except recovery.Unresendable:
                self.asked_for.discard(delivery)

    async def recover(self, receiver: str, fuse: int | None) -> None:
        await recovery.recover(self._mortal(Fuse(fuse)), receiver, self.now - timedelta(hours=100), self.now)

    async def settle(self) -> None:
        """Everything comes in, whoever was suspended is mended, everybody answers, and all waiting is over."""
        await self.answers_come()
        await self._enter(self.late, 0, None)
        for receiver in await Outbox(self.pool).suspended():
            await self.recover(receiver, None)
        for _ in range(400):
            due = await self._due()
            if not due:
                return
            self.now = max(self.now, min(due.values()))
            for receiver in [name for name, at in due.items() if at <= self.now]:
                while await self.carry(receiver, 0, 204):
                    pass
        raise AssertionError("couriers never come to rest")

    async def _due(self) -> dict[str, datetime]:
        outbox = Outbox(self.pool)
        due = {receiver: await outbox.next_due(receiver) for receiver in self.rules_of(0).receivers}
        return {receiver: at for receiver, at in due.items() if at is not None}

    def _mortal(self, fuse: Fuse) -> asyncpg.Pool:
        return Mortal(self.pool, fuse)  # type: ignore[return-value]

    def _outbox(self, fuse: Fuse) -> Outbox:
        return Outbox(self._mortal(fuse))


async def survives(work: Coroutine[Any, Any, Any]) -> bool:
    """Whether a process outlives this."""
    try:
        await work
    except Crash:
        return False
    return True
