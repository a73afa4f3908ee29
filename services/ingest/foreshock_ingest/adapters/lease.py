"""Who runs a source: one replica at a time, by a key that expires unless its holder renews it.

A holder that was stopped for longer than the key lives may run beside its successor for a moment. Nothing is lost or
doubled by that: posts are accepted once by their ids, and a stored state is always behind its posts.
"""

from typing import Final
from uuid import uuid4

from redis.asyncio import Redis

LIFE_MS: Final = 15_000
RENEW_SECONDS: Final = LIFE_MS / 3_000

_RENEW: Final = """#!lua
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE: Final = """#!lua
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class Lease:
    """The right to run one source."""

    def __init__(self, redis: Redis, source: str) -> None:
        self._redis = redis
        self._key = f"ingest:lease:{source}"
        self._token = uuid4().hex
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)

    async def acquire(self) -> bool:
        """Take it if nobody has it."""
        return bool(await self._redis.set(self._key, self._token, nx=True, px=LIFE_MS))

    async def renew(self) -> bool:
        """Keep it; false when it is another's by now."""
        return bool(await self._renew(keys=[self._key], args=[self._token, LIFE_MS]))

    async def release(self) -> None:
        """Give it back, if it is still ours."""
        await self._release(keys=[self._key], args=[self._token])
