"""Who carries deliveries, and when: a courier for each receiver, woken when there is something to carry.

A courier leases what is due for its receiver, carries as many at a time as its entry says, and then rests until it is
woken (a delivery was written here, or on another replica, or one of its own ended) or the next one is due. So a
receiver that hangs delays nobody but itself, and an idle service asks the database nothing but twice a minute.

Where messages lapse unless they are repeated (Alertmanager's alerts), the courier repeats them between two rounds,
while nothing of its own is under way: an alert is not repeated after its end was sent.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg
import httpx2
from structlog import get_logger

from foreshock_notify import metrics
from foreshock_notify.adapters.ledger import CHANNEL
from foreshock_notify.adapters.outbox import Outbox
from foreshock_notify.adapters.receivers import Refreshed, open_channel
from foreshock_notify.domain.notification import IncidentData, Kind, notify
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.pipeline import Clock, Means, deliver, utc_now
from foreshock_shared.runtime.cancellation import heed
from foreshock_shared.runtime.database import translated
from foreshock_shared.runtime.errors import RetryableError

log = get_logger()

REST: Final = 30.0
"""Seconds after which a courier looks by itself, should a wake-up have been lost with its connection."""

PAUSE: Final = 0.05
"""The least time between two looks that found nothing to take."""

SETTLE: Final = 0.02
"""Seconds after deliveries were taken before the next look: what woke us is heard again from the database, and a quick
receiver's answer wakes us too. One look serves all of these; each costs a transaction, and the sends come first."""

LOOK_AGAIN: Final = 1.0
"""Seconds after deliveries were taken before we ask when the next one is due, if none of them ends before."""

AFTER_TROUBLE: Final = 1.0
REFRESHED_AT_ONCE: Final = 200
"""Alerts in one request."""

FINISH_WITHIN: Final = 5.0
"""Seconds that requests under way are given when the service stops; then their lease runs out by itself."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What every courier needs to know to decide and to word what is told."""

    public_url: str
    rules: Callable[[], RuleSet]
    key: bytes
    """Signs the links that acknowledge; empty where nobody could follow one."""


class Courier:
    """Carries the deliveries of one receiver."""

    def __init__(self, receiver: Receiver, outbox: Outbox, tls: ssl.SSLContext, wording: Wording, clock: Clock) -> None:
        self.receiver = receiver
        self._wording = wording
        self._outbox = outbox
        self._channel = open_channel(receiver, tls)
        self._means = Means(self._channel, outbox, clock)
        self._news = asyncio.Event()
        self._underway: set[asyncio.Task[object]] = set()
        self._known = False
        self._refresh_at = clock()

    def wake(self) -> None:
        """There is something to carry."""
        self._news.set()

    async def run(self) -> None:
        """Carry until cancelled; no fault ends it."""
        while True:
            self._news.clear()
            try:
                rest = await self._round()
            except RetryableError as error:
                log.warning("deliveries wait", receiver=self.receiver.name, error=str(error))
                self._known, rest = False, AFTER_TROUBLE
            except Exception:
                log.exception("deliveries wait for a fault of ours", receiver=self.receiver.name)
                rest = AFTER_TROUBLE
            heed()
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._news.wait()

    async def close(self) -> None:
        """Let what is under way finish, within bounds."""
        if self._underway:
            await asyncio.wait(self._underway, timeout=FINISH_WITHIN)
        for task in self._underway:
            task.cancel()
        await self._channel.close()

    async def _round(self) -> float:
        """Take what is due and send it on its way; how long to rest after that."""
        if not self._known:
            await self._outbox.know([self.receiver])
            self._known = True
        if isinstance(self._channel, Refreshed) and self._means.clock() >= self._refresh_at:
            await self._refresh(self._channel)
        free = self.receiver.concurrency - len(self._underway)
        if not free:
            return REST
        parcels = await self._outbox.lease(
            self.receiver.name,
            free,
            self._means.clock(),
            self._freeze,
            rules=self._wording.rules(),
            freeze_digest=self._channel.render_digest,
            public_url=self._wording.public_url,
        )
        for parcel in parcels:
            task: asyncio.Task[object] = asyncio.create_task(deliver(self._means, parcel))
            self._underway.add(task)
            task.add_done_callback(self._ended)
        if parcels:
            await asyncio.sleep(SETTLE)
            return REST if len(parcels) == free else LOOK_AGAIN
        due_at = await self._outbox.next_due(self.receiver.name)
        if isinstance(self._channel, Refreshed):
            due_at = min(due_at or self._refresh_at, self._refresh_at)
        if due_at is None:
            return REST
        return min(max((due_at - self._means.clock()).total_seconds(), PAUSE), REST)

    async def _refresh(self, channel: Refreshed) -> None:
        """Repeat what would lapse."""
        if self._underway:
            await asyncio.wait(self._underway)
        bodies = await self._outbox.standing(self.receiver.name)
        for start in range(0, len(bodies), REFRESHED_AT_ONCE):
            answer = await channel.refresh(bodies[start : start + REFRESHED_AT_ONCE])
            metrics.REFRESHES.labels(self.receiver.name, answer.reason.value).inc()
            if answer.error is not None:
                log.warning("alerts were not repeated, will try again", receiver=self.receiver.name, error=answer.error)
        self._refresh_at = self._means.clock() + channel.refresh_every

    def _freeze(self, kind: Kind, data: IncidentData, at: datetime) -> bytes:
        told = notify(self.receiver.name, kind, data, at, self._wording.public_url, key=self._wording.key)
        return self._channel.render(told)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._underway.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error(
                "a delivery broke off; it is sent again when its lease has run out",
                receiver=self.receiver.name,
                exc_info=error,
            )
        self.wake()


