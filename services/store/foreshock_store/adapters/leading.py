"""One replica at a time does what all of them would do alike: a lock of Postgres' own, gone with its connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from foreshock_shared.runtime.database import Session

_LEAD: Final = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
_FOLLOW: Final = "SELECT pg_advisory_unlock(hashtextextended($1, 0))"


@asynccontextmanager
async def leading(connection: Session, what: str) -> AsyncIterator[bool]:
    """Whether this replica leads, for as long as the block lasts; does not wait for another to be done."""
    name = f"foreshock store {what}"
    if not await connection.fetchval(_LEAD, name):
        yield False
        return
    try:
        yield True
    finally:
        await connection.fetchval(_FOLLOW, name)
