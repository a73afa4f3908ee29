"""Accepting posts: the one way from a post to an entry, for pushes and sources alike.

Guarantees:
- When `accept` returns, every post whose outcome is accepted is on the server, which answers after it has fsynced.
- Look-up, entry, mark and ledger are one script. The entry comes first: its error ends the script before anything else
  is written, so a mark without its entry is impossible. With memory full the server refuses the whole script.
- It may run twice with the same posts (an answer was lost, a client came again, two clients raced): the second time
  finds the marks, writes nothing, and answers the same ids. A post keeps the `accepted_at` it first had.
- Each lane has a writer of its own, so urgent posts overtake what waits. What waits is bounded.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from redis.asyncio import Redis

from foreshock_ingest import metrics
from foreshock_ingest.adapters.accept_script import Memory
from foreshock_ingest.adapters.lane_writer import Call, LaneWriter, Waiting
from foreshock_ingest.domain.batching import Outcome, prepare
from foreshock_shared.contracts.canary import is_canary
from foreshock_shared.contracts.post import PostIn
from foreshock_shared.contracts.streams import Lane
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.errors import Overloaded

WAITING_BYTES: Final = 64_000_000
"""What may wait in this process; beyond it, whoever comes is asked to come again."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Acceptor:
    """Writes posts to the lanes of `post.ingested`, once each."""

    redis: Redis
    memory: Memory = field(default_factory=Memory)
    clock: Callable[[], datetime] = _now
    _writers: dict[Lane, LaneWriter] = field(init=False)

    def __post_init__(self) -> None:
        self._writers = {lane: LaneWriter(self.redis, lane, self.memory, self.clock) for lane in Lane}

    @property
    def last_success(self) -> datetime | None:
        """When posts were last written."""
        return max((w.last_success for w in self._writers.values() if w.last_success), default=None)

    async def accept(self, posts: Sequence[PostIn], *, revisions: bool) -> list[Outcome]:
        """An outcome for each post, in order; `revisions` says whether these posts may replace their former selves.

        Raises Overloaded or DependencyUnavailable: some of the posts may then be accepted all the same, and handing in
        all of them again is right.
        """
        if not posts:
            return []
        if sum(writer.waiting_bytes for writer in self._writers.values()) > WAITING_BYTES:
            raise Overloaded("too much waits to be written; come again in a moment", retry_after=1)
        context = tracing.current()
        call = Call([None] * len(posts), len(posts), asyncio.get_running_loop().create_future())
        for place, post in enumerate(posts):
            candidate = prepare(post, revisable=revisions, traceparent=context)
            self._writers[candidate.lane].put(Waiting(candidate, call, place))
        await call.done
        outcomes = [outcome for outcome in call.outcomes if outcome is not None]
        counted = zip(posts, outcomes, strict=True)
        found = Counter((outcome.verdict, post.source_kind) for post, outcome in counted if not is_canary(post))
        for (verdict, kind), times in found.items():
            metrics.POSTS.labels(verdict, kind).inc(times)
        return outcomes
