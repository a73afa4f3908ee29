"""Rules 10 and 12: what is said of a lane is what it does, and the framework keeps quiet."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from support.lanes import Recorder, a_post, all_done, publish, reading
from support.waiting import eventually

from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.contracts.streams import INGESTED, Group, Lane
from foreshock_shared.runtime import broker as broker_module
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_shared.runtime.service import Service, _operations
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


async def test_a_reader_that_works_says_so_with_figures(valkey: Valkey, redis: Redis) -> None:
    async with reading(valkey.url, Recorder().handle) as broker:
        health = await eventually(broker.health)
    lane = health["post.ingested"]
    assert isinstance(lane, dict)
    assert (lane["backlog"], lane["oldest_pending_seconds"], lane["trouble"]) == (0, 0.0, None)


async def test_a_reader_that_has_died_is_seen_though_the_server_answers(
    valkey: Valkey, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "READ_WITHIN", 0.5)
    async with reading(valkey.url, Recorder().handle) as broker:
        await eventually(broker.health)
        for subscriber in broker._lanes:
            for task in subscriber.tasks:
                task.cancel()

        async def complaint() -> str:
            try:
                await broker.health()
            except DependencyUnavailable as error:
                return str(error)
            return ""

        assert "was last read" in await eventually(complaint)
        assert await redis.ping()


async def test_a_batch_that_hangs_shows_as_the_age_of_the_oldest_entry(valkey: Valkey, redis: Redis) -> None:
    go_on = asyncio.Event()

    async def handle(posts: list[PostIngested]) -> list[Forward]:
        await go_on.wait()
        return []

    async with reading(valkey.url, handle) as broker:
        await publish(redis, a_post())

        async def age() -> bool:
            lane = (await broker.health())[INGESTED.key(Lane.NORMAL)]
            return isinstance(lane, dict) and float(str(lane["oldest_pending_seconds"])) > 0.3 and lane["backlog"] == 1

        await eventually(age)
        go_on.set()
        await eventually(lambda: all_done(redis))


async def test_whoever_asks_for_metrics_gets_lanes_as_they_are_now(valkey: Valkey, redis: Redis) -> None:
    """Nobody need ask for readiness: an alert on what is stuck must not rest on that."""
    go_on = asyncio.Event()

    async def handle(posts: list[PostIngested]) -> list[Forward]:
        await go_on.wait()
        return []

    async with reading(valkey.url, handle) as broker:
        app = FastAPI()
        app.include_router(_operations(Service(Group.CLASSIFY, "Classify", broker._settings, broker)))
        await publish(redis, a_post())

        async def shown(metric: str) -> float:
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://service") as client:
                text = (await client.get("/metrics")).text
            label = f'{{group="{INGESTED.group.value}",lane="{Lane.NORMAL.value}"}}'
            [found] = re.findall(rf"^{metric}{re.escape(label)} (\S+)$", text, re.MULTILINE)
            return float(found)

        async def oldest() -> float:
            return await shown("foreshock_lane_oldest_pending_seconds")

        async def waiting_and_in_hand() -> tuple[float, float]:
            return await shown("foreshock_lane_entries"), await shown("foreshock_lane_pending_entries")

        first = await eventually(oldest)
        await eventually(lambda: _is_more(oldest, first))
        await publish(redis, a_post())
        assert await waiting_and_in_hand() == (2, 1)
        go_on.set()
        await eventually(lambda: all_done(redis))
        assert await oldest() == 0
        assert await waiting_and_in_hand() == (0, 0)


async def _is_more(ask: Callable[[], Awaitable[float]], than: float) -> bool:
    return await ask() > than


async def test_nothing_is_logged_for_a_message(valkey: Valkey, redis: Redis, capfd: pytest.CaptureFixture[str]) -> None:
    async with reading(valkey.url, Recorder().handle):
        for _ in range(20):
            await publish(redis, a_post())
        await eventually(lambda: all_done(redis))
    assert capfd.readouterr() == ("", "")


async def test_a_stop_lets_the_batch_in_hand_be_handed_over(valkey: Valkey, redis: Redis) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def handle(posts: list[PostIngested]) -> list[Forward]:
        began.set()
        await go_on.wait()
        return [Forward(post) for post in posts]

    async with reading(valkey.url, handle) as broker:
        await publish(redis, a_post())
        await began.wait()
        stopping = asyncio.create_task(broker.stop())
        go_on.set()
        await stopping
    assert await all_done(redis)
