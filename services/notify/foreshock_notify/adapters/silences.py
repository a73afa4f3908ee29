"""Silences as rows. One that is ended by hand ends at that moment; ended ones are kept for a while, to be looked up."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.domain.silence import Silence, SilenceIn
from foreshock_shared.runtime.database import translated

KEEP_ENDED: Final = timedelta(days=90)

_ADD: Final = """
    INSERT INTO notify.silences (id, "when", rules, receivers, reason, by, created_at, starts_at, ends_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *
"""
_IN_FORCE: Final = "SELECT * FROM notify.silences WHERE starts_at <= $1 AND ends_at > $1 ORDER BY created_at, id"
_LIST: Final = "SELECT * FROM notify.silences WHERE ends_at > $1 OR $2 ORDER BY created_at DESC, id LIMIT 500"
_END: Final = """
    UPDATE notify.silences SET ends_at = $2, starts_at = least(starts_at, $2), ended_by = $3
    WHERE id = $1 AND ends_at > $2 RETURNING *
"""


async def in_force(connection: Connection, now: datetime) -> list[Silence]:
    """The silences that hold now."""
    return [Silence.model_validate(dict(row)) for row in await connection.fetch(_IN_FORCE, now)]


class Silences:
    """What is silenced."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, asked: SilenceIn, now: datetime) -> Silence:
        """Enter a silence; it holds from its start until its end."""
        when = asked.when and asked.when.model_dump(mode="json", exclude_unset=True)
        starts_at = asked.starts_at or now
        async with translated():
            row = await self._pool.fetchrow(
                _ADD,
                uuid4(),
                when,
                list(asked.rules),
                list(asked.receivers),
                asked.reason,
                asked.by,
                now,
                starts_at,
                asked.ends_at,
            )
        return Silence.model_validate(dict(row or {}))

    async def listed(self, now: datetime, *, ended: bool = False) -> list[Silence]:
        """Silences that have not ended; with `ended`, those that have too."""
        async with translated():
            return [Silence.model_validate(dict(row)) for row in await self._pool.fetch(_LIST, now, ended)]

    async def end(self, ident: UUID, by: str, now: datetime) -> Silence | None:
        """End a silence now; None where there is none that has not ended."""
        async with translated():
            row = await self._pool.fetchrow(_END, ident, now, by)
        return None if row is None else Silence.model_validate(dict(row))
