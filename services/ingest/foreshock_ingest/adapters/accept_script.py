"""The one atomic step in which posts are accepted, on the server: look-up, entry, marks, ledger.

Keys:
    post.ingested, .urgent      the lanes that entries go to
    ingest:seen:0, :1           two generations of marks, hashes of id (16 bytes) → content (16 bytes)
    ingest:seen:since           unix time at which generation 0 began
    ingest:ledger:<YYYY-MM-DD>  the accepted ledger: hash of `HH:MM:count` and `HH:MM:sum` (of `post.id_checksum`), by
                                the minute (UTC) of `accepted_at`; a revision counts again
    ingest:canaries:<YYYY-MM-DD>  likewise for canaries, which are no posts

The entry is written first: its error ends the script before anything else is, so there is no mark without its entry.
With memory full the server refuses the whole script (it does not carry `allow-oom`). A second run finds the marks.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from foreshock_ingest.domain.batching import Candidate
from foreshock_shared.contracts.streams import INGESTED, Field
from foreshock_shared.runtime.delivery.wire import entry_fields

Command: TypeAlias = list[str | bytes | int]

_HEAD: Final = struct.Struct(">16s16s?I")
"""Id, content, whether it may be revised, length of the payload. Two arguments an entry: each one costs the client."""

KEYS: Final = 5
"""How many of the arguments of a command are keys."""

SCRIPT: Final = """#!lua
local lane, recent, older, since, ledger = unpack(KEYS)
local now, most, age = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local minute, keep, first = ARGV[4], tonumber(ARGV[5]), 7 + tonumber(ARGV[6])

local heads, bodies = ARGV[first], ARGV[first + 1]
local ids, contents, revisable, sizes, at = {}, {}, {}, {}, 1
while at <= #heads do
  local i = #ids + 1
  ids[i], contents[i], revisable[i], sizes[i], at = struct.unpack('>c16c16BI4', heads, at)
end
local marked = redis.call('HMGET', recent, unpack(ids))
local before = redis.call('HMGET', older, unpack(ids))

local verdicts, payloads, marks, known, sum = {}, {}, {}, {}, 0
at = 1
for i, id in ipairs(ids) do
  local content = contents[i]
  local found = known[id] or marked[i] or before[i]
  local verdict = not found and 'n' or found == content and 's' or revisable[i] == 1 and 'r' or 'c'
  if verdict == 'n' or verdict == 'r' then
    payloads[#payloads + 1] = string.sub(bodies, at, at + sizes[i] - 1)
    sum = sum + struct.unpack('>I4', id)
    known[id] = content
  end
  if verdict ~= 'c' and not (verdict == 's' and (known[id] or marked[i])) then
    marks[#marks + 1] = id
    marks[#marks + 1] = content
  end
  verdicts[i] = verdict
  at = at + sizes[i]
end

if #payloads > 0 then
  local fields = {unpack(ARGV, 7, first - 1)}
  fields[#fields + 1] = 'data'
  fields[#fields + 1] = '[' .. table.concat(payloads, ',') .. ']'
  redis.call('XADD', lane, '*', unpack(fields))
end
if #marks > 0 then
  redis.call('HSET', recent, unpack(marks))
  local began = redis.call('GET', since)
  local over = redis.call('HLEN', recent) >= most or (began and now - tonumber(began) >= age)
  if over then
    redis.call('UNLINK', older)
    redis.call('RENAME', recent, older)
  end
  if over or not began then redis.call('SET', since, ARGV[1]) end
end
if #payloads > 0 then
  redis.call('HINCRBY', ledger, minute .. ':count', #payloads)
  redis.call('HINCRBY', ledger, minute .. ':sum', string.format('%.0f', sum))
  redis.call('EXPIRE', ledger, keep)
end
return table.concat(verdicts)
"""
"""Answers one letter a post: the first of its verdict."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How long what was accepted is remembered."""

    seen_posts: int = 250_000
    seen_seconds: int = 14 * 86_400
    ledger_seconds: int = 40 * 86_400


def command(entry: Sequence[Candidate], memory: Memory, now: datetime) -> Command:
    """Keys and arguments for one entry, accepted now (in UTC): at least one post, all of one lane and ledger."""
    first = entry[0]
    date, _, minute = now.isoformat(timespec="minutes")[:16].partition("T")
    ledger = f"ingest:{'canaries' if first.canary else 'ledger'}:{date}"
    shared = first.traceparent and all(each.traceparent == first.traceparent for each in entry)
    fields = entry_fields(INGESTED, b"", now, first.traceparent if shared else None)
    del fields[Field.DATA]  # the script knows which posts are new and builds it
    flat = [part for pair in fields.items() for part in pair]
    arguments: Command = [
        *(INGESTED.key(first.lane), "ingest:seen:0", "ingest:seen:1", "ingest:seen:since", ledger),
        *(int(now.timestamp()), memory.seen_posts, memory.seen_seconds),
        *(minute, memory.ledger_seconds, len(flat), *flat),
    ]
    payloads = [each.payload(now) for each in entry]
    heads = [
        _HEAD.pack(each.post_id.bytes, each.content, each.revisable, len(payload))
        for each, payload in zip(entry, payloads, strict=True)
    ]
    return [*arguments, b"".join(heads), b"".join(payloads)]
