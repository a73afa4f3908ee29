"""Runs the sources and keeps the promise that stands in `Source`: first the posts, then what the source remembers.

Keys:
    ingest:source:<name>    hash, the state of a source in its own words
    ingest:lease:<name>     the replica that runs it
    dead.ingest             what sources delivered and what cannot become a post
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue
from redis.asyncio import Redis
from redis.exceptions import RedisError
from redis.typing import EncodableT
from structlog import get_logger

from foreshock_ingest import metrics
from foreshock_ingest.adapters.acceptor import Acceptor
from foreshock_ingest.adapters.lease import LIFE_MS, RENEW_SECONDS, Lease
from foreshock_ingest.adapters.pressure import Pressure
from foreshock_ingest.domain.source import Page, Source, Spoilt, State
from foreshock_shared.contracts.streams import DEAD_EVENT, DeadField, Field, Group
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.cancellation import heed
from foreshock_shared.runtime.errors import PermanentError, RetryableError
from foreshock_shared.runtime.redis import translated

log = get_logger()

BACKOFF_FIRST: Final = 0.5
BACKOFF_MOST: Final = 60.0
_STATES: Final = ("elsewhere", "running", "failing", "ended")


@dataclass(slots=True)
class Runner:
    """Runs each source in one replica of those that know it."""

    redis: Redis
    acceptor: Acceptor
    pressure: Pressure
    sources: Mapping[str, Source]
    lease_again_seconds: float = RENEW_SECONDS
    _states: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Within this block the sources run."""
        tasks = [asyncio.create_task(self._keep(name, source), name=name) for name, source in self.sources.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def health(self) -> dict[str, JsonValue]:
        """How each source is. A source that fails does not make the service unready: pushes go on."""
        return dict(self._states)

    async def _keep(self, name: str, source: Source) -> None:
        """Run a source whenever its lease is to be had, until it is at its end."""
        lease = Lease(self.redis, name)
        while True:
            try:
                acquired = await lease.acquire()
                heed()
                if acquired and await self._under(lease, name, source):
                    return
            except RedisError as error:
                log.warning("the lease of a source cannot be had", source=name, error=str(error))
            heed()
            self._is(name, "elsewhere")
            await asyncio.sleep(self.lease_again_seconds * _jitter())

    async def _under(self, lease: Lease, name: str, source: Source) -> bool:
        """Run a source as long as the lease is ours; true when it is at its end."""
        reading = asyncio.create_task(self._run(name, source), name=f"{name}: reading")
        holding = asyncio.create_task(_hold(lease), name=f"{name}: lease")
        try:
            await asyncio.wait({reading, holding}, return_when=asyncio.FIRST_COMPLETED)
            return reading.done()
        finally:
            reading.cancel()
            holding.cancel()
            await asyncio.gather(reading, holding, return_exceptions=True)
            await lease.release()

    async def _run(self, name: str, source: Source) -> None:
        """Read a source to its end, again and again from where its state says."""
        failures = 0
        while True:
            self._is(name, "running" if failures == 0 else "failing")
            try:
                async with aclosing(source.read(await self._state(name))) as pages:  # type: ignore[type-var]  # generators
                    async for page in pages:
                        await self._store(name, source, page)
                        heed()
                        failures = 0
                        self._is(name, "running")
            except PermanentError as error:
                log.warning(
                    "a source does not work as it is configured and is left alone", source=name, error=str(error)
                )
            except Exception as error:
                failures += 1
                pause = _backoff(failures)
                metrics.SOURCE_ERRORS.labels(_kind(error)).inc()
                expected = isinstance(error, RetryableError)
                log.warning(
                    "a source failed", source=name, again_in=round(pause, 1), error=str(error), exc_info=not expected
                )
                await asyncio.sleep(pause)
                continue
            self._is(name, "ended")
            return

    async def _store(self, name: str, source: Source, page: Page) -> None:
        """Put a page on storage, however long that takes."""
        failures = 0
        while True:
            await self.pressure.relieved()
            try:
                await self._accept(name, source, page)
                await self._remember(name, page.spoilt, page.state)
            except RetryableError as error:
                failures += 1
                log.warning("a page of a source waits to be stored", source=name, error=str(error))
                await asyncio.sleep(_backoff(failures))
            else:
                metrics.REJECTED.labels("source").inc(len(page.spoilt))
                return

    async def _accept(self, name: str, source: Source, page: Page) -> None:
        """Accept the posts of a page; here their traces begin."""
        if page.posts:
            with tracing.span(
                f"poll {name}", attributes={"foreshock.source": name, "foreshock.posts": len(page.posts)}
            ):
                await self.acceptor.accept(page.posts, revisions=source.revisions)

    async def _state(self, name: str) -> State:
        async with translated():
            found = await self.redis.hgetall(_state_key(name))
        return {_text(key): _text(value) for key, value in found.items()}

    async def _remember(self, name: str, spoilt: Sequence[Spoilt], state: State | None) -> None:
        """Dead letters and state in one transaction, so that neither is there without the other."""
        if not spoilt and state is None:
            return
        pipeline = self.redis.pipeline(transaction=True)
        for each in spoilt:
            pipeline.xadd(Group.INGEST.dead_letters, _letter(name, each))
        if state is not None:
            pipeline.delete(_state_key(name))
            if state:
                pipeline.hset(_state_key(name), mapping=dict(state.items()))
        async with translated():
            await pipeline.execute()

    def _is(self, name: str, state: str) -> None:
        self._states[name] = state
        counted = Counter(self._states.values())
        for each in _STATES:
            metrics.SOURCES.labels(each).set(counted[each])


async def _hold(lease: Lease) -> None:
    """Renew a lease until it is lost; a server that does not answer for as long as it lives has lost it, too."""
    renewed = time.monotonic()
    while time.monotonic() - renewed < LIFE_MS / 1_000:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            if not await lease.renew():
                return
        except RedisError as error:
            log.warning("a lease could not be renewed", error=str(error))
        else:
            renewed = time.monotonic()
        heed()


def _letter(name: str, spoilt: Spoilt) -> dict[EncodableT, EncodableT]:
    return {
        Field.TYPE: DEAD_EVENT,
        Field.TIME: datetime.now(UTC).isoformat(),
        Field.DATA: spoilt.data,
        DeadField.ORIGIN: f"source:{name}",
        DeadField.ERROR: "InvalidPayload",
        DeadField.REASON: spoilt.reason,
    }


def _state_key(name: str) -> str:
    return f"ingest:source:{name}"


def _kind(error: Exception) -> str:
    return "expected" if isinstance(error, RetryableError) else "unforeseen"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _jitter() -> float:
    return 0.9 + 0.2 * random.random()  # noqa: S311  jitter is no secret


def _backoff(failures: int) -> float:
    return min(BACKOFF_FIRST * 2.0 ** min(failures, 10), BACKOFF_MOST) * _jitter()