class Dispatch:
    """The couriers of all receivers, kept in step with the rules file."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        public_url: str = "",
        clock: Clock = utc_now,
        *,
        rules: Callable[[], RuleSet] = RuleSet,
        key: bytes = b"",
    ) -> None:
        self._pool = pool
        self._outbox = Outbox(pool)
        self._wording = Wording(public_url, rules, key)
        self._clock = clock
        self._tls = httpx2.create_ssl_context(trust_env=False)
        self._couriers: dict[str, tuple[Courier, asyncio.Task[None]]] = {}

    async def sync(self, receivers: Mapping[str, Receiver]) -> None:
        """Have exactly one courier for each receiver as it is configured now."""
        gone = [name for name, (courier, _) in self._couriers.items() if courier.receiver != receivers.get(name)]
        await asyncio.gather(*(self._dismiss(name) for name in gone))
        for name, receiver in receivers.items():
            if name not in self._couriers:
                courier = Courier(receiver, self._outbox, self._tls, self._wording, self._clock)
                self._couriers[name] = (courier, asyncio.create_task(courier.run(), name=f"courier {name}"))

    async def reconsider(self) -> None:
        """Have everything that is held decided anew, by the rules and silences as they are now."""
        await self._outbox.reconsider(self._couriers, self._clock())
        self.wake(list(self._couriers))

    async def close(self) -> None:
        """Dismiss everybody."""
        await self.sync({})

    def wake(self, receivers: Iterable[str]) -> None:
        """Deliveries were written for these receivers."""
        for name in receivers:
            if name in self._couriers:
                self._couriers[name][0].wake()

    async def listen(self) -> None:
        """Wake couriers for what other replicas write; returns when the connection is lost."""
        lost = asyncio.Event()

        def heard(*call: object) -> None:
            self.wake([str(call[-1])])

        def ended(*_: object) -> None:
            lost.set()

        async with translated(), self._pool.acquire() as connection:
            connection.add_termination_listener(ended)
            await connection.add_listener(CHANNEL, heard)
            try:
                self.wake(list(self._couriers))
                await lost.wait()
            finally:
                connection.remove_termination_listener(ended)
                await connection.remove_listener(CHANNEL, heard)

    async def _dismiss(self, name: str) -> None:
        courier, task = self._couriers.pop(name)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await courier.close()
