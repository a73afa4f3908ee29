"""The parts of notify while it runs: what they share, how they start, how they end, and how they are doing.

Postgres may be away when the service starts and at any time after: posts then wait in their stream, deliveries in their
table, and readiness says why.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from pydantic import JsonValue
from structlog import get_logger

from foreshock_notify import metrics
from foreshock_notify.adapters import breakers, upkeep
from foreshock_notify.adapters.canary import Canaries, beat
from foreshock_notify.adapters.hands import Done, Hands
from foreshock_notify.adapters.ledger import Entered, Ledger
from foreshock_notify.adapters.outbox import Outbox
from foreshock_notify.adapters.reads import Reads
from foreshock_notify.adapters.rulebook import Rulebook
from foreshock_notify.adapters.schema import SCHEMA
from foreshock_notify.adapters.silences import Silences
from foreshock_notify.dispatch import Dispatch
from foreshock_notify.domain.case import Change
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.domain.silence import Silence, SilenceIn
from foreshock_notify.pipeline import utc_now
from foreshock_notify.settings import NotifySettings
from foreshock_shared.contracts.canary import is_canary
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.cancellation import heed
from foreshock_shared.runtime.database import connect_engine, connect_pool, head, migrate, translated
from foreshock_shared.runtime.errors import DependencyUnavailable, ForeshockError, RetryableError
from foreshock_shared.runtime.metrics import exemplar
from foreshock_shared.runtime.tracing import Attributes, Kind

log = get_logger()

PACKAGE: Final = "foreshock_notify"
CONNECTIONS: Final = 8
AFTER_TROUBLE: Final = 2.0
"""Seconds before something that runs beside the alerts is tried again."""


class Desk:
    """Everything that decides and delivers. What needs the database is there once `open` has been entered."""

    def __init__(self, settings: NotifySettings) -> None:
        self._settings = settings
        self._rulebook = Rulebook(settings.rules_path)
        self.pool: asyncpg.Pool
        self._dispatch: Dispatch
        self.reads: Reads
        self._beats: set[asyncio.Task[bool]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Run until left."""
        url = self._settings.database_url
        engine = connect_engine(url, application_name="foreshock-notify-reads", pool_size=2)
        self.pool = await connect_pool(url, application_name="foreshock-notify", max_size=CONNECTIONS)
        self._dispatch = Dispatch(
            self.pool, self._settings.link_url, rules=lambda: self._rulebook.current, key=self._settings.link_key
        )
        self.reads = Reads(engine)
        await self._follow_rules()
        beside = [
            asyncio.create_task(_again_and_again(name, work))
            for name, work in (
                ("listening to other replicas", self._dispatch.listen),
                ("following the rules file", lambda: self._rulebook.follow(self._follow_rules)),
                ("keeping the database up", self._keep_up),
            )
        ]
        try:
            yield
        finally:
            ending = [*beside, *self._beats]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            await self._dispatch.close()
            self.pool.terminate()
            await engine.dispose()

    @property
    def rules(self) -> RuleSet:
        """The rules in force."""
        return self._rulebook.current

    async def enter(self, posts: Sequence[PostStored]) -> Entered:
        """Decide posts and write down what follows."""
        now = utc_now()
        if canaries := [post for post in posts if is_canary(post)]:
            await self._hear(canaries, now)
            posts = [post for post in posts if not is_canary(post)]
        if not posts:
            return Entered([], frozenset())
        entered = await Ledger(self.pool).enter(self._rulebook.current, posts, now)
        self._dispatch.wake(entered.receivers)
        for reason, count in Counter(decision.reason for decision in entered.decisions).items():
            metrics.DECISIONS.labels(reason.value).inc(count)
        for decision in entered.decisions:
            for change in decision.changes:
                if change.revised:
                    _measure(decision.post, change, now)
                    log.info(
                        "an incident has changed",
                        incident=str(change.incident.id),
                        revision=change.incident.revision,
                        reason=change.reason.value,
                        status=change.incident.status.value,
                        urgency=change.incident.urgency.value,
                        headline=change.incident.headline,
                        told=sorted(change.tell),
                    )
        return entered

    async def _hear(self, canaries: Sequence[PostStored], now: datetime) -> None:
        """Write down canaries that have come through and send the heartbeat that they earn; no rule sees them."""
        rules = self._rulebook.current
        heard = await Canaries(self.pool).enter(canaries, now)
        if heard.open_at is not None:
            for name in rules.heartbeat_to:
                task = asyncio.create_task(beat(rules.receivers[name], heard.open_at), name=f"beat {name}")
                self._beats.add(task)
                task.add_done_callback(self._beats.discard)

    async def check_canary(self) -> Mapping[str, JsonValue]:
        """When the latest canaries that came through were accepted. None is no reason not to be ready."""
        return {tier.value: at.isoformat() for tier, at in (await Canaries(self.pool).measure()).items()}

    async def acknowledge(self, incident: UUID, by: str, note: str) -> Done | None:
        """Take an incident on."""
        done = await Hands(self.pool).acknowledge(self._rulebook.current, incident, by, note, utc_now())
        return self._wake_for(done)

    async def retract(self, incident: UUID, by: str, reason: str) -> Done | None:
        """Say that what was reported is not so."""
        return self._wake_for(await Hands(self.pool).retract(self._rulebook.current, incident, by, reason, utc_now()))

    def _wake_for(self, done: Done | None) -> Done | None:
        if done is not None:
            self._dispatch.wake(done.receivers)
        return done

    async def silence(self, asked: SilenceIn) -> Silence:
        """Keep something back until an end."""
        return await Silences(self.pool).add(asked, utc_now())

    async def silences(self, *, ended: bool) -> list[Silence]:
        """What is silenced."""
        return await Silences(self.pool).listed(utc_now(), ended=ended)

    async def end_silence(self, ident: UUID, by: str) -> Silence | None:
        """End a silence now."""
        return await Silences(self.pool).end(ident, by, utc_now())

    async def headline(self, incident: UUID) -> str | None:
        """What an incident is about; None where there is none of this id."""
        found = await self.reads.incident(incident)
        return None if found is None else str(found.incident["headline"])

    def now(self) -> datetime:
        """The time."""
        return utc_now()

    async def check_database(self) -> Mapping[str, JsonValue]:
        """Whether Postgres answers and the schema is the one that this code was written for."""
        async with translated():
            found = await self.pool.fetchval("SELECT version_num FROM notify.alembic_version")
        if found != head(PACKAGE):
            raise DependencyUnavailable(f"the schema {SCHEMA} is at {found}, this code wants {head(PACKAGE)}")
        return {"revision": found}

    async def check_rules(self) -> Mapping[str, JsonValue]:
        """Which rules are in force. A broken file is told, and is no reason to stop: the last good rules decide."""
        rules = self._rulebook.current
        return {"rules": len(rules.rules), "receivers": [*sorted(rules.receivers)], "refused": self._rulebook.problem}

    async def check_receivers(self) -> Mapping[str, JsonValue]:
        """Who is told nothing: suspended for good, or left alone for a while. That is told, and no reason to stop."""
        ours = self._rulebook.current.receivers
        suspended = await Outbox(self.pool).suspended()
        left_alone = await breakers.left_alone(self.pool)
        return {
            "suspended": {name: at.isoformat() for name, at in suspended.items() if name in ours},
            "left_alone_until": {name: at.isoformat() for name, at in left_alone.items() if name in ours},
        }

    async def _follow_rules(self) -> None:
        await self._dispatch.sync(self._rulebook.current.receivers)
        await self._reconsider()

    async def _reconsider(self) -> None:
        """What is held is decided anew by the new rules; while the database is away, it is when it falls due."""
        try:
            await self._dispatch.reconsider()
        except RetryableError as error:
            log.warning("what is held waits for its time", error=str(error))

    async def _keep_up(self) -> None:
        await migrate(self._settings.database_url, PACKAGE, SCHEMA)
        while True:
            self._dispatch.wake(await Hands(self.pool).close_idle(self._rulebook.current, utc_now()))
            await upkeep.tidy(self.pool, utc_now())
            await upkeep.measure(self.pool, utc_now())
            await Canaries(self.pool).measure()
            heed()
            await asyncio.sleep(upkeep.EVERY)


