"""classify on a real server: what is ingested comes out judged, in the lane that it deserves."""

import json
from typing import Any

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from support.lanes import a_post, all_done, ids, publish, reading, rows
from support.waiting import eventually

from foreshock_classify.app import build, judging
from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.drift.watch import Watch
from foreshock_classify.settings import ClassifySettings
from foreshock_shared.contracts.streams import CLASSIFIED, INGESTED, Lane
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

DIRECTIVE = (
    "The government has ordered Anthropic to suspend all access to Halcyon 5 by foreign nationals, effective tonight"
)


def moment(entry: bytes) -> tuple[int, ...]:
    """When the server took an entry, by its id."""
    return tuple(map(int, entry.split(b"-")))


async def judged(redis: Redis, lane: Lane) -> list[dict[str, dict[str, object]]]:
    """Payloads of a lane of `post.classified`."""
    return [payload for row in await rows(redis, CLASSIFIED.key(lane)) for payload in json.loads(row[b"data"])]


async def test_each_post_comes_out_once_in_its_lane(
    redis: Redis, valkey: Valkey, classifier: Classifier, watch: Watch
) -> None:
    noise, shock = a_post("plum cake again"), a_post(DIRECTIVE)
    await publish(redis, noise, shock)
    async with reading(valkey.url, judging(classifier, watch)):
        await eventually(lambda: all_done(redis))
    normal, urgent = await judged(redis, Lane.NORMAL), await judged(redis, Lane.URGENT)
    assert [payload["post"]["id"] for payload in normal] == ids([noise])
    assert [payload["post"]["id"] for payload in urgent] == ids([shock])
    assert urgent[0]["classification"]["shock"] is True
    assert normal[0]["classification"]["shock"] is False


async def test_a_shock_overtakes_a_backlog_of_noise(
    redis: Redis, valkey: Valkey, classifier: Classifier, watch: Watch
) -> None:
    for _ in range(20):
        await publish(redis, *(a_post(f"Nvidia and the ministry, part {n}") for n in range(100)))
    await publish(redis, a_post(DIRECTIVE), lane=Lane.URGENT)
    async with reading(valkey.url, judging(classifier, watch)):
        await eventually(lambda: all_done(redis))
    shock: Any = await redis.xrange(CLASSIFIED.key(Lane.URGENT))
    last_of_noise: Any = await redis.xrevrange(CLASSIFIED.key(Lane.NORMAL), count=1)
    assert moment(shock[0][0]) < moment(last_of_noise[0][0])
    assert len(await judged(redis, Lane.NORMAL)) + len(await judged(redis, Lane.URGENT)) == 2_001


async def test_the_service_as_it_is_built_judges(redis: Redis, valkey: Valkey) -> None:
    service = build(ClassifySettings(port=0, redis_url=SecretStr(valkey.url), consumer="built"))
    assert service.broker is not None
    await publish(redis, a_post(DIRECTIVE))
    await service.broker.start()
    try:
        await eventually(lambda: judged(redis, Lane.URGENT))
        assert {name: await check() for name, check in service.checks.items()}["model"]["version"]
    finally:
        await service.broker.stop()
    assert await all_done(redis, INGESTED)
