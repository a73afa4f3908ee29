"""Commands that may use memory beyond the server's limit: those that finish what was accepted.

At its limit the server refuses whatever could grow, also the making of a group and the counting of a suspect; then
nothing could be read, and a full server would stay full. What is done here is small, and ends in entries being deleted.
"""

from typing import Any, Final

from redis.asyncio import Redis

_COUNT: Final = "#!lua flags=allow-oom\nreturn redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])"
_GROUP: Final = "#!lua flags=allow-oom\nreturn redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2], 'MKSTREAM')"


async def make_group(redis: Redis, key: str, group: str, start: str) -> None:
    """XGROUP CREATE, with its stream. Raises ResponseError with BUSYGROUP where it is there already."""
    await redis.register_script(_GROUP)(keys=[key], args=[group, start])


async def add_to_field(redis: Redis, key: str, field: str, step: int) -> int:
    """HINCRBY; the new value."""
    answer: Any = await redis.register_script(_COUNT)(keys=[key], args=[field, step])
    return int(answer)
