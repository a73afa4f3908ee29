"""`./run migrate`: the database as this version needs it, for a stack whose servers are elsewhere.

It waits for both servers, so that services that wait for it find them. It may be repeated, and by several at once.
"""

import asyncio
import time
from typing import Final

from foreshock_shared.runtime import database
from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.errors import ConfigurationError, DependencyUnavailable
from foreshock_shared.runtime.settings import Durability
from foreshock_stack.environment import Environment
from foreshock_stack.provisioning import PACKAGES, provide

PAUSE_SECONDS: Final = 0.5


def run(environment: Environment, wait: float) -> int:
    """Make roles, schemas and tables. Raises DependencyUnavailable where a server does not answer in time."""
    if not environment.redis_url or not environment.database_url:
        raise ConfigurationError(
            "set FORESHOCK_REDIS_URL and FORESHOCK_DATABASE_URL: `./run up` itself takes care of embedded servers"
        )
    asyncio.run(_migrate(environment, time.monotonic() + wait))
    print(" and ".join(f"{schema} is at {database.head(package)}" for schema, package in PACKAGES.items()))
    return 0


async def _migrate(environment: Environment, deadline: float) -> None:
    while True:
        try:
            await _require_redis(environment)
            await provide(environment.database_url, None, environment)
        except DependencyUnavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


async def _require_redis(environment: Environment) -> None:
    wanted = Durability(environment.passed.get("FORESHOCK_REDIS_DURABILITY") or Durability.ALWAYS)
    redis = shared_redis.connect(environment.redis_url)
    try:
        async with shared_redis.translated():
            await redis.ping()
        await shared_redis.check_durability(redis, wanted)
    finally:
        await redis.aclose()
