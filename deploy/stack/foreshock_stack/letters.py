"""Dead letters, wherever they lie: in the `dead.<group>` streams, or moved from there into `store.dead_letters`.

What it guarantees:

- Putting a letter back writes it to the lane it came from as one entry with the same bytes, so the posts keep their ids
  and every later service knows them. The entry is written before the letter goes: a crash between the two may put it
  back twice, which changes nothing, but never loses it.
- Dropping a letter leaves a record of who dropped which posts and when, in `dead.discarded`; without it the audit would
  miss them.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from foreshock_shared.contracts.streams import STREAMS, DeadField, Field, Group, Lane, Stream
from foreshock_shared.runtime import database
from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.delivery.wire import entry_fields
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.addresses import Addresses

RECENT: Final = 500
"""Letters of a group that are looked through in Redis, where they stay a few seconds."""
DISCARDED: Final = "dead.discarded"
LANES: Final[dict[str, Stream]] = {stream.key(lane): stream for stream in STREAMS for lane in Lane}

_MOVE: Final = """
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 2))
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
"""
_SELECT: Final = "SELECT stream, entry, died_at, post_id, origin, event, error, reason, data FROM store.dead_letters"
_NEWEST: Final = f"{_SELECT} ORDER BY died_at DESC LIMIT $1"
_ONE: Final = f"{_SELECT} WHERE stream = $1 AND entry = $2"
_OF_POST: Final = f"{_SELECT} WHERE post_id = $1 ORDER BY died_at DESC"
_DELETE: Final = "DELETE FROM store.dead_letters WHERE stream = $1 AND entry = $2"

_Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Letter:
    """What could not be handled, and why."""

    stream: str
    entry: str
    died_at: str
    post_id: str
    origin: str
    event: str
    error: str
    reason: str
    data: bytes
    in_postgres: bool

    @property
    def name(self) -> str:
        """How a person refers to it."""
        return f"{self.stream.removeprefix('dead.')}/{self.entry}"

    @property
    def lane(self) -> Stream:
        """The stream of the lane it came from. Raises ConfigurationError where it came from none."""
        try:
            return LANES[self.origin]
        except KeyError:
            raise ConfigurationError(
                f"{self.name} came from {self.origin or 'nowhere known'}, which is no lane: it cannot be put back"
            ) from None


@asynccontextmanager
async def opened(addresses: Addresses) -> AsyncIterator["Letters"]:
    """The dead letters of a running stack."""
    redis = shared_redis.connect(addresses.redis)
    try:
        connection = await database.connect(addresses.database_admin, application_name="foreshock-dead")
        try:
            async with shared_redis.translated(), database.translated():
                yield Letters(redis, connection)
        finally:
            await connection.close()
    finally:
        await redis.aclose()


class Letters:
    """Finds, puts back and drops dead letters."""

    def __init__(self, redis: Redis, postgres: asyncpg.Connection) -> None:
        self._redis = redis
        self._postgres = postgres
        self._move = redis.register_script(_MOVE)

    async def newest(self, limit: int) -> list[Letter]:
        """The newest letters of each place, newest first."""
        found: list[Letter] = []
        for group in Group:
            page = await self._redis.xrevrange(group.dead_letters, count=limit)
            found += [_from_entry(group.dead_letters, entry) for entry in cast("list[_Entry]", page)]
        found += [_from_row(row) for row in await self._postgres.fetch(_NEWEST, limit)]
        return sorted(found, key=lambda letter: letter.died_at, reverse=True)

    async def find(self, name: str) -> Letter:
        """The letter of this name. Raises ConfigurationError where there is none."""
        group, _, entry = name.partition("/")
        stream = f"dead.{group}"
        if group in set(Group) and entry.replace("-", "", 1).isdigit():
            page = cast("list[_Entry]", await self._redis.xrange(stream, entry, entry))
            if page:
                return _from_entry(stream, page[0])
        if row := await self._postgres.fetchrow(_ONE, stream, entry):
            return _from_row(row)
        raise ConfigurationError(f"there is no dead letter {name}; `./run dead list` shows those that there are")

    async def of_post(self, post_id: UUID) -> list[Letter]:
        """The letters of a post, newest first; of those that still lie in Redis, the newest of each group."""
        moving = [letter for letter in await self.newest(RECENT) if not letter.in_postgres]
        kept = [_from_row(row) for row in await self._postgres.fetch(_OF_POST, str(post_id))]
        return [letter for letter in moving if letter.post_id == str(post_id)] + kept

    async def put_back(self, letter: Letter) -> None:
        """Write it to the lane it came from, then take it out of the dead letters."""
        fields = entry_fields(letter.lane, letter.data, datetime.now(UTC))
        fields[Field.TYPE] = letter.event or letter.lane.event
        await self._take_out(letter, letter.origin, fields)

    async def drop(self, letter: Letter, by: str, now: datetime) -> None:
        """Record who drops it, then take it out of the dead letters."""
        posts = [each for each in _payloads(letter.data) if isinstance(each, dict)]
        record: dict[str, str | bytes] = {
            "letter": letter.name,
            "by": by,
            Field.TIME: now.isoformat(),
            DeadField.POST_ID: letter.post_id,
            DeadField.ERROR: letter.error,
            DeadField.REASON: letter.reason,
            Field.DATA: json.dumps([_trace(post.get("post", post)) for post in posts]),
        }
        await self._take_out(letter, DISCARDED, record)

    async def _take_out(self, letter: Letter, target: str, fields: Mapping[str, str | bytes]) -> None:
        flat = [part for pair in fields.items() for part in pair]
        if not letter.in_postgres:
            await self._move(keys=[letter.stream, target], args=[letter.entry, *flat])
            return
        async with self._postgres.transaction():
            if await self._postgres.fetchrow(f"{_ONE} FOR UPDATE", letter.stream, letter.entry):
                await self._redis.xadd(target, cast("dict[Any, Any]", fields))
                await self._postgres.execute(_DELETE, letter.stream, letter.entry)


def _payloads(data: bytes) -> Sequence[object]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else [found]


def _trace(post: object) -> dict[str, object]:
    """What of a dropped post stays: enough for the audit to account for it."""
    known = post if isinstance(post, dict) else {}
    return {name: known.get(name) for name in ("id", "accepted_at", "source", "native_id")}


def _from_entry(stream: str, entry: _Entry) -> Letter:
    entry_id, fields = entry
    text = {name.decode(errors="replace"): value.decode(errors="replace") for name, value in fields.items()}
    return Letter(
        stream=stream,
        entry=entry_id.decode(),
        died_at=text.get(Field.TIME, ""),
        post_id=text.get(DeadField.POST_ID, ""),
        origin=text.get(DeadField.ORIGIN, ""),
        event=text.get(DeadField.EVENT, ""),
        error=text.get(DeadField.ERROR, ""),
        reason=text.get(DeadField.REASON, ""),
        data=fields.get(Field.DATA.encode(), b""),
        in_postgres=False,
    )


def _from_row(row: asyncpg.Record) -> Letter:
    return Letter(
        stream=row["stream"],
        entry=row["entry"],
        died_at=row["died_at"].astimezone(UTC).isoformat(),
        post_id=row["post_id"] or "",
        origin=row["origin"] or "",
        event=row["event"] or "",
        error=row["error"],
        reason=row["reason"],
        data=bytes(row["data"]),
        in_postgres=True,
    )
