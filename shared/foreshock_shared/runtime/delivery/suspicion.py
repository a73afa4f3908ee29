"""Finding the post that ends the process which handles it.

A post that makes its process run out of memory, or loop until it is killed, raises nothing that could be judged. What
it leaves behind is an entry that is delivered again. So every entry that comes a second time is counted before the
effect and uncounted by its hand-over, or by any error that the process lived to see: what the count keeps is how often
handling it ended without a word. The server's own delivery counter would not do: it counts outages as well.

An entry that has been fatal twice is taken apart into entries of one post; one post that has been fatal more than
`MAX_FAILURES` times is quarantined.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto

from redis.asyncio import Redis
from structlog import get_logger

from foreshock_shared.contracts.streams import Lane, Stream
from foreshock_shared.runtime.delivery.batch import MAX_FAILURES, Entry
from foreshock_shared.runtime.delivery.handover import suspects_key
from foreshock_shared.runtime.delivery.reserve import add_to_field
from foreshock_shared.runtime.errors import DependencyUnavailable, PermanentError
from foreshock_shared.runtime.redis import translated

log = get_logger()

FATAL_TWICE = 2


class FatalPost(PermanentError):
    """The process ended again and again while it handled this post."""


class Suspicion(Enum):
    """What to do with a redelivered entry."""

    NONE = auto()
    TAKE_APART = auto()
    QUARANTINE = auto()


def suspect(endings: int, posts: int) -> Suspicion:
    """What an entry of so many posts deserves after its handling has ended so often without a verdict."""
    if posts > 1:
        return Suspicion.TAKE_APART if endings >= FATAL_TWICE else Suspicion.NONE
    return Suspicion.QUARANTINE if endings > MAX_FAILURES else Suspicion.NONE


@dataclass(frozen=True, slots=True)
class Suspects:
    """The counts of one lane."""

    redis: Redis
    stream: Stream
    lane: Lane

    @asynccontextmanager
    async def counted(self, entry: Entry) -> AsyncIterator[int]:
        """Count an entry for the time of this block; yields how often it has ended without a verdict before."""
        count = await self._add(entry, 1)
        try:
            yield count - 1
        except Exception:
            try:
                await self._add(entry, -1)
            except DependencyUnavailable as error:
                log.warning("an entry stays counted as a suspect, since Redis is what is down", error=str(error))
            raise

    async def _add(self, entry: Entry, step: int) -> int:
        async with translated():
            return await add_to_field(self.redis, suspects_key(self.stream, self.lane), entry.id.decode(), step)
