"""Clients of the Redis-protocol server, and the check that it keeps what it accepts.

A client made here never retries by itself: an XADD whose answer was lost may have happened, and only the caller knows
the id under which it is safe to try again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from foreshock_shared.runtime.errors import ConfigurationError, DependencyUnavailable, ForeshockError
from foreshock_shared.runtime.settings import Durability

BLOCK_SECONDS = 2.0
"""The longest a blocking read waits; the socket's own limit stays well above it."""
_STATES = ("MISCONF", "LOADING", "MASTERDOWN", "BUSY", "OOM", "DENIED")
"""How answers begin that tell of the server's state, not of the command: a full disk, protected mode …"""


def connect(url: SecretStr | str, *, single: bool = False) -> Redis:
    """A client that answers bytes, fails within seconds and never repeats a command.

    `single` gives a client of one connection, for a reader that blocks on it.
    """
    plain = url.get_secret_value() if isinstance(url, SecretStr) else url
    return Redis.from_url(
        plain,
        single_connection_client=single,
        socket_connect_timeout=3.0,
        socket_timeout=BLOCK_SECONDS + 5.0,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 0),
    )


def translate(error: RedisError) -> ForeshockError | None:
    """What a server's error means to delivery; None where it is a fault of ours."""
    if isinstance(error, RedisConnectionError | RedisTimeoutError | OutOfMemoryError | ReadOnlyError):
        return DependencyUnavailable(f"the Redis server does not take commands: {error}")
    if isinstance(error, ResponseError) and str(error).startswith(_STATES):
        return DependencyUnavailable(f"the Redis server refuses commands for now: {error}")
    return None


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Within this block errors of the server are raised as errors of ours."""
    try:
        yield
    except RedisError as error:
        if (ours := translate(error)) is None:
            raise
        raise ours from error


async def check_durability(redis: Redis, wanted: Durability) -> dict[str, str]:
    """The server's settings on which "accepted is kept" rests.

    Raises ConfigurationError where they do not hold, DependencyUnavailable where the server cannot be asked.
    """
    if wanted is Durability.UNCHECKED:
        return {"durability": wanted.value}
    try:
        raw = await redis.config_get("maxmemory-policy", "appendonly", "appendfsync")
    except ResponseError as error:
        raise ConfigurationError(
            f"the Redis server does not show its settings ({error}); if you know that it appends to disk before it "
            "answers and evicts nothing, set FORESHOCK_REDIS_DURABILITY=unchecked"
        ) from error
    except RedisError as error:
        raise DependencyUnavailable(f"the Redis server does not answer: {error}") from error
    found = {_text(name): _text(value) for name, value in raw.items() if name is not None and value is not None}
    if found.get("maxmemory-policy") != "noeviction":
        raise ConfigurationError(
            f"the Redis server evicts unread posts (maxmemory-policy {found.get('maxmemory-policy')}); "
            "set maxmemory-policy noeviction"
        )
    kept = {Durability.ALWAYS: ("always",), Durability.EVERYSEC: ("always", "everysec")}[wanted]
    if found.get("appendonly") != "yes" or found.get("appendfsync") not in kept:
        raise ConfigurationError(
            f"the Redis server may lose accepted posts (appendonly {found.get('appendonly')}, appendfsync "
            f"{found.get('appendfsync')}); set appendonly yes and appendfsync always, or accept the loss of a second "
            "with FORESHOCK_REDIS_DURABILITY=everysec"
        )
    return found


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
