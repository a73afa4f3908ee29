"""How a lane is really doing, asked of the server: a ping alone does not see a reader that has died."""

import time
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from foreshock_shared.contracts.streams import Lane, Stream
from foreshock_shared.runtime import metrics
from foreshock_shared.runtime.redis import translated


@dataclass(frozen=True, slots=True)
class Vitals:
    """Entries of a lane that are not done, and the age in seconds of the oldest of them (0 where there is none)."""

    backlog: int
    oldest: float


async def measure(redis: Redis, stream: Stream, lane: Lane) -> Vitals:
    """Ask the server and set the gauges. Raises DependencyUnavailable, or ResponseError where the group is gone."""
    key, group = stream.key(lane), stream.group.value
    async with translated():
        groups: list[dict[str, Any]] = await redis.xinfo_groups(key)
        ours = next(g for g in groups if _plain(g["name"]) == group)
        waiting = await redis.xrange(key, f"({_plain(ours['last-delivered-id'])}", "+", count=1)
        pending = await redis.xpending(key, group)
        length = int(await redis.xlen(key))
    backlog = int(ours["pending"]) + int(ours["lag"] or 0) if stream.public else length
    ids = [_plain(entry) for entry in (pending["min"], waiting[0][0] if waiting else None) if entry is not None]
    oldest = max((time.time() - int(entry.partition("-")[0]) / 1000 for entry in ids), default=0.0)
    metrics.BACKLOG.labels(group, lane.value).set(backlog)
    metrics.PENDING.labels(group, lane.value).set(int(ours["pending"]))
    metrics.OLDEST_PENDING.labels(group, lane.value).set(oldest)
    return Vitals(backlog, max(0.0, oldest))


def _plain(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
