"""How each receiver has been doing, kept in its row so that all replicas know.

A writer holds the receiver's row, and takes it before any delivery's: there is one order of locks.
"""

from datetime import datetime
from typing import Final

import asyncpg

from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.domain.breaker import CLOSED, Breaker, after_answer
from foreshock_notify.domain.retry import Answer
from foreshock_shared.runtime.database import translated

_READ: Final = "SELECT failures, openings, probing, resume_at FROM notify.receivers WHERE name = $1"
_WRITE: Final = """
    UPDATE notify.receivers SET failures = $2, openings = $3, probing = $4, resume_at = $5 WHERE name = $1
"""

_LEFT_ALONE: Final = "SELECT name, resume_at FROM notify.receivers WHERE openings > 0 ORDER BY name"


async def write(connection: Connection, receiver: str, before: Breaker, after: Breaker) -> None:
    """Keep a state, where it is another one than before."""
    if after != before:
        await connection.execute(_WRITE, receiver, after.failures, after.openings, after.probing, after.resume_at)


async def note(connection: Connection, receiver: str, answer: Answer, now: datetime) -> None:
    """Take an answer into account. While all goes well this asks and writes nothing more."""
    seen = of(await connection.fetchrow(_READ, receiver))
    if after_answer(seen, answer, now) == seen:
        return
    held = of(await connection.fetchrow(f"{_READ} FOR UPDATE", receiver))
    await write(connection, receiver, held, after_answer(held, answer, now))


async def left_alone(pool: asyncpg.Pool) -> dict[str, datetime]:
    """Receivers whose breaker is open, and until when at least."""
    async with translated():
        return {row["name"]: row["resume_at"] for row in await pool.fetch(_LEFT_ALONE)}


def of(row: asyncpg.Record | None) -> Breaker:
    """The state in a receiver's row; closed where there is none."""
    return CLOSED if row is None else Breaker(row["failures"], row["openings"], row["probing"], row["resume_at"])
