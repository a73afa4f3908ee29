"""A canary tries the store's tables and leaves nothing in them; what goes on of it is harmless."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from integration.store.test_service import KEY, publish, running
from redis.asyncio import Redis
from support.judged import DIRECTIVE, a_judged_post, judged
from support.servers import TestPostgres
from support.waiting import eventually

from foreshock_ingest.domain.canary import TEXT
from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.events import PostClassified, PostStored
from foreshock_shared.contracts.judgement import Topic
from foreshock_shared.contracts.streams import STORED, Field, Lane
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.servers.valkey import Valkey
from foreshock_store import metrics
from foreshock_store.adapters.postgres import Archive

pytestmark = pytest.mark.servers


def a_canary(judgement: Any = DIRECTIVE, at: datetime | None = None) -> PostClassified:
    return a_judged_post(TEXT, judgement, at=at or datetime.now(UTC), source=CANARY_SOURCE)


async def test_a_canary_goes_on_judged_none_and_is_in_no_listing(
    valkey: Valkey, postgres: TestPostgres, redis: Redis
) -> None:
    counted = [metrics.STORED.labels(kind)._value.get() for kind in ("relevant", "noise")]
    canary = a_canary()
    async with running(valkey, postgres) as http:
        await publish(redis, canary)
        entries: Any = await eventually(lambda: redis.xrange(STORED.key(Lane.URGENT)))
        for path in ("/v1/posts", "/v1/posts?q=Ruritania", f"/v1/posts?source={CANARY_SOURCE}", "/v1/stories"):
            assert (await http.get(path, headers=KEY)).json()["items"] == [], path
        assert (await http.get(f"/v1/posts/{canary.post.id}", headers=KEY)).status_code == 404
    (payload,) = json.loads(entries[0][1][Field.DATA.encode()])
    told = PostStored.model_validate(payload)
    assert (told.id, told.source, told.tier) == (canary.post.id, CANARY_SOURCE, canary.post.tier)
    assert not told.classification.relevant
    assert not told.classification.shock
    assert [metrics.STORED.labels(kind)._value.get() for kind in ("relevant", "noise")] == counted


async def test_a_canary_that_is_judged_wrong_ends_here(valkey: Valkey, postgres: TestPostgres, redis: Redis) -> None:
    before = metrics.CANARIES.labels("misjudged")._value.get()
    sibling = a_judged_post("Another directive", judged(Topic.POLICY), at=datetime.now(UTC))
    async with running(valkey, postgres):
        await publish(redis, a_canary(judged(Topic.POLICY)), sibling)
        entries: Any = await eventually(lambda: redis.xrange(STORED.key(Lane.NORMAL)))
    assert [each["id"] for each in json.loads(entries[0][1][Field.DATA.encode()])] == [str(sibling.post.id)]
    assert await redis.xlen(STORED.key(Lane.URGENT)) == 0
    assert metrics.CANARIES.labels("misjudged")._value.get() == before + 1


async def test_a_canary_tries_the_tables_and_leaves_only_a_row_of_its_own(archive: Archive, pool: asyncpg.Pool) -> None:
    canary = a_canary()
    for _ in range(2):
        await archive.rehearse([canary], datetime.now(UTC))
    assert await pool.fetchval("SELECT count(*) FROM store.posts") == 0
    assert await pool.fetchval("SELECT count(*) FROM store.post_keys") == 0
    assert await pool.fetchval("SELECT id FROM store.canaries") == canary.post.id


async def test_a_canary_row_is_kept_for_a_day(archive: Archive, pool: asyncpg.Pool) -> None:
    now = datetime.now(UTC)
    await archive.rehearse([a_canary(at=now)], now)
    await archive.rehearse([a_canary(at=now)], now + timedelta(hours=25))
    assert await pool.fetchval("SELECT count(*) FROM store.canaries") == 1


@pytest.mark.parametrize("table", ["posts", "post_keys"])
async def test_a_canary_does_not_pass_where_posts_cannot_be_kept(
    archive: Archive, pool: asyncpg.Pool, table: str
) -> None:
    await pool.execute(f"ALTER TABLE store.{table} RENAME TO elsewhere")
    with pytest.raises(DependencyUnavailable):
        await archive.rehearse([a_canary()], datetime.now(UTC))
