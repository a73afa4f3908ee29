"""Backpressure: watches the server and closes the way in, for pushes and sources alike, before it is full."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pydantic import JsonValue
from redis.asyncio import Redis
from redis.exceptions import RedisError
from structlog import get_logger

from foreshock_ingest import metrics
from foreshock_ingest.domain.pressure import Limits, Reading, Strain, judge
from foreshock_shared.contracts.streams import CLASSIFIED, INGESTED, Group, Lane
from foreshock_shared.runtime.cancellation import heed
from foreshock_shared.runtime.errors import DependencyUnavailable, Overloaded

log = get_logger()

EVERY_SECONDS: Final = 0.25
_LANES: Final = tuple(stream.key(lane) for stream in (INGESTED, CLASSIFIED) for lane in Lane)
_DEAD: Final = tuple(group.dead_letters for group in Group)

_ANSWERS: Final = {
    Strain.UNREACHABLE: ("the Redis server does not answer", 5),
    Strain.MEMORY: ("the Redis server's memory is nearly full; it drains by itself", 10),
    Strain.DEAD_LETTERS: ("the dead letters have used up their budget: look at them, replay or discard them", 60),
    Strain.BACKLOG: ("too many posts wait to be handled", 5),
}


class Backlogged(Overloaded):
    """Those who send are faster than those who handle: what HTTP calls too many requests."""


class Pressure:
    """The gate. Closed until the first reading, and whenever the server cannot be read."""

    def __init__(self, redis: Redis, limits: Limits) -> None:
        self._redis = redis
        self._limits = limits
        self._strain = Strain.UNREACHABLE
        self._reading: Reading | None = None
        self._relieved = asyncio.Event()

    def admit(self) -> None:
        """Return if posts are accepted now; else raise Overloaded, or Backlogged, with the time to come again."""
        if self._strain is Strain.NONE:
            return
        metrics.REFUSED.labels(self._strain).inc()
        message, retry_after = _ANSWERS[self._strain]
        kind = Backlogged if self._strain is Strain.BACKLOG else Overloaded
        raise kind(message, retry_after)

    async def relieved(self) -> None:
        """Wait until posts are accepted: what a source does before it goes on."""
        await self._relieved.wait()

    async def health(self) -> dict[str, JsonValue]:
        """The last reading. Raises DependencyUnavailable where there is none."""
        if self._reading is None or self._strain is Strain.UNREACHABLE:
            raise DependencyUnavailable(_ANSWERS[Strain.UNREACHABLE][0])
        return {
            "accepting": self._strain is Strain.NONE,
            "strain": self._strain.value,
            "backlog_entries": self._reading.backlog_entries,
            "memory_percent": round(self._reading.memory_percent, 1),
            "dead_letter_bytes": self._reading.dead_letter_bytes,
        }

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Within this block the server is watched; the first reading is taken before it begins."""
        await self._look()
        watch = asyncio.create_task(self._watch(), name="pressure")
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self._look()
            heed()

    async def _look(self) -> None:
        try:
            reading = await self._read()
        except RedisError as error:
            self._become(Strain.UNREACHABLE, str(error))
            return
        self._reading = reading
        metrics.BACKLOG.set(reading.backlog_entries)
        metrics.MEMORY.set(reading.memory_percent / 100)
        metrics.DEAD_LETTERS.set(reading.dead_letter_bytes)
        self._become(judge(self._strain, reading, self._limits))

    async def _read(self) -> Reading:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.info("memory")
        for lane in _LANES:
            pipeline.xlen(lane)
        for letters in _DEAD:
            pipeline.memory_usage(letters)
        memory, *sizes = await pipeline.execute()
        return Reading(
            backlog_entries=sum(sizes[: len(_LANES)]),
            used_memory=int(memory["used_memory"]),
            max_memory=int(memory["maxmemory"]),
            dead_letter_bytes=sum(size or 0 for size in sizes[len(_LANES) :]),
        )

    def _become(self, strain: Strain, error: str = "") -> None:
        if strain is not self._strain:
            if strain is Strain.NONE:
                log.info("posts are accepted", after=self._strain.value)
            else:
                log.warning("no posts are accepted for now", strain=strain.value, error=error)
        self._strain = strain
        for each in Strain:
            metrics.STRAIN.labels(each).set(each is strain)
        if strain is Strain.NONE:
            self._relieved.set()
        else:
            self._relieved.clear()
