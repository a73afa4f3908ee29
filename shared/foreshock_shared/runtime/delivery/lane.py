"""The loop of one lane: read, handle, hand over; for ever.

Guarantees:
- The group exists before the first read and starts at what may not be done; one that is gone is made again and alarmed.
- After a start, and after any error, this consumer's own pending entries are handled before anything new is read.
- Entries of a consumer that is gone are claimed once they have been idle for longer than any batch takes.
- While a dependency is down nothing is claimed or read: the loop backs off with jitter and tries its own pending
  entries again. It never ends by itself, whatever goes wrong.
- A batch in hand is finished before `stop` returns.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic

from redis.asyncio import Redis
from redis.exceptions import ResponseError
from structlog import get_logger

from foreshock_shared.contracts.streams import Lane, Stream
from foreshock_shared.runtime import metrics
from foreshock_shared.runtime.delivery import groups
from foreshock_shared.runtime.delivery.batch import Entry
from foreshock_shared.runtime.delivery.handler import P
from foreshock_shared.runtime.delivery.processor import Processor
from foreshock_shared.runtime.errors import RetryableError
from foreshock_shared.runtime.redis import BLOCK_SECONDS, translated

log = get_logger()


@dataclass(frozen=True, slots=True)
class Timing:
    """When things happen in a lane, in seconds. `effect` must stay below a third of `claim_idle`."""

    block: float = BLOCK_SECONDS
    claim_every: float = 5.0
    claim_idle: float = 60.0
    effect: float = 20.0
    backoff_first: float = 0.1
    backoff_most: float = 5.0


READ_COUNT = 50
"""Entries taken in one read; each carries up to 200 posts."""


class LaneReader(Generic[P]):
    """Reads one lane of one stream as one consumer of our group."""

    def __init__(
        self,
        redis: Redis,
        blocking: Redis,
        stream: Stream,
        lane: Lane,
        *,
        consumer: str,
        processor: Processor[P],
        timing: Timing,
    ) -> None:
        self.stream = stream
        self.lane = lane
        self.last_read: float | None = None
        """Unix time of the last read that the server answered."""
        self.trouble: str | None = None
        """What the loop is backing off from, if it is."""
        self._redis = redis
        self._blocking = blocking
        self._key = stream.key(lane)
        self._group = stream.group.value
        self._consumer = consumer
        self._processor = processor
        self._timing = timing
        self._labels = (self._group, lane.value)
        self._parked: dict[bytes, Entry] = {}
        self._claim_at = 0.0
        self._errors_in_a_row = 0
        self._working = asyncio.Lock()
        self._stopping = False

    async def run(self) -> None:
        """Loop until stopped."""
        while not self._stopping:
            try:
                await groups.ensure(self._redis, self.stream, self.lane)
                await self._drain()
                while not self._stopping:
                    await self._claim()
                    await self._handle(self._due(), redelivered=False)
                    await self._handle(await self._read(), redelivered=False)
                    self._recovered()
            except ResponseError as error:
                if groups.is_missing_group(error):
                    await self._repair()
                else:
                    await self._back_off(error)
            except Exception as error:  # noqa: BLE001  the loop outlives every error; each is logged, counted and backed off from
                await self._back_off(error)

    async def stop(self, task: "asyncio.Task[Any]") -> None:
        """End the loop's task once the batch in hand is handed over; a read that waits is not waited for."""
        self._stopping = True
        async with self._working:
            task.cancel()

    async def _read(self) -> list[Entry]:
        """New entries; waits for them as long as nothing parked comes due."""
        rest = min((entry.not_before - time.time() for entry in self._parked.values()), default=self._timing.block)
        block = max(1, int(1000 * min(rest, self._timing.block)))
        return self._ready(await self._fetch(">", block))

    def _ready(self, entries: list[Entry]) -> list[Entry]:
        """Those whose time has come; the others are parked, pending, until it has."""
        now = time.time()
        self._parked |= {entry.id: entry for entry in entries if entry.not_before > now}
        return [entry for entry in entries if entry.not_before <= now]

    async def _fetch(self, start: str, block: int | None) -> list[Entry]:
        async with translated():
            answer = await self._blocking.xreadgroup(
                self._group, self._consumer, {self._key: start}, count=READ_COUNT, block=block
            )
        self.last_read = time.time()
        metrics.LAST_READ.labels(*self._labels).set(self.last_read)
        return _entries(answer)

    def _due(self) -> list[Entry]:
        now = time.time()
        due = [entry for entry in self._parked.values() if entry.not_before <= now]
        for entry in due:
            del self._parked[entry.id]
        return due

    async def _drain(self) -> None:
        """Handle what was delivered to this consumer and never handed over."""
        self._parked.clear()
        start = "0"
        while entries := await self._fetch(start, None):
            start = entries[-1].id.decode()
            await self._handle(self._ready(entries), redelivered=True)

    async def _claim(self) -> None:
        """Take over what other consumers have left behind."""
        if time.monotonic() < self._claim_at:
            return
        self._claim_at = time.monotonic() + self._timing.claim_every
        idle, start = int(self._timing.claim_idle * 1000), "0-0"
        while True:
            async with translated():
                cursor, claimed, *_ = await self._redis.xautoclaim(
                    self._key, self._group, self._consumer, idle, start, count=READ_COUNT
                )
            await self._handle(self._ready(_as_entries(claimed)), redelivered=True)
            start = cursor.decode()
            if start == "0-0":
                return

    async def _handle(self, entries: Sequence[Entry], *, redelivered: bool) -> None:
        if not entries:
            return
        if redelivered:
            metrics.REDELIVERED.labels(*self._labels).inc(len(entries))
        async with self._working:
            await self._processor.process(entries, redelivered=redelivered)

    async def _repair(self) -> None:
        metrics.REPAIRED.labels(*self._labels).inc()
        log.error(
            "the consumer group was gone and is made again; nothing is lost, some posts may come twice",
            stream=self._key, group=self._group,
        )  # fmt: skip
        await asyncio.sleep(random.uniform(0.05, 0.2))  # noqa: S311  jitter, not a secret

    async def _back_off(self, error: Exception) -> None:
        known = isinstance(error, RetryableError)
        metrics.OUTAGES.labels(*self._labels, type(error).__name__ if known else "unforeseen").inc()
        if self.trouble is None:
            log.warning("a lane backs off", stream=self._key, error=str(error), exc_info=None if known else error)
        self.trouble = str(error) or type(error).__name__
        most = min(self._timing.backoff_most, self._timing.backoff_first * 2**self._errors_in_a_row)
        self._errors_in_a_row += 1
        await asyncio.sleep(random.uniform(most / 2, most))  # noqa: S311  jitter, not a secret

    def _recovered(self) -> None:
        if self.trouble is not None:
            log.info("a lane goes on", stream=self._key, after=self.trouble)
        self.trouble, self._errors_in_a_row = None, 0


def _entries(answer: Any) -> list[Entry]:
    """XREADGROUP's answer for one stream, in either form of the protocol."""
    if not answer:
        return []
    if isinstance(answer, dict):
        return [entry for parts in answer.values() for part in parts for entry in _as_entries(part)]
    return _as_entries(answer[0][1])


def _as_entries(rows: Any) -> list[Entry]:
    """Rows as entries. One that was deleted while it was pending has no fields; it is handled as an empty entry."""
    return [Entry(row[0], row[1] or {}) for row in rows]
