"""The embedded servers keep what they acknowledged, survive crashes, and are shut to strangers."""

import asyncio
import os
import socket
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError
from support.servers import TestPostgres, new_postgres, new_valkey, role_url

from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.settings import Durability
from foreshock_stack.servers.server import LOOPBACK, PortTaken
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


async def test_valkey_promises_what_services_ask_for(redis: Redis) -> None:
    assert await shared_redis.check_durability(redis, Durability.ALWAYS)


async def test_valkey_killed_comes_back_at_its_address_with_its_data(own_valkey: Valkey) -> None:
    address = own_valkey.url
    client = shared_redis.connect(address)
    for number in range(100):
        await client.xadd("kept", {"n": number})
    await client.aclose()
    own_valkey.kill()
    own_valkey.start()
    assert own_valkey.url == address
    client = shared_redis.connect(address)
    assert await client.xlen("kept") == 100
    await client.aclose()


async def test_valkey_takes_no_command_without_its_password(valkey: Valkey) -> None:
    stranger = shared_redis.connect(valkey.url.replace(valkey.password, "guessed"))
    with pytest.raises(AuthenticationError):
        await stranger.ping()
    await stranger.aclose()


def test_a_port_that_was_given_out_and_is_taken_is_a_clear_error(own_folder: Path) -> None:
    server = new_valkey(own_folder, "valkey")
    server.start()
    server.stop()
    with socket.create_server((LOOPBACK, server.port)), pytest.raises(PortTaken, match="already in use"):
        server.start()
    server.start()
    server.stop()


async def test_postgres_killed_comes_back_with_what_was_committed(own_postgres: TestPostgres) -> None:
    connection = await asyncpg.connect(own_postgres.admin_url)
    await connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    own_postgres.kill()
    connection.terminate()
    own_postgres.start()
    connection = await asyncpg.connect(own_postgres.admin_url)
    assert await connection.fetchval("SELECT count(*) FROM kept") == 1000
    await connection.close()


async def test_a_lock_file_with_the_number_of_a_strange_process_does_not_bar_postgres(own_folder: Path) -> None:
    server = new_postgres(own_folder, "postgres")
    server.start()
    lock = server.data / "postmaster.pid"
    left_behind = lock.read_text()
    server.stop()
    stranger = await asyncio.create_subprocess_exec("sleep", "60", user=server.account.uid)
    lock.write_text(left_behind.replace(left_behind.split("\n", 1)[0], str(stranger.pid), 1))
    server.account.take(lock, 0o600)
    server.start()
    assert server.running()
    server.stop()
    stranger.kill()
    await stranger.wait()


def test_a_half_made_cluster_is_made_again(own_folder: Path) -> None:
    half_made = own_folder / "postgres" / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    server = new_postgres(own_folder, "postgres")
    server.start()
    assert server.running()
    server.stop()


async def test_postgres_speaks_utf8_and_takes_no_wrong_password(postgres: TestPostgres) -> None:
    connection = await asyncpg.connect(postgres.admin_url)
    assert await connection.fetchval("SELECT upper('é') || length('輸出規制')") == "É4"
    await connection.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.admin_url.replace(postgres.password, "guessed"))


async def test_each_test_can_have_a_database_of_its_own_with_the_services_roles(postgres: TestPostgres) -> None:
    first, second = await postgres.new_database(), await postgres.new_database()
    assert first != second
    connection = await asyncpg.connect(role_url(first, "store"))
    assert await connection.fetchval("SELECT current_schema()") == "store"
    await connection.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change user")
def test_started_by_root_the_servers_run_unprivileged(valkey: Valkey, postgres: TestPostgres) -> None:
    for server in (valkey, postgres):
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