def _measure(post: PostStored, change: Change, now: datetime) -> None:
    """How long it took until an incident changed, and where to look for the post that changed it."""
    example = exemplar(post.id, post.traceparent)
    metrics.DECIDED_AFTER.observe((now - post.accepted_at).total_seconds(), example)
    if post.created_at is not None:
        metrics.DECIDED_AFTER_CREATION.observe((now - post.created_at).total_seconds(), example)
    attributes: Attributes = {
        tracing.POST_ID: str(post.id),
        "foreshock.decision.reason": change.reason.value,
        "foreshock.incident.id": str(change.incident.id),
        "foreshock.incident.revision": change.incident.revision,
        "foreshock.incident.status": change.incident.status.value,
    }
    tracing.begin("decide", Kind.INTERNAL, post.traceparent, attributes, now.timestamp()).end()


async def _again_and_again(what: str, work: Callable[[], Awaitable[None]]) -> None:
    """Begin `work` anew whenever it ends: a fault beside the alerts must not end them, nor itself for good."""
    while True:
        try:
            await work()
        except ForeshockError as error:
            log.warning("trouble beside the alerts, trying again", what=what, error=str(error))
        except Exception:
            log.exception("a fault beside the alerts, trying again", what=what)
        heed()
        await asyncio.sleep(AFTER_TROUBLE)
