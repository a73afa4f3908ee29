"""The whole service, started as it is in life, between a real Valkey and a real Postgres."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from pydantic import SecretStr
from redis.asyncio import Redis
from support.judged import DIRECTIVE, DIRECTIVE_TEXT, a_judged_post
from support.servers import TestPostgres, role_url
from support.waiting import eventually

from foreshock_shared.contracts.events import PostClassified, PostStored
from foreshock_shared.contracts.streams import CLASSIFIED, STORED, Field, Lane
from foreshock_shared.runtime.delivery import wire
from foreshock_shared.runtime.service import build_app
from foreshock_stack.servers.valkey import Valkey
from foreshock_store import metrics
from foreshock_store.app import build
from foreshock_store.settings import StoreSettings

pytestmark = pytest.mark.servers

KEY = {"authorization": "Bearer the-key"}


@asynccontextmanager
async def running(valkey: Valkey, postgres: TestPostgres) -> AsyncIterator[httpx2.AsyncClient]:
    settings = StoreSettings(
        port=0,
        redis_url=SecretStr(valkey.url),
        database_url=SecretStr(role_url(await postgres.new_database(), "store")),
        api_key=SecretStr("the-key"),
        consumer="one",
    )
    app: FastAPI = build_app(build(settings))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://store") as http,
    ):
        yield http


async def publish(redis: Redis, *posts: PostClassified) -> None:
    for data in wire.pack(post.to_wire() for post in posts):
        fields = wire.entry_fields(CLASSIFIED, data, datetime.now(UTC))
        await redis.xadd(CLASSIFIED.key(Lane.NORMAL), fields)  # type: ignore[arg-type]  # the hint is invariant


async def test_partitions_are_counted_also_where_nobody_asks_how_it_is(valkey: Valkey, postgres: TestPostgres) -> None:
    metrics.PARTITION_DAYS_AHEAD.set(0)
    async with running(valkey, postgres):
        await eventually(lambda: REGISTRY.get_sample_value("foreshock_store_partition_days_ahead"))


async def test_judged_posts_are_stored_and_the_relevant_ones_go_on(
    valkey: Valkey, postgres: TestPostgres, redis: Redis
) -> None:
    now = datetime.now(UTC)
    directive = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, at=now)
    async with running(valkey, postgres) as http:
        await publish(redis, *(a_judged_post(at=now) for _ in range(30)), directive)

        entries: Any = await eventually(lambda: redis.xrange(STORED.key(Lane.URGENT)))
        listed = (await http.get("/v1/posts", headers=KEY)).json()["items"]

    (payload,) = json.loads(entries[0][1][Field.DATA.encode()])
    assert PostStored.model_validate(payload).id == directive.post.id
    assert len(listed) == 31
    assert await redis.xlen(STORED.key(Lane.NORMAL)) == 0


async def test_texts_of_their_own_and_copies_are_counted_apart(
    valkey: Valkey, postgres: TestPostgres, redis: Redis
) -> None:
    def counted() -> list[float]:
        return [metrics.TEXTS.labels(kind)._value.get() for kind in ("origin", "copy")]

    before, now = counted(), datetime.now(UTC)
    texts = (DIRECTIVE_TEXT, f"RT @desk: {DIRECTIVE_TEXT}", f"RT @other: {DIRECTIVE_TEXT}")
    async with running(valkey, postgres):
        await publish(redis, *(a_judged_post(text, DIRECTIVE, at=now) for text in texts))
        await eventually(lambda: counted() == [before[0] + 1, before[1] + 2])


async def test_a_post_that_cannot_be_kept_is_quarantined_with_its_siblings_stored(
    valkey: Valkey, postgres: TestPostgres, redis: Redis
) -> None:
    now = datetime.now(UTC)
    bad = a_judged_post(at=datetime(2019, 1, 1, tzinfo=UTC))
    async with running(valkey, postgres) as http:
        await publish(redis, a_judged_post(at=now), bad, a_judged_post(at=now))

        async def both_stored() -> bool:
            return len((await http.get("/v1/posts", headers=KEY)).json()["items"]) == 2

        await eventually(both_stored)
        assert await eventually(lambda: redis.xlen("dead.store")) == 1


async def test_it_says_that_it_is_ready(valkey: Valkey, postgres: TestPostgres) -> None:
    async with running(valkey, postgres) as http:

        async def ready_with_partitions_ahead() -> bool:
            answer = await http.get("/readyz")
            return answer.status_code == 200 and answer.json()["checks"]["partitions"]["days_ahead"] == 3

        await eventually(ready_with_partitions_ahead)


async def test_it_says_what_is_missing_while_the_database_is_down(valkey: Valkey, own_postgres: TestPostgres) -> None:
    async with running(valkey, own_postgres) as http:
        own_postgres.kill()
        answer = await http.get("/readyz")
        read = await http.get("/v1/posts", headers=KEY)

    assert answer.status_code == 503
    assert not answer.json()["checks"]["database"]["ok"]
    assert read.status_code == 503
