"""Moves dead letters from Redis, where they take memory, into Postgres, where they are kept.

A letter is deleted in Redis only once it is committed in Postgres; killed in between, it is moved again and found there
already. While Postgres is down, letters stay where they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
from redis.asyncio import Redis
from structlog import get_logger

from foreshock_shared.contracts.streams import DeadField, Field, Group
from foreshock_shared.runtime import database
from foreshock_shared.runtime import redis as shared_redis
from foreshock_store import metrics
from foreshock_store.domain.trimming import EntryId

log = get_logger()

PAGE: Final = 50
"""Letters that are moved at a time; each may be as large as an entry."""
_KEEP: Final = """
INSERT INTO store.dead_letters (stream, entry, died_at, post_id, origin, event, error, reason, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class DeadLetterKeeper:
    """Empties the dead-letter streams of all groups."""

    redis: Redis
    pool: asyncpg.Pool

    async def collect(self) -> None:
        """Move every letter there is."""
        async with shared_redis.translated(), database.translated():
            for group in Group:
                while await self._move_page(group) == PAGE:
                    pass

    async def _move_page(self, group: Group) -> int:
        entries: Any = await self.redis.xrange(group.dead_letters, count=PAGE)
        if not entries:
            return 0
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.executemany(_KEEP, [_row(group.dead_letters, *entry) for entry in entries])
        await self.redis.xdel(group.dead_letters, *(entry for entry, _ in entries))
        metrics.LETTERS_KEPT.labels(group.value).inc(len(entries))
        log.warning("dead letters are kept", group=group.value, letters=len(entries))
        return len(entries)


def _row(stream: str, entry: bytes, fields: Mapping[bytes, bytes]) -> tuple[Any, ...]:
    """A letter as it stands; whatever its writer left out or garbled, its bytes are kept."""

    def text(name: str) -> str | None:
        value = fields.get(name.encode())
        return value.decode("utf-8", "replace").replace("\x00", "\ufffd") if value else None

    died_at = datetime.fromtimestamp(EntryId.parse(entry).milliseconds / 1000, UTC)
    return (
        stream,
        entry.decode(),
        died_at,
        text(DeadField.POST_ID),
        text(DeadField.ORIGIN),
        text(DeadField.EVENT),
        text(DeadField.ERROR) or "Unknown",
        text(DeadField.REASON) or "its writer gave no reason",
        fields.get(Field.DATA.encode(), b""),
    )
