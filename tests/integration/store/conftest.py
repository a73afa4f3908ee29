"""A database of its own for each test, at head, and stores over it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest
from support.servers import TestPostgres, role_url

from foreshock_shared.runtime.database import connect_pool
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.postgres import Archive
from foreshock_store.adapters.story_book import StoryBook


@pytest.fixture
async def admin_url(postgres: TestPostgres) -> str:
    return await postgres.new_database(migrate=["store"])


@pytest.fixture
def store_url(admin_url: str) -> str:
    return role_url(admin_url, "store")


@pytest.fixture
async def pool(store_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with await connect_pool(store_url, application_name="test") as pool:
        yield pool


@pytest.fixture
def archive(pool: asyncpg.Pool) -> Archive:
    return an_archive(pool)


@pytest.fixture
async def new_replica(store_url: str) -> AsyncIterator[Callable[[], Awaitable[Archive]]]:
    """Makes stores with a pool and a memory of their own, as in another process."""
    pools: list[asyncpg.Pool] = []

    async def make() -> Archive:
        pools.append(await connect_pool(store_url, application_name="replica"))
        return an_archive(pools[-1])

    yield make
    for pool in pools:
        await pool.close()


def an_archive(pool: asyncpg.Pool) -> Archive:
    return Archive(pool, Partitions(pool), StoryBook(timedelta(hours=72), 3_000))
