"""What was stored, in the order in which it was accepted, a page at a time: memory does not grow with the history.

Each page is a statement of its own, so that a long backtest holds no transaction open, which would keep Postgres from
cleaning up behind it. Only posts about our field are there; their judgement and story are those of the time.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from foreshock_shared.contracts.events import PostStored
from foreshock_shared.runtime.database import translated

PAGE: Final = 1_000
_NEXT: Final = """
    SELECT id, accepted_at, payload FROM store.v_posts
    WHERE accepted_at >= $1 AND accepted_at < $3 AND (accepted_at, id) > ($1, $2)
    ORDER BY accepted_at, id LIMIT $4
"""


async def history(
    connection: asyncpg.Connection, since: datetime, until: datetime, page: int = PAGE
) -> AsyncIterator[PostStored]:
    """Every post about our field that was accepted in this time. Raises as `database.translate` says."""
    at, ident = since, UUID(int=0)
    while True:
        async with translated():
            rows = await connection.fetch(_NEXT, at, ident, until, page)
        for row in rows:
            yield PostStored.model_validate_json(row["payload"])
        if len(rows) < page:
            return
        at, ident = rows[-1]["accepted_at"], rows[-1]["id"]
