"""Trims the public stream `post.stored`, both lanes.

It is kept for a day or up to a number of bytes, whichever is reached first, but nothing goes that our own group has not
acknowledged, whatever that costs. Groups of others have no such claim: one that falls behind the cut is counted and
named in the log, and holds nothing up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError
from structlog import get_logger

from foreshock_shared.contracts.streams import STORED, Lane
from foreshock_shared.runtime.redis import translated
from foreshock_store import metrics
from foreshock_store.domain.trimming import EntryId, Extent, Reading, trim_before

log = get_logger()

ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class PublicStream:
    """The stream, and how much of it is kept."""

    redis: Redis
    keep: timedelta
    most_bytes: int

    async def trim(self) -> None:
        """Bring both lanes within their bounds, as far as our own group allows."""
        async with translated():
            for lane in Lane:
                await self._trim(lane)

    async def _trim(self, lane: Lane) -> None:
        key = STORED.key(lane)
        for _ in range(ROUNDS):
            extent = await self._extent(key)
            metrics.PUBLIC_BYTES.labels(lane.value).set(extent.bytes if extent else 0)
            readings = await self._readings(key) if extent else {}
            ours = readings.get(STORED.group.value)
            if extent is None or ours is None:
                return
            cut = trim_before(extent, ours, datetime.now(UTC), keep=self.keep, most_bytes=self.most_bytes)
            self._tell_of_others(lane, cut, readings)
            if cut <= extent.oldest:
                return
            gone = await self.redis.xtrim(key, minid=str(cut), approximate=False)
            metrics.TRIMMED.labels(lane.value).inc(gone)
            if extent.bytes <= self.most_bytes:
                return

    async def _extent(self, key: str) -> Extent | None:
        oldest: Any = await self.redis.xrange(key, count=1)
        newest: Any = await self.redis.xrevrange(key, count=1)
        size = await self.redis.memory_usage(key)
        if not oldest or not newest or size is None:
            return None
        return Extent(EntryId.parse(oldest[0][0]), EntryId.parse(newest[0][0]), size)

    async def _readings(self, key: str) -> dict[str, Reading]:
        """How far each group is."""
        try:
            groups: Sequence[Mapping[str, Any]] = await self.redis.xinfo_groups(key)
        except ResponseError as error:
            if "no such key" in str(error):
                return {}
            raise
        found: dict[str, Reading] = {}
        for group in groups:
            pending = await self.redis.xpending(key, group["name"])
            oldest = EntryId.parse(pending["min"]) if pending["pending"] else None
            found[group["name"].decode()] = Reading(EntryId.parse(group["last-delivered-id"]), oldest)
        return found

    def _tell_of_others(self, lane: Lane, cut: EntryId, readings: Mapping[str, Reading]) -> None:
        behind = [name for name, reading in readings.items() if reading.needs_from < cut and name != STORED.group.value]
        metrics.READERS_BEHIND.labels(lane.value).set(len(behind))
        if behind:
            log.warning("groups of others lose entries to trimming", lane=lane.value, groups=behind, cut=str(cut))
