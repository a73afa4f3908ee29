"""A pool over which a process dies: at the n-th word with the database, before it is said or after it was heard."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

_WORDS = ("fetch", "fetchrow", "fetchval", "execute", "executemany")


class Crash(BaseException):
    """The process is gone."""


class Fuse:
    """Blows after so many moments; one that is not set never does."""

    def __init__(self, moments: int | None) -> None:
        self._left = moments

    def burn(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Crash


class _Connection:
    def __init__(self, connection: Any, fuse: Fuse) -> None:
        self._connection = connection
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return _burning(found, self._fuse) if name in _WORDS else found

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        async with self._connection.transaction():
            yield
            self._fuse.burn()
        self._fuse.burn()


class Mortal:
    """A pool as our adapters use one, with a fuse."""

    def __init__(self, pool: asyncpg.Pool, fuse: Fuse) -> None:
        self._pool = pool
        self._fuse = fuse

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[_Connection]:
        async with self._pool.acquire() as connection:
            yield _Connection(connection, self._fuse)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._pool, name)
        return _burning(found, self._fuse) if name in _WORDS else found


def _burning(word: Callable[..., Awaitable[Any]], fuse: Fuse) -> Callable[..., Awaitable[Any]]:
    async def said(*given: Any) -> Any:
        fuse.burn()
        heard = await word(*given)
        fuse.burn()
        return heard

    return said
