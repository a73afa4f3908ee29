"""Asks the two servers what they are and how they are set up."""

import time
from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from redis.exceptions import ResponseError

from foreshock_shared.runtime import database
from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.addresses import Addresses
from foreshock_stack.doctor.facts import PostgresFacts, RedisFacts
from foreshock_stack.provisioning import PACKAGES

_ASKED: Final = ("appendonly", "appendfsync", "maxmemory-policy")
_SETTINGS: Final = ("fsync", "full_page_writes", "synchronous_commit", "max_connections")


async def ask_redis(url: str) -> RedisFacts:
    """Raises DependencyUnavailable where it does not answer, or not to us."""
    redis = shared_redis.connect(url)
    try:
        async with shared_redis.translated():
            info: dict[str, Any] = await redis.info()
            before = time.time()
            seconds, micros = await redis.time()
            ours = (before + time.time()) / 2
            return RedisFacts(
                server="Valkey" if "valkey_version" in info else "Redis",
                version=_version(str(info.get("valkey_version") or info["redis_version"])),
                settings=await _settings(redis),
                info={name: str(value) for name, value in info.items()},
                skew_seconds=int(seconds) + int(micros) / 1e6 - ours,
            )
    except ResponseError as error:
        raise DependencyUnavailable(f"the Redis server does not let us look: {error}") from error
    finally:
        await redis.aclose()


async def _settings(redis: Any) -> Mapping[str, str] | None:
    try:
        raw = await redis.config_get(*_ASKED)
    except ResponseError:
        return None
    return {_text(name): _text(value) for name, value in raw.items()}


async def ask_postgres(addresses: Addresses) -> PostgresFacts:
    """Raises DependencyUnavailable where it does not answer, or not to us."""
    connection = await database.connect(addresses.database_admin, application_name="foreshock-doctor")
    try:
        async with database.translated():
            settings = {name: await connection.fetchval("SELECT current_setting($1)", name) for name in _SETTINGS}
            before = time.time()
            theirs = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
            ours = (before + time.time()) / 2
            return PostgresFacts(
                version=int(await connection.fetchval("SELECT current_setting('server_version_num')")),
                settings=settings,
                encoding=await connection.fetchval("SELECT current_setting('server_encoding')"),
                in_recovery=await connection.fetchval("SELECT pg_is_in_recovery()"),
                skew_seconds=theirs - ours,
                revisions={schema: await _revision(connection, schema) for schema in PACKAGES},
                wanted={schema: database.head(package) for schema, package in PACKAGES.items()},
                roles_that_cannot_connect=await _barred_roles(addresses),
                suspended=await _suspended(connection),
            )
    finally:
        await connection.close()


async def _revision(connection: asyncpg.Connection, schema: str) -> str | None:
    if await connection.fetchval("SELECT to_regclass($1)", f"{schema}.alembic_version") is None:
        return None
    found: str | None = await connection.fetchval(f"SELECT version_num FROM {schema}.alembic_version")  # noqa: S608
    return found


async def _barred_roles(addresses: Addresses) -> dict[str, str]:
    barred = {}
    for schema, url in (("store", addresses.database_store), ("notify", addresses.database_notify)):
        try:
            await (await database.connect(url, application_name="foreshock-doctor")).close()
        except DependencyUnavailable as error:
            barred[f"foreshock_{schema}"] = str(error)
    return barred


async def _suspended(connection: asyncpg.Connection) -> dict[str, str]:
    if await connection.fetchval("SELECT to_regclass('notify.receivers')") is None:
        return {}
    rows = await connection.fetch("SELECT name, suspended_at FROM notify.receivers WHERE suspended_at IS NOT NULL")
    return {row["name"]: f"{row['suspended_at']:%Y-%m-%d %H:%M} UTC" for row in rows}


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
