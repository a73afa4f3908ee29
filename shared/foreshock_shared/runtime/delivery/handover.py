"""The one atomic step between two services.

Keys:
    <lane>                  the stream that was read
    <target> …              lanes of the next stream, `dead.<group>`, or the lane itself for posts to be tried alone
    suspects.<group>.<lane> hash of entry id → how often handling it ended without a verdict
    floor.<group>.<lane>    on a public stream, the oldest id of which it is not known that our group is done with it

Guarantees:
- What follows is written before what came is acknowledged, on the server and in one step: its first error (a key of
  the wrong type, for instance) ends it before anything is acknowledged. A MULTI would go on and lose the entry.
- It works with memory full (`allow-oom`): it frees more than it writes, so a full server drains by itself.
- It may run twice for one entry (a lost answer, two replicas). That doubles what follows, never loses it; every
  reader is idempotent by post id. It must not be made conditional on XACK's answer: damage to the pending list would
  then turn into loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from foreshock_shared.contracts.streams import Lane, Stream
from foreshock_shared.runtime.delivery.wire import Fields
from foreshock_shared.runtime.redis import translated

_SCRIPT: Final = """#!lua flags=allow-oom
local lane, suspects, floor = KEYS[1], KEYS[2], KEYS[3]
local group, public, entries = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])
local at = 4 + entries
while at <= #ARGV do
  local last = at + 1 + 2 * tonumber(ARGV[at + 1])
  redis.call('XADD', KEYS[tonumber(ARGV[at])], '*', unpack(ARGV, at + 2, last))
  at = last + 1
end
if entries > 0 then
  local done = {unpack(ARGV, 4, 3 + entries)}
  redis.call('XACK', lane, group, unpack(done))
  redis.call('HDEL', suspects, unpack(done))
  if public then
    local waiting = redis.call('XPENDING', lane, group)
    local oldest = waiting[2]
    if waiting[1] == 0 then
      for _, info in ipairs(redis.call('XINFO', 'GROUPS', lane)) do
        local map = {}
        for i = 1, #info, 2 do map[info[i]] = info[i + 1] end
        if map['name'] == group then oldest = map['last-delivered-id'] end
      end
    end
    redis.call('SET', floor, oldest)
  else
    redis.call('XDEL', lane, unpack(done))
  end
end
return entries
"""


@dataclass(frozen=True, slots=True)
class Addition:
    """An entry to be written."""

    key: str
    fields: Fields


def suspects_key(stream: Stream, lane: Lane) -> str:
    """Hash of entry id → how often handling it ended without a verdict. Two lanes may have entries of one id."""
    return f"suspects.{stream.group}.{stream.key(lane)}"


def floor_key(stream: Stream, lane: Lane) -> str:
    """The oldest id of a public lane of which it is not known that our group is done with it."""
    return f"floor.{stream.group}.{stream.key(lane)}"


class Handover:
    """Hands over the entries of one lane."""

    def __init__(self, redis: Redis, stream: Stream, lane: Lane) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._keys = [stream.key(lane), suspects_key(stream, lane), floor_key(stream, lane)]
        self._group = stream.group.value
        self._public = "1" if stream.public else "0"

    async def commit(self, done: Sequence[bytes], additions: Sequence[Addition]) -> None:
        """Write all additions, then acknowledge all of `done`; or nothing of it.

        Raises DependencyUnavailable where the outcome is not known: the entries are then still pending or done, and
        handling them again is right in either case.
        """
        keys = [*self._keys, *dict.fromkeys(addition.key for addition in additions)]
        arguments: list[str | bytes | int] = [self._group, self._public, len(done), *done]
        for addition in additions:
            arguments += [keys.index(addition.key, 3) + 1, len(addition.fields)]
            for name, value in addition.fields.items():
                arguments += [name, value]
        async with translated():
            await self._script(keys=keys, args=arguments)
