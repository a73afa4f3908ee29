"""What the store does beside the posts: dead letters, trimming, partitions, the schema."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from redis.asyncio import Redis
from sqlalchemy import Connection
from support.judged import NOON, a_judged_post
from support.servers import TestPostgres, role_url

from foreshock_shared.contracts.streams import STORED, DeadField, Field, Group, Lane
from foreshock_shared.runtime.database import connect_engine, connect_pool, migrate
from foreshock_shared.runtime.errors import RetryableError
from foreshock_store.adapters.dead_letters import PAGE, DeadLetterKeeper
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.postgres import Archive
from foreshock_store.adapters.public_stream import PublicStream
from foreshock_store.adapters.schema import metadata
from foreshock_store.domain.partitions import plan

pytestmark = pytest.mark.servers

DAY = timedelta(days=1)


@pytest.fixture
def letters(redis: Redis, pool: asyncpg.Pool) -> DeadLetterKeeper:
    return DeadLetterKeeper(redis, pool)


async def a_letter(redis: Redis, group: Group, data: bytes) -> None:
    fields = {DeadField.POST_ID: "p", DeadField.ERROR: "InvalidPayload", DeadField.REASON: "broken", Field.DATA: data}
    await redis.xadd(group.dead_letters, fields)  # type: ignore[arg-type]  # the hint is invariant


async def test_letters_of_every_group_are_moved_with_their_bytes(
    letters: DeadLetterKeeper, redis: Redis, pool: asyncpg.Pool
) -> None:
    for group in Group:
        for n in range(PAGE + 3):
            await a_letter(redis, group, b"\xff\x00" + bytes([n]))

    await letters.collect()

    assert [await redis.xlen(group.dead_letters) for group in Group] == [0] * len(Group)
    assert await pool.fetchval("SELECT count(DISTINCT data) FROM store.dead_letters") == PAGE + 3
    assert await pool.fetchval("SELECT count(*) FROM store.dead_letters") == len(Group) * (PAGE + 3)


async def test_a_letter_that_was_kept_but_not_deleted_is_kept_once(
    letters: DeadLetterKeeper, redis: Redis, pool: asyncpg.Pool
) -> None:
    await a_letter(redis, Group.STORE, b"x")
    found: Any = await redis.xrange(Group.STORE.dead_letters)
    await pool.execute(
        "INSERT INTO store.dead_letters VALUES ('dead.store', $1, now(), 'p', '', '', 'InvalidPayload', 'broken', 'x')",
        found[0][0].decode(),
    )

    await letters.collect()

    assert await pool.fetchval("SELECT count(*) FROM store.dead_letters") == 1
    assert await redis.xlen(Group.STORE.dead_letters) == 0


async def test_a_letter_without_the_usual_fields_is_kept_as_it_is(
    letters: DeadLetterKeeper, redis: Redis, pool: asyncpg.Pool
) -> None:
    await redis.xadd(Group.INGEST.dead_letters, {b"\xff": b"?", "reason": b"a\x00\xffb"})

    await letters.collect()

    row = await pool.fetchrow("SELECT error, reason, data FROM store.dead_letters")
    assert row is not None
    assert tuple(row) == ("Unknown", "a��b", b"")


async def test_while_postgres_is_down_letters_stay_in_redis(redis: Redis, own_postgres: TestPostgres) -> None:
    url = role_url(await own_postgres.new_database(migrate=["store"]), "store")
    await a_letter(redis, Group.STORE, b"x")
    own_postgres.kill()

    async with await connect_pool(url, application_name="test") as pool:
        with pytest.raises(RetryableError):
            await DeadLetterKeeper(redis, pool).collect()

    assert await redis.xlen(Group.STORE.dead_letters) == 1


async def fill(redis: Redis, *moments: datetime) -> str:
    key = STORED.key(Lane.NORMAL)
    for moment in moments:
        await redis.xadd(key, {"data": b"x" * 10_000}, id=f"{int(moment.timestamp() * 1000)}-0")
    await redis.xgroup_create(key, STORED.group.value, id="0")
    return key


async def read_all(redis: Redis, key: str, group: str, *, acknowledge: bool) -> list[bytes]:
    answer: Any = await redis.xreadgroup(group, "c", {key: ">"}, count=1_000)
    entries = [entry for _, batch in answer for entry, _ in batch]
    if acknowledge:
        await redis.xack(key, group, *entries)
    return entries


async def test_the_public_stream_is_trimmed_by_age(redis: Redis) -> None:
    now = datetime.now(UTC)
    key = await fill(redis, now - 2 * DAY, now - 2 * DAY + timedelta(seconds=1), now)
    await read_all(redis, key, STORED.group.value, acknowledge=True)

    await PublicStream(redis, DAY, 10**9).trim()

    assert await redis.xlen(key) == 1


async def test_the_public_stream_is_trimmed_to_its_bytes(redis: Redis) -> None:
    now = datetime.now(UTC)
    key = await fill(redis, *(now - timedelta(seconds=300 - n) for n in range(300)))
    await read_all(redis, key, STORED.group.value, acknowledge=True)

    await PublicStream(redis, DAY, 1_000_000).trim()

    assert 50 <= await redis.xlen(key) <= 100
    assert (await redis.memory_usage(key) or 0) <= 1_000_000


async def test_nothing_goes_that_our_own_group_has_not_acknowledged(redis: Redis) -> None:
    now = datetime.now(UTC)
    key = await fill(redis, *(now - 3 * DAY + timedelta(seconds=n) for n in range(10)))
    entries = await read_all(redis, key, STORED.group.value, acknowledge=False)
    await redis.xack(key, STORED.group.value, *entries[:4])

    await PublicStream(redis, DAY, 1).trim()

    left: Any = await redis.xrange(key)
    assert [entry for entry, _ in left] == entries[4:]


async def test_nothing_goes_that_our_own_group_has_not_read(redis: Redis) -> None:
    key = await fill(redis, datetime.now(UTC) - 3 * DAY)

    await PublicStream(redis, DAY, 1).trim()

    assert await redis.xlen(key) == 1


async def test_a_group_of_others_that_falls_behind_holds_nothing_up(redis: Redis) -> None:
    now = datetime.now(UTC)
    key = await fill(redis, now - 3 * DAY, now)
    await redis.xgroup_create(key, "stranger", id="0")
    await read_all(redis, key, STORED.group.value, acknowledge=True)

    await PublicStream(redis, DAY, 10**9).trim()

    assert await redis.xlen(key) == 1


async def test_retention_drops_a_day_with_its_keys(archive: Archive, pool: asyncpg.Pool) -> None:
    old = NOON - timedelta(days=40)
    await archive.keep([a_judged_post(at=old), a_judged_post(at=NOON)], NOON + DAY)
    partitions = Partitions(pool)

    done = await partitions.carry_out(plan(await partitions.existing(), NOON.date(), ahead=3, retention=30))

    assert done
    assert len(await partitions.existing()) == 4
    assert await pool.fetchval("SELECT count(*) FROM store.post_keys") == 1
    assert await pool.fetchval("SELECT count(*) FROM store.posts") == 1


async def test_one_replica_at_a_time_tends_the_partitions(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as other:
        await other.fetchval("SELECT pg_advisory_lock(hashtextextended('foreshock store janitor', 0))")
        assert not await Partitions(pool).carry_out(plan([], NOON.date(), ahead=1, retention=30))
        await other.fetchval("SELECT pg_advisory_unlock_all()")
    assert await Partitions(pool).carry_out(plan([], NOON.date(), ahead=1, retention=30))


async def test_replicas_that_start_together_migrate_once(postgres: TestPostgres) -> None:
    url = role_url(await postgres.new_database(), "store")

    await asyncio.gather(*(migrate(url, "foreshock_store", "store") for _ in range(3)))

    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT count(*) FROM store.alembic_version") == 1
    await connection.close()


async def test_the_migrated_schema_is_the_one_that_the_code_describes(store_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"include_schemas": True, "include_object": _ours, "version_table_schema": "store"}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    engine = connect_engine(store_url, application_name="test")
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()

    assert [each for each in found if "index" not in str(each) and "comment" not in str(each)] == []


def _ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    return kind != "table" or name != "alembic_version"


async def test_a_service_has_no_rights_in_the_schema_of_another(admin_url: str) -> None:
    notify = await asyncpg.connect(role_url(admin_url, "notify"))
    for forbidden in ("SELECT * FROM store.post_keys", "CREATE TABLE store.x ()", "CREATE TABLE public.x ()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await notify.execute(forbidden)
    await notify.close()
