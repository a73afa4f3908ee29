"""A database of each test's own, at head, and the parts of notify over it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from support.servers import TestPostgres, role_url

from foreshock_shared.runtime.database import connect_pool


@pytest.fixture
async def database_url(postgres: TestPostgres) -> str:
    """A fresh database, as the role of notify."""
    return role_url(await postgres.new_database(migrate=["notify"]), "notify")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect_pool(database_url, application_name="tests", max_size=8)
    yield pool
    pool.terminate()
