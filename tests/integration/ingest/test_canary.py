"""Canaries are sent on time, by one replica, once a round, and are booked apart; nobody else may send one."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from support.ingest import PUSH, entries, is_problem, ledger, post, serving, written
from support.waiting import eventually

from foreshock_ingest import metrics
from foreshock_ingest.adapters.acceptor import Acceptor
from foreshock_ingest.domain.canary import round_at
from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.streams import Lane
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


async def test_a_round_goes_out_by_both_lanes_and_its_time_is_remembered_over_a_restart(
    valkey: Valkey, redis: Redis, tmp_path: Path
) -> None:
    for _ in range(2):
        async with serving(valkey.url, tmp_path, canary_seconds=3_600):
            await eventually(lambda: redis.hget("ingest:source:foreshock.canary", "sent"))
    for lane in Lane:
        (payloads,) = await entries(redis, lane)
        assert [each["source"] for each in payloads] == [CANARY_SOURCE]


async def test_rounds_follow_one_another_and_two_replicas_send_no_more_than_one(
    valkey: Valkey, redis: Redis, tmp_path: Path
) -> None:
    async with serving(valkey.url, tmp_path, canary_seconds=0.5), serving(valkey.url, tmp_path, canary_seconds=0.5):
        await eventually(lambda: _rounds(redis, 3))
    sent = sorted({datetime.fromisoformat(each["created_at"]) for each in await written(redis)})
    assert all((after - before).total_seconds() > 0.4 for before, after in pairwise(sent))


async def _rounds(redis: Redis, count: int) -> bool:
    return len(await written(redis)) >= 2 * count


def counted() -> float:
    return sum(sample.value for family in metrics.POSTS.collect() for sample in family.samples)


async def test_canaries_are_in_no_ledger_of_posts_and_not_counted(redis: Redis) -> None:
    before = counted()
    await Acceptor(redis).accept(round_at(datetime.now(UTC)), revisions=False)
    assert await ledger(redis) == {}
    assert [key async for key in redis.scan_iter("ingest:canaries:*")]
    assert counted() == before


async def test_posts_that_wait_with_a_canary_are_booked_as_posts(redis: Redis) -> None:
    acceptor = Acceptor(redis)
    canary = round_at(datetime.now(UTC))[1]
    other = canary.model_copy(update={"source": "press"})
    await asyncio.gather(
        acceptor.accept([other, canary], revisions=False),
        acceptor.accept([other.model_copy(update={"native_id": "n2"})], revisions=False),
    )
    assert (await ledger(redis))["count"] == 2


async def test_nobody_else_may_send_a_canary(ingest: httpx2.AsyncClient) -> None:
    alone = await ingest.post(PUSH, json=post(1, source=CANARY_SOURCE))
    assert is_problem(alone, 422, "source: foreshock.canary is reserved")
    among = await ingest.post(PUSH, json=[post(2), post(3, source=f"  {CANARY_SOURCE} ")])
    assert among.status_code == 202
    assert [each["index"] for each in among.json()["rejected"]] == [1]


async def test_no_source_may_bear_its_name(valkey: Valkey, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        f"sources:\n  - {{name: {CANARY_SOURCE}, kind: feed, url: 'https://example.org/feed'}}\n"
    )
    with pytest.raises(Exception, match=r"line 2: sources\.0\.name: foreshock\.canary is reserved"):
        async with serving(valkey.url, tmp_path):
            pass
