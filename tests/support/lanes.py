"""Posts, entries and a running lane for tests of delivery, all on a real server."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from pydantic import SecretStr
from redis.asyncio import Redis

from foreshock_shared.contracts.events import PostIngested, PostStored, StoryRef
from foreshock_shared.contracts.judgement import Classification, ScoredTopic, Topic, Urgency, Why
from foreshock_shared.contracts.post import Post, PostIn
from foreshock_shared.contracts.streams import CLASSIFIED, INGESTED, Field, Lane, Stream
from foreshock_shared.runtime.broker import LaneBroker, make_broker
from foreshock_shared.runtime.delivery import wire
from foreshock_shared.runtime.delivery.handler import Forward, Handler
from foreshock_shared.runtime.delivery.lane import Timing
from foreshock_shared.runtime.settings import ServiceSettings

QUICK = Timing(block=0.2, claim_every=0.05, claim_idle=0.3, effect=5.0, backoff_first=0.02, backoff_most=0.1)
"""Everything that takes seconds in life takes a fraction of one here; the proportions are kept."""

Payload = PostIngested | PostStored

_numbers = count()


def a_post(text: str = "The ministry suspends access to two models", **fields: object) -> PostIngested:
    """An accepted post with an identity of its own."""
    handed_in = PostIn.model_validate({"source": "test", "native_id": f"n{next(_numbers)}", "text": text, **fields})
    return PostIngested.model_validate(Post.accept(handed_in, datetime.now(UTC)).model_dump())


async def publish(
    redis: Redis, *payloads: Payload | str | bytes, stream: Stream = INGESTED, lane: Lane = Lane.NORMAL
) -> bytes:
    """One entry with these payloads; strings and bytes go in as they are, however broken."""
    raw = [
        p.to_wire() if isinstance(p, PostIngested | PostStored) else p if isinstance(p, bytes) else p.encode()
        for p in payloads
    ]
    return await publish_data(redis, b"[" + b",".join(raw) + b"]", stream=stream, lane=lane)


async def publish_data(
    redis: Redis, data: bytes, *, stream: Stream = INGESTED, lane: Lane = Lane.NORMAL, **fields: str
) -> bytes:
    """One entry whose `data` is exactly this."""
    all_fields = wire.entry_fields(stream, data, datetime.now(UTC)) | fields
    flat = [part for field in all_fields.items() for part in field]
    entry: bytes = await redis.execute_command("XADD", stream.key(lane), "*", *flat)
    return entry


async def rows(redis: Redis, key: str) -> list[dict[bytes, bytes]]:
    """The fields of every entry of a stream."""
    answer: Any = await redis.xrange(key)
    return [fields for _, fields in answer]


async def forwarded(redis: Redis, stream: Stream = CLASSIFIED) -> list[str]:
    """The post ids on both lanes of a stream, urgent first, in order."""
    found: list[str] = []
    for lane in Lane:
        for fields in await rows(redis, stream.key(lane)):
            found += [payload["id"] for payload in json.loads(fields[Field.DATA.encode()])]
    return found


async def letters(redis: Redis, group: str = "classify") -> list[dict[str, str]]:
    """The dead letters of a group."""
    return [
        {name.decode(): value.decode("utf-8", "replace") for name, value in fields.items()}
        for fields in await rows(redis, f"dead.{group}")
    ]


async def untouched(redis: Redis, stream: Stream = INGESTED, lane: Lane = Lane.NORMAL) -> tuple[int, int]:
    """Entries in a lane, and how many of them are pending."""
    key = stream.key(lane)
    groups = await redis.xinfo_groups(key) if await redis.exists(key) else []
    return await redis.xlen(key), sum(group["pending"] for group in groups)


def a_stored_post() -> PostStored:
    """A relevant post as the store publishes it."""
    post = a_post()
    judged = Classification(
        topics=[ScoredTopic(name=Topic.POLICY, score=0.9)], urgency=Urgency.CRITICAL, urgency_score=0.9, shock=True,
        shock_score=0.9, why=Why(model="test"),
    )  # fmt: skip
    story = StoryRef(id=post.id, headline=post.text, first_seen=post.accepted_at)
    own = post.model_dump(include={"id", "source", "native_id", "source_kind", "tier", "accepted_at"})
    return PostStored(
        **own, stored_at=post.accepted_at, excerpt=post.text, origin=post.id, classification=judged, story=story
    )


def ids(posts: Iterable[Payload]) -> list[str]:
    """Ids as they stand in payloads."""
    return [str(post.id) for post in posts]


async def all_done(redis: Redis, stream: Stream = INGESTED) -> bool:
    """Whether nothing is left in either lane of a stream that deletes what is done."""
    return [await untouched(redis, stream, lane) for lane in Lane] == [(0, 0), (0, 0)]


class Recorder:
    """An effect that remembers what it was given and passes it on."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def handle(self, posts: list[Payload]) -> list[Forward]:
        self.batches.append(ids(posts))
        return [Forward(post) for post in posts]

    @property
    def seen(self) -> list[str]:
        """Every id in the order in which it was handled, repetitions included."""
        return [post for batch in self.batches for post in batch]


def settings(url: str, consumer: str = "one") -> ServiceSettings:
    """The settings of a service that only reads."""
    return ServiceSettings(port=0, redis_url=SecretStr(url), consumer=consumer)


@asynccontextmanager
async def reading(
    url: str,
    handler: Handler[Any],
    *,
    consumer: str = "one",
    timing: Timing = QUICK,
    stream: Stream = INGESTED,
    forward: Stream | None = CLASSIFIED,
) -> AsyncIterator[LaneBroker]:
    """A broker that reads both lanes of a stream with this handler, as in a service."""
    broker = make_broker(settings(url, consumer), timing)
    broker.on(stream, forward=forward)(handler)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()
