"""Consumer groups: made before anything is read, and made again where one is gone.

A group always starts at what may not be done yet, never at "now": at the very beginning of a lane whose entries are
deleted once done, and on a public lane at the floor that every hand-over leaves behind. Entries that come a second time
by this are harmless, entries that never come are not.
"""

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from foreshock_shared.contracts.streams import Lane, Stream
from foreshock_shared.runtime.delivery.handover import floor_key
from foreshock_shared.runtime.delivery.reserve import make_group
from foreshock_shared.runtime.redis import translated


async def ensure(redis: Redis, stream: Stream, lane: Lane) -> bool:
    """Make our group on a lane. Returns whether it was missing."""
    async with translated():
        start = before(await redis.get(floor_key(stream, lane))) if stream.public else "0"
        try:
            await make_group(redis, stream.key(lane), stream.group.value, start)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
            return False
    return True


def is_missing_group(error: Exception) -> bool:
    """Whether a server's error says that the group, or its whole stream, is gone."""
    return isinstance(error, ResponseError) and "NOGROUP" in str(error)


def before(entry: bytes | str | None) -> str:
    """The greatest id below that of an entry: a group made there gets the entry next. "0" where there is none."""
    if not entry:
        return "0"
    milliseconds, _, serial = (entry.decode() if isinstance(entry, bytes) else entry).partition("-")
    if int(serial or 0) > 0:
        return f"{milliseconds}-{int(serial) - 1}"
    return f"{int(milliseconds) - 1}-{2**64 - 1}" if int(milliseconds) > 0 else "0"
