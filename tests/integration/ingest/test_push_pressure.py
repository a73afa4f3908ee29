"""What pushing meets when the server is full, slow or gone, and that it recovers by itself."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from support.ingest import (
    PUSH,
    accepts,
    is_problem,
    post,
    serving,
    written,
)
from support.waiting import eventually

from foreshock_ingest import metrics
from foreshock_shared.contracts.streams import INGESTED
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


async def test_a_backlog_is_answered_429_until_it_is_handled(valkey: Valkey, redis: Redis, tmp_path: Path) -> None:
    for _ in range(20):
        await redis.xadd(INGESTED.name, {"data": "[]"})
    async with serving(valkey.url, tmp_path, backlog_entries=20) as client:
        refused = await client.post(PUSH, json=post(1))
        assert is_problem(refused, 429)
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.get("/readyz")).json()["checks"]["pressure"]["strain"] == "backlog"
        await redis.xtrim(INGESTED.name, maxlen=5, approximate=False)
        await eventually(lambda: accepts(client, post(1)))


async def test_a_full_server_is_answered_503_and_recovers_by_itself(own_valkey: Valkey, tmp_path: Path) -> None:
    """Filled through the front door until it closes; the reserve stays, and draining opens it again."""
    client_of_server = Redis.from_url(own_valkey.url)
    async with serving(own_valkey.url, tmp_path) as client:
        accepted = 0
        answer = await client.get("/livez")
        while answer.is_success:
            batch = [post(accepted + n, text="x" * 20_000) for n in range(50)]
            answer = await client.post(PUSH, json=batch)
            accepted += 50 if answer.is_success else 0
        assert is_problem(answer, 503, "memory")
        assert int(answer.headers["retry-after"]) > 0
        memory = await client_of_server.info("memory")
        assert 0.5 < memory["used_memory"] / memory["maxmemory"] < 1
        assert len(await written(client_of_server)) == accepted
        assert (await client.get("/livez")).status_code == 200
        await client_of_server.xtrim(INGESTED.name, maxlen=0, approximate=False)
        await eventually(lambda: accepts(client, post(999_999)))
    await client_of_server.aclose()


async def test_memory_that_is_full_between_two_readings_refuses_the_whole_step(
    own_valkey: Valkey, tmp_path: Path
) -> None:
    server = Redis.from_url(own_valkey.url)
    async with serving(own_valkey.url, tmp_path, memory_percent=100) as client:
        await client.post(PUSH, json=post(1))
        used = (await server.info("memory"))["used_memory"]
        marks = await server.hlen("ingest:seen:0")
        await server.config_set("maxmemory", used // 2)
        async with asyncio.timeout(10):
            refused = await client.post(PUSH, json=post(2))
        assert is_problem(refused, 503)
        assert await server.hlen("ingest:seen:0") == marks
        await server.config_set("maxmemory", "32mb")
        await eventually(lambda: accepts(client, post(2)))
    await server.aclose()


async def test_a_server_that_is_killed_is_answered_503_and_what_was_accepted_is_there_afterwards(
    own_valkey: Valkey, tmp_path: Path
) -> None:
    async with serving(own_valkey.url, tmp_path) as client:
        accepted = [each for n in range(20) for each in (await client.post(PUSH, json=post(n))).json()["accepted"]]
        own_valkey.kill()
        turned_away = pushes()["turned_away"]
        refused = await client.post(PUSH, json=post(20))
        assert is_problem(refused, 503)
        assert pushes()["turned_away"] == turned_away + 1
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/livez")).status_code == 200
        own_valkey.start()
        await eventually(lambda: accepts(client, post(20)))
        answer = await client.post(PUSH, json=post(20))
        server = Redis.from_url(own_valkey.url)
        assert [each["id"] for each in await written(server)] == [*accepted, *answer.json()["accepted"]]
        await server.aclose()


async def test_pushes_are_counted_by_whose_affair_their_end_is(valkey: Valkey, redis: Redis, tmp_path: Path) -> None:
    before = pushes()
    async with serving(valkey.url, tmp_path, backlog_entries=20) as client:
        assert (await client.post(PUSH, json=post(1))).status_code == 202
        assert (await client.post(PUSH, json=post(1, text="other words"))).status_code == 409
        assert (await client.post(PUSH, content=b"{", headers={"content-type": "application/json"})).status_code == 400
        assert (await client.post(PUSH, json=post(2), headers={"authorization": "Bearer no"})).status_code == 401
        for _ in range(20):
            await redis.xadd(INGESTED.name, {"data": "[]"})
        await eventually(lambda: _is_answered(client, 429))
        await redis.xtrim(INGESTED.name, maxlen=0, approximate=False)
        await eventually(lambda: accepts(client, post(1)))
        ends = {end: count - before[end] for end, count in pushes().items()}
    assert ends["refused"] == 3
    assert ends["accepted"] >= 2
    assert ends["turned_away"] >= 1


async def _is_answered(client: httpx2.AsyncClient, status: int) -> bool:
    return (await client.post(PUSH, json=post(1))).status_code == status


def pushes() -> dict[str, float]:
    [family] = metrics.PUSHES.collect()
    return {each.labels["outcome"]: each.value for each in family.samples if each.name.endswith("_total")}


async def test_readiness_says_what_it_rests_on(ingest: httpx2.AsyncClient) -> None:
    await ingest.post(PUSH, json=post(1))
    answer = await ingest.get("/readyz")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert checks["redis"]["appendfsync"] == "always"
    assert checks["pressure"]["accepting"] is True
    assert checks["acceptor"]["last_success"]
    assert "foreshock_ingest_posts_total" in (await ingest.get("/metrics")).text
