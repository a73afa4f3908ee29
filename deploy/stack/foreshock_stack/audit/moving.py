"""Book two, in Redis: posts that are on their way, and those that were quarantined.

The lanes are read in the order in which posts flow, so that a post that moves meanwhile is seen at least once. Reading
disturbs nothing: no group is touched.
"""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from redis.asyncio import Redis

from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.streams import CLASSIFIED, INGESTED, STORED, DeadField, Field, Group, Lane
from foreshock_stack.audit.books import Holding
from foreshock_stack.letters import DISCARDED

WAY: Final = tuple(stream.key(lane) for stream in (INGESTED, CLASSIFIED) for lane in Lane)
QUARANTINE: Final = (*(group.dead_letters for group in Group), DISCARDED)
PAGE: Final = 100
_CANARY: Final = f'"source":"{CANARY_SOURCE}"'.encode()

_Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]


@dataclass(slots=True)
class Moving:
    """What Redis holds of the accepted posts. Dropped letters count as quarantined: somebody has seen them."""

    in_flight: set[Holding] = field(default_factory=set)
    quarantined: set[Holding] = field(default_factory=set)
    unplaced: set[UUID] = field(default_factory=set)
    """Quarantined posts whose bytes do not say when they were accepted."""


async def scan(redis: Redis) -> Moving:
    """Read all lanes of the way of a post, then all dead letters."""
    moving = Moving()
    for key in WAY:
        async for fields in _entries(redis, key):
            moving.in_flight.update(holdings(fields.get(Field.DATA.encode(), b"")))
    for key in QUARANTINE:
        async for fields in _entries(redis, key):
            data = fields.get(Field.DATA.encode(), b"")
            found = set(holdings(data))
            moving.quarantined |= found
            if not is_of_canary(data):
                moving.unplaced |= _named(fields) - {each.id for each in found}
    return moving


def holdings(data: bytes) -> Iterable[Holding]:
    """The posts of an entry's `data`, as far as they can be read; what is no post was never accepted.

    Canaries are none: ingest books them apart.
    """
    try:
        payloads = json.loads(data)
    except (ValueError, RecursionError):
        return
    for payload in payloads if isinstance(payloads, list) else [payloads]:
        holding = _holding(payload)
        if holding:
            yield holding


def is_of_canary(data: bytes) -> bool:
    """Whether a letter's `data`, however broken, was a canary."""
    return _CANARY in data


def _holding(payload: Any) -> Holding | None:
    try:
        post = payload.get("post", payload)
        if post.get("source") == CANARY_SOURCE:
            return None
        return Holding(UUID(post["id"]), datetime.fromisoformat(post["accepted_at"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _named(fields: dict[bytes, bytes]) -> set[UUID]:
    try:
        return {UUID(fields.get(DeadField.POST_ID.encode(), b"").decode())}
    except ValueError:
        return set()


async def untold(redis: Redis) -> int:
    """Entries of `post.stored` that notify has not finished with."""
    waiting = 0
    for lane in Lane:
        key = STORED.key(lane)
        if not await redis.exists(key):
            continue
        for group in await redis.xinfo_groups(key):
            if group["name"] == STORED.group.value.encode():
                waiting += group["pending"] + (group["lag"] or 0)
    return waiting


async def _entries(redis: Redis, key: str) -> AsyncIterator[dict[bytes, bytes]]:
    after = b"-"
    while page := cast("list[_Entry]", await redis.xrange(key, min=after, max="+", count=PAGE)):
        for entry_id, fields in page:
            after = b"(" + entry_id
            yield fields
