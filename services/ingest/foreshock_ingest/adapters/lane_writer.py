"""Writing what waits to one lane of `post.ingested`, round after round.

Guarantees:
- Batching is by demand: what comes while a round is in flight goes into the next one, and a post alone waits for
  nothing.
- Each who waits is told how it went, whatever happens to those beside him.
- The normal lane is filled about as fast as it is read (`domain/pacing.py`); the urgent one never waits.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, OutOfMemoryError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from structlog import get_logger

from foreshock_ingest import metrics
from foreshock_ingest.adapters.accept_script import KEYS, SCRIPT, Command, Memory, command
from foreshock_ingest.domain.batching import Candidate, Outcome, Verdict, next_entry
from foreshock_ingest.domain.pacing import TO_JUDGE, TO_STORE, Pace
from foreshock_shared.contracts.streams import CLASSIFIED, INGESTED, Lane
from foreshock_shared.runtime.errors import DependencyUnavailable, Overloaded
from foreshock_shared.runtime.redis import translate

log = get_logger()

ROUND_ENTRIES: Final = 16
"""Entries sent in one go: they share one fsync."""
RETRY_PAUSES: Final = (0.05, 0.2, 0.5, 1.0)
HELD_BACK: Final = 0.25
"""Seconds that an entry waits at most for the lane to become shorter."""
LOOKS: Final = 0.01
"""Seconds between two looks at a lane that is too long."""

PACED: Final = {INGESTED.key(Lane.NORMAL): TO_JUDGE, CLASSIFIED.key(Lane.NORMAL): TO_STORE}
"""The lanes that posts go on by, and how long each may be."""
_VERDICTS: Final = {ord(verdict.value[0]): verdict for verdict in Verdict}


@dataclass(slots=True)
class Call:
    """One hand-in in progress: done when each of its posts has an outcome."""

    outcomes: list[Outcome | None]
    missing: int
    done: asyncio.Future[None]

    def settle(self, place: int, outcome: Outcome) -> None:
        """Note the outcome of one post."""
        self.outcomes[place] = outcome
        self.missing -= 1
        if self.missing == 0 and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        """End with an error."""
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that waits to be written, and who waits for it."""

    candidate: Candidate
    call: Call
    place: int


@dataclass(slots=True)
class LaneWriter:
    """Writes posts to one lane, once each."""

    redis: Redis
    lane: Lane
    memory: Memory
    clock: Callable[[], datetime]
    waiting_bytes: int = 0
    last_success: datetime | None = None
    _queue: deque[Waiting] = field(default_factory=deque)
    _writing: asyncio.Task[None] | None = None
    _paces: dict[str, Pace] = field(default_factory=lambda: {lane: Pace(ahead) for lane, ahead in PACED.items()})
    """What the normal lane is filled by."""
    _sha: str | None = None

    def put(self, waiting: Waiting) -> None:
        """Let a post wait for the next round."""
        self.waiting_bytes += waiting.candidate.size
        self._queue.append(waiting)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name=f"writer of the {self.lane} lane")

    async def _write_all(self) -> None:
        """Round after round until nothing waits."""
        try:
            while self._queue:
                await self._write(self._next_round(await self._room()))
        finally:
            self._writing = None

    async def _room(self) -> int:
        """How many entries the next round may have, once it may begin."""
        if self.lane is Lane.URGENT:
            return ROUND_ENTRIES
        until = time.monotonic() + HELD_BACK
        while await self._held():
            if time.monotonic() >= until:
                return 1
            await asyncio.sleep(LOOKS)
        return ROUND_ENTRIES

    async def _held(self) -> bool:
        """Whether a lane is too long. Not so where the server does not say: the round that follows meets the error."""
        pipeline = self.redis.pipeline(transaction=False)
        for lane in self._paces:
            pipeline.xlen(lane)
        try:
            lengths = await pipeline.execute()
        except RedisError as error:
            log.debug("the length of the lanes is not known", error=str(error))
            return False
        now = time.monotonic()
        held = [pace.holds(length, now) for pace, length in zip(self._paces.values(), lengths, strict=True)]
        return any(held)

    def _next_round(self, most: int) -> list[list[Waiting]]:
        entries: list[list[Waiting]] = []
        while len(entries) < most and (entry := next_entry(self._queue)):
            entries.append(entry)
        return entries

    async def _write(self, entries: list[list[Waiting]]) -> None:
        """Send one round and tell each caller how it went; never raises, for others wait behind it."""
        started, now = time.perf_counter(), self.clock()
        try:
            answers = await self._send_surely(
                [command([waiting.candidate for waiting in entry], self.memory, now) for entry in entries]
            )
        except Exception as error:  # noqa: BLE001  it belongs to those who wait for this round, and goes to each
            answers = [error] * len(entries)
        metrics.WRITING.observe(time.perf_counter() - started)
        written = sum(isinstance(each, bytes) and any(_VERDICTS[code].written for code in each) for each in answers)
        self._paces[INGESTED.key(Lane.NORMAL)].wrote(written)
        for entry, answer in zip(entries, answers, strict=True):
            self.waiting_bytes -= sum(waiting.candidate.size for waiting in entry)
            self._settle(entry, answer)

    def _settle(self, entry: list[Waiting], answer: bytes | Exception) -> None:
        if isinstance(answer, bytes):
            self.last_success = self.clock()
            metrics.ENTRY_POSTS.observe(len(entry))
            for waiting, code in zip(entry, answer, strict=True):
                waiting.call.settle(waiting.place, Outcome(waiting.candidate.post_id, _VERDICTS[code]))
            return
        error = _ours(answer)
        for call in {id(waiting.call): waiting.call for waiting in entry}.values():
            call.fail(error)

    async def _send_surely(self, commands: list[Command]) -> list[bytes | Exception]:
        """Send until there is an answer; a lost answer is asked for again, since the script changes nothing twice."""
        for pause in (*RETRY_PAUSES, None):
            try:
                return await self._send(commands)
            except (RedisConnectionError, RedisTimeoutError) as error:
                if pause is None:
                    raise
                log.warning("a round of entries went unanswered and is sent again", error=str(error))
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _send(self, commands: list[Command]) -> list[bytes | Exception]:
        if self._sha is None:
            self._sha = await self.redis.script_load(SCRIPT)
        pipeline = self.redis.pipeline(transaction=False)
        for each in commands:
            pipeline.evalsha(self._sha, KEYS, *each)
        answers: list[bytes | Exception] = await pipeline.execute(raise_on_error=False)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            self._sha = None  # the server was restarted; what did run already answers "same" now
            return await self._send(commands)
        return answers


def _ours(error: Exception) -> Exception:
    """The error that callers see."""
    if isinstance(error, OutOfMemoryError) or str(error).startswith("OOM"):
        return Overloaded("the Redis server's memory is full; it drains by itself", retry_after=10)
    if isinstance(error, RedisError):
        return translate(error) or DependencyUnavailable(f"the Redis server refused an entry: {error}")
    return error
