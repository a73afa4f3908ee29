"""Accepting posts: the one way from a post to an entry, for pushes and sources alike.

Guarantees:
- When `accept` returns, every post whose outcome is accepted is on the server, which answers after it has fsynced.
- Look-up, entry, mark and ledger are one script. The entry comes first: its error ends the script before anything else
  is written, so a mark without its entry is impossible. With memory full the server refuses the whole script.
- It may run twice with the same posts (an answer was lost, a client came again, two clients raced): the second time
  finds the marks, writes nothing, and answers the same ids. A post keeps the `accepted_at` it first had.
- Batching is by demand: what arrives while a round is in flight goes into the next one, and a post alone waits for
  nothing. Urgent posts are taken first. What waits is bounded.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, OutOfMemoryError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from structlog import get_logger

from foreshock_ingest import metrics
from foreshock_ingest.adapters.accept_script import KEYS, SCRIPT, Command, Memory, command
from foreshock_ingest.domain.batching import Candidate, Outcome, Verdict, next_entry, prepare
from foreshock_shared.contracts.canary import is_canary
from foreshock_shared.contracts.post import PostIn
from foreshock_shared.contracts.streams import Lane
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.errors import DependencyUnavailable, Overloaded
from foreshock_shared.runtime.redis import translate

log = get_logger()

ROUND_ENTRIES: Final = 16
"""Entries sent in one go: they share one fsync."""
WAITING_BYTES: Final = 64_000_000
"""What may wait in this process; beyond it, whoever comes is asked to come again."""
RETRY_PAUSES: Final = (0.05, 0.2, 0.5, 1.0)

_VERDICTS: Final = {ord(verdict.value[0]): verdict for verdict in Verdict}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Call:
    """One `accept` in progress: done when each of its posts has an outcome."""

    outcomes: list[Outcome | None]
    missing: int
    done: asyncio.Future[None]

    def settle(self, place: int, outcome: Outcome) -> None:
        self.outcomes[place] = outcome
        self.missing -= 1
        if self.missing == 0 and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Waiting:
    candidate: Candidate
    call: _Call
    place: int


@dataclass(slots=True)
class Acceptor:
    """Writes posts to the lanes of `post.ingested`, once each."""

    redis: Redis
    memory: Memory = field(default_factory=Memory)
    clock: Callable[[], datetime] = _now
    last_success: datetime | None = None
    _queues: dict[Lane, deque[_Waiting]] = field(default_factory=lambda: {lane: deque() for lane in Lane})
    _waiting_bytes: int = 0
    _writer: asyncio.Task[None] | None = None
    _sha: str | None = None

    async def accept(self, posts: Sequence[PostIn], *, revisions: bool) -> list[Outcome]:
        """An outcome for each post, in order; `revisions` says whether these posts may replace their former selves.

        Raises Overloaded or DependencyUnavailable: some of the posts may then be accepted all the same, and handing in
        all of them again is right.
        """
        if not posts:
            return []
        if self._waiting_bytes > WAITING_BYTES:
            raise Overloaded("too much waits to be written; come again in a moment", retry_after=1)
        now, context = self.clock(), tracing.current()
        call = _Call([None] * len(posts), len(posts), asyncio.get_running_loop().create_future())
        for place, post in enumerate(posts):
            candidate = prepare(post, now, revisable=revisions, traceparent=context)
            self._waiting_bytes += len(candidate.payload)
            self._queues[candidate.lane].append(_Waiting(candidate, call, place))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name="acceptor")
        await call.done
        outcomes = [outcome for outcome in call.outcomes if outcome is not None]
        counted = zip(posts, outcomes, strict=True)
        found = Counter((outcome.verdict, post.source_kind) for post, outcome in counted if not is_canary(post))
        for (verdict, kind), times in found.items():
            metrics.POSTS.labels(verdict, kind).inc(times)
        return outcomes

    async def _write_all(self) -> None:
        """Round after round until nothing waits."""
        try:
            while entries := self._next_round():
                await self._write(entries)
        finally:
            self._writer = None

    def _next_round(self) -> list[list[_Waiting]]:
        entries: list[list[_Waiting]] = []
        for lane in (Lane.URGENT, Lane.NORMAL):
            while len(entries) < ROUND_ENTRIES and (entry := next_entry(self._queues[lane])):
                entries.append(entry)
        return entries

    async def _write(self, entries: list[list[_Waiting]]) -> None:
        """Send one round and tell each caller how it went; never raises, for others wait behind it."""
        started = time.perf_counter()
        try:
            answers = await self._send_surely(
                [command([waiting.candidate for waiting in entry], self.memory) for entry in entries]
            )
        except Exception as error:  # noqa: BLE001  it belongs to those who wait for this round, and goes to each
            answers = [error] * len(entries)
        metrics.WRITING.observe(time.perf_counter() - started)
        for entry, answer in zip(entries, answers, strict=True):
            self._waiting_bytes -= sum(len(waiting.candidate.payload) for waiting in entry)
            self._settle(entry, answer)

    def _settle(self, entry: list[_Waiting], answer: bytes | Exception) -> None:
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
