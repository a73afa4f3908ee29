"""Work that is done again and again beside the posts: keeping dead letters, trimming, partitions and retention.

A chore that fails is logged, counted and tried again after its pause; it never ends the service, nor goes silent.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from structlog import get_logger

from foreshock_shared.runtime.errors import ForeshockError
from foreshock_store import metrics

log = get_logger()


@asynccontextmanager
async def repeating(name: str, pause: float, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Do `work` now and then every `pause` seconds, until left."""
    ended = asyncio.Event()
    task = asyncio.create_task(_repeat(name, pause, work, ended), name=name)
    try:
        yield
    finally:
        ended.set()  # cancelling alone is not enough: a client in the middle of connecting may swallow it
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _repeat(name: str, pause: float, work: Callable[[], Awaitable[None]], ended: asyncio.Event) -> None:
    while not ended.is_set():
        try:
            await work()
        except ForeshockError as error:
            metrics.CHORES_FAILED.labels(name).inc()
            log.warning("a chore could not be done and will be tried again", chore=name, reason=str(error))
        except Exception:  # the boundary: a chore must outlive any fault of its own
            metrics.CHORES_FAILED.labels(name).inc()
            log.exception("a chore failed for no known reason and will be tried again", chore=name)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await ended.wait()
