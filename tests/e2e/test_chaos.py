"""Kill everything in turn while posts are pushed; then prove by the books that nothing was lost or told twice."""

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis
from support.waiting import eventually

from foreshock_shared.contracts.streams import INGESTED, Lane
from foreshock_shared.runtime import redis as shared_redis
from foreshock_stack.child import ChildStack
from foreshock_stack.commands import audit, replay
from foreshock_stack.environment import SERVICES
from foreshock_stack.load import Load, posts
from foreshock_stack.receiver import Receiver

pytestmark = [pytest.mark.servers, pytest.mark.timeout(420)]

COUNT = 5_000
PAUSE = 1.5
VICTIMS = (*(f"foreshock_{name}" for name in SERVICES), "valkey-server")


def recording(folder: Path) -> Path:
    """A load as a file; its dates set the pace."""
    file = folder / "load.jsonl"
    rows = posts(Load(COUNT, directive_every=250, run="chaos"))
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


async def audited(stack: ChildStack, ledger: Path, capsys: pytest.CaptureFixture[str], wait: float) -> tuple[int, str]:
    status = await asyncio.to_thread(audit.run, stack.environment, ledger, wait)
    return status, capsys.readouterr().out


async def test_nothing_is_lost_and_nothing_told_twice_whoever_is_killed_and_damage_is_named(
    stack: ChildStack, receiver: Receiver, own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await stack.start()
    ledger = own_folder / "ledger"
    wish = replay.Replay(
        recording(own_folder), stack.environment.address("ingest"), stack.key, speed=0, ledger=ledger, batch=20
    )
    pushing = asyncio.create_task(asyncio.to_thread(replay.run, wish))
    for victim in VICTIMS:
        await asyncio.sleep(PAUSE)  # the time between two crashes, not a wait for anything
        stack.crash(victim)
    assert await pushing == 0
    assert len({line for line in ledger.read_text().splitlines() if line}) == COUNT
    await eventually(stack.ready, within=60)

    status, told = await audited(stack, ledger, capsys, wait=90)
    assert status == 0, told
    assert "still on their way" not in told

    assert all(each.signed for each in receiver.received)
    ids = defaultdict(set)
    for each in receiver.received:
        ids[each.data["incident_id"], each.data["revision"]].add(each.webhook_id)
    assert ids
    assert all(len(webhook_ids) == 1 for webhook_ids in ids.values())

    gone = await delete_a_row(stack)
    status, told = await audited(stack, ledger, capsys, wait=5)
    assert status == 1
    assert str(gone) in told
    dropped = await drop_a_paused_entry(stack, ledger)
    status, told = await audited(stack, ledger, capsys, wait=5)
    assert status == 1
    assert f"lost: {dropped}" in told
    assert told.count("\nlost: ") == 2


async def delete_a_row(stack: ChildStack) -> UUID:
    connection = await asyncpg.connect(stack.addresses.database_admin)
    try:
        query = "DELETE FROM store.posts WHERE id = (SELECT id FROM store.posts ORDER BY id LIMIT 1) RETURNING id"
        return UUID(str(await connection.fetchval(query)))
    finally:
        await connection.close()


async def drop_a_paused_entry(stack: ChildStack, ledger: Path) -> UUID:
    """Accept a post that nobody handles yet, as a client who keeps a ledger, and take its entry away."""
    redis = shared_redis.connect(stack.addresses.redis)
    lane = INGESTED.key(Lane.NORMAL)
    try:
        with stack.paused("foreshock_classify"):
            await eventually(lambda: _unread(redis, lane), within=10)
            one = next(posts(Load(1, run="dropped", seed=9)))
            async with replay.client(stack.environment.address("ingest"), stack.key) as http:
                answer = await http.post("/v1/posts", json=[one])
            [accepted] = answer.json()["accepted"]
            newest: Any = await redis.xrevrange(lane, count=1)
            assert accepted.encode() in newest[0][1][b"data"]
            assert await redis.xdel(lane, newest[0][0]) == 1
    finally:
        await redis.aclose()
    with ledger.open("a", encoding="utf-8") as ids:
        ids.write(f"{accepted}\n")
    return UUID(accepted)


async def _unread(redis: Redis, lane: str) -> bool:
    """Whether nobody waits for the lane's next entry any more: a paused reader's last request has run out by then."""
    consumers = await redis.xinfo_consumers(lane, INGESTED.group.value)
    return all(consumer["idle"] > (shared_redis.BLOCK_SECONDS + 1) * 1000 for consumer in consumers)
