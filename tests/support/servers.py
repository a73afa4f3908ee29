"""Real servers for tests, started by the test run itself on free ports of loopback, and gone with it.

- `valkey`: the session's Valkey, flushed before each test; `redis`: a client of it.
- `postgres`: the session's Postgres; `await postgres.new_database()` gives a test a database of its own.
- `own_valkey`, `own_postgres`: a server for one test alone, which may kill, restart and fill it.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from redis.asyncio import Redis

from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.database import migrate, provision
from foreshock_stack.servers.account import TRAVERSABLE, Account, server_account
from foreshock_stack.servers.postgres import Postgres
from foreshock_stack.servers.programs import Programs, programs
from foreshock_stack.servers.valkey import Valkey

ROLE_PASSWORDS: Mapping[str, str] = MappingProxyType({"store": "store-of-tests", "notify": "notify-of-tests"})


def role_url(admin_url: str, role: str) -> str:
    """The address of the same database for a service's own role, `store` or `notify`."""
    parts = urlsplit(admin_url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"foreshock_{role}:{ROLE_PASSWORDS[role]}@{address}"))


class TestPostgres(Postgres):
    """A Postgres that gives out fresh databases: copies of one that was brought to head once."""

    __test__ = False

    def __init__(self, home: Path, programs: Programs, account: Account) -> None:
        super().__init__(home, programs, account)
        self._numbers = itertools.count(1)
        self._heads: dict[tuple[str, ...], str] = {}
        """A database at head for each selection of services."""

    async def new_database(self, migrate: Collection[str] = ()) -> str:
        """The administrator's address of an empty database with the services' roles and schemas.

        `migrate` names the services whose schema is brought to head, in this order.
        """
        services = tuple(migrate)
        if services not in self._heads:
            head = await self._copied("template1")
            for service in services:
                await bring_to_head(role_url(self.url_of(head), service), service)
            self._heads[services] = head
        return self.url_of(await self._copied(self._heads[services]))

    async def _copied(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        finally:
            await connection.close()
        await provision(self.url_of(name), ROLE_PASSWORDS)
        return name


async def bring_to_head(url: str, service: str) -> None:
    await migrate(url, f"foreshock_{service}", service)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that the servers' user can reach; pytest's own temporary folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="foreshock-tests-"))
    folder.chmod(TRAVERSABLE)
    yield folder
    shutil.rmtree(folder)


def new_valkey(folder: Path, name: str, memory: str = "512mb") -> Valkey:
    account = server_account()
    return Valkey(folder / name, programs(folder, account), account, memory=memory)


def new_postgres(folder: Path, name: str) -> TestPostgres:
    account = server_account()
    return TestPostgres(folder / name, programs(folder, account), account)


@pytest.fixture(scope="session")
def valkey_server(server_folder: Path) -> Iterator[Valkey]:
    server = new_valkey(server_folder, "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server(server_folder: Path) -> Iterator[TestPostgres]:
    server = new_postgres(server_folder, "postgres")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres(postgres_server: TestPostgres) -> TestPostgres:
    """The session's Postgres, up again if a test has killed it."""
    postgres_server.start()
    return postgres_server


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """The session's Valkey, empty, and up again if a test has killed it."""
    valkey_server.start()
    asyncio.run(_flush(valkey_server.url))
    return valkey_server


@pytest.fixture
async def redis(valkey: Valkey) -> AsyncIterator[Redis]:
    client = shared_redis.connect(valkey.url)
    yield client
    await client.aclose()


@pytest.fixture
def own_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="foreshock-test-"))
    folder.chmod(TRAVERSABLE)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def own_valkey(own_folder: Path) -> Iterator[Valkey]:
    """A Valkey of one test's own, with little memory, so that a test can fill it."""
    server = new_valkey(own_folder, "valkey", memory="32mb")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_postgres(own_folder: Path) -> Iterator[TestPostgres]:
    server = new_postgres(own_folder, "postgres")
    server.start()
    yield server
    server.stop()


async def _flush(url: str) -> None:
    client = shared_redis.connect(url)
    await client.flushall()
    await client.aclose()
