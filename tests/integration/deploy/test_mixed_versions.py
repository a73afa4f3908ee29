"""In the middle of an upgrade replicas of two versions work side by side."""

import asyncpg
import pytest
from support.servers import ROLE_PASSWORDS, TestPostgres

from foreshock_shared.runtime.database import migrate, provision

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("service", ["store", "notify"])
async def test_an_older_replica_starts_on_a_schema_that_a_newer_one_has_brought_further(
    postgres: TestPostgres, service: str
) -> None:
    admin = await postgres.new_database(migrate=("store", "notify"))
    urls = await provision(admin, ROLE_PASSWORDS)
    connection = await asyncpg.connect(admin)
    try:
        table = f"{service}.alembic_version"
        await connection.execute(f"UPDATE {table} SET version_num = 'of-tomorrow'")  # noqa: S608  a name from above
        await migrate(urls[service], f"foreshock_{service}", service)
        assert await connection.fetchval(f"SELECT version_num FROM {table}") == "of-tomorrow"  # noqa: S608
    finally:
        await connection.close()
