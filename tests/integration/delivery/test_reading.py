"""Rules 1, 2, 3 and 9: what is in a lane is read, whoever left it there and whatever became of the group."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from support.lanes import (
    QUICK,
    Payload,
    Recorder,
    a_post,
    a_stored_post,
    all_done,
    forwarded,
    ids,
    publish,
    publish_data,
    reading,
    rows,
)
from support.waiting import eventually

from foreshock_shared.contracts.streams import INGESTED, STORED, Lane
from foreshock_shared.runtime.delivery.groups import ensure
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


async def test_entries_from_before_the_group_existed_are_delivered(valkey: Valkey, redis: Redis) -> None:
    post = a_post()
    await publish(redis, post)
    recorder = Recorder()
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: recorder.seen == ids([post]))


async def test_a_restarted_reader_gets_what_is_new_and_nothing_twice(valkey: Valkey, redis: Redis) -> None:
    first, second, recorder = a_post(), a_post(), Recorder()
    await publish(redis, first)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: recorder.seen == ids([first]))
    await publish(redis, second)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: recorder.seen == ids([first, second]))
    assert await all_done(redis)


async def test_an_idle_reader_waits_on_the_server_and_does_not_spin(valkey: Valkey, redis: Redis) -> None:
    async def reads() -> int:
        stats = await redis.info("commandstats")
        return int(stats.get("cmdstat_xreadgroup", {"calls": 0})["calls"])

    await redis.config_resetstat()
    async with reading(valkey.url, Recorder().handle):
        await eventually(lambda: passed(reads, 6))
        before = await reads()
        await redis.blpop(["nothing"], timeout=1)
        assert await reads() - before <= 2 * (1 / QUICK.block + 1)


async def passed(count: Callable[[], Awaitable[int]], limit: int) -> bool:
    return await count() >= limit


async def test_entries_pending_from_the_last_life_are_handled_at_the_start(valkey: Valkey, redis: Redis) -> None:
    posts = [a_post() for _ in range(3)]
    await ensure(redis, INGESTED, Lane.NORMAL)
    for post in posts:
        await publish(redis, post)
    await redis.xreadgroup("classify", "one", {INGESTED.key(Lane.NORMAL): ">"})
    recorder = Recorder()
    async with reading(valkey.url, recorder.handle, timing=replace(QUICK, claim_idle=30)):
        await eventually(lambda: recorder.seen == ids(posts))
        await eventually(lambda: all_done(redis))


async def test_entries_of_a_consumer_that_is_gone_are_claimed(valkey: Valkey, redis: Redis) -> None:
    post, recorder = a_post(), Recorder()
    await ensure(redis, INGESTED, Lane.NORMAL)
    await publish(redis, post)
    await redis.xreadgroup("classify", "gone", {INGESTED.key(Lane.NORMAL): ">"})
    async with reading(valkey.url, recorder.handle, consumer="other"):
        await eventually(lambda: recorder.seen == ids([post]))
        await eventually(lambda: all_done(redis))


async def test_entries_that_another_replica_works_on_are_left_to_it(valkey: Valkey, redis: Redis) -> None:
    theirs, ours, recorder = a_post(), a_post(), Recorder()
    await ensure(redis, INGESTED, Lane.NORMAL)
    entry = await publish(redis, theirs)
    await redis.xreadgroup("classify", "busy", {INGESTED.key(Lane.NORMAL): ">"})
    async with reading(valkey.url, recorder.handle, consumer="other", timing=replace(QUICK, claim_idle=30)):
        await publish(redis, ours)
        await eventually(lambda: ids([ours])[0] in recorder.seen)
        pending = await redis.xpending_range(INGESTED.key(Lane.NORMAL), "classify", entry, entry, 1)
        assert [p["consumer"] for p in pending] == [b"busy"]


async def test_the_urgent_lane_is_not_behind_the_backlog_of_the_normal_one(valkey: Valkey, redis: Redis) -> None:
    backlog = [a_post() for _ in range(400)]
    for post in backlog:
        await publish(redis, post)
    urgent, recorder = a_post(), Recorder()
    await publish(redis, urgent, lane=Lane.URGENT)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: len(recorder.seen) == 401)
    assert recorder.seen.index(str(urgent.id)) < 200


async def test_two_replicas_share_a_lane_and_handle_every_post(valkey: Valkey, redis: Redis) -> None:
    one, two = Recorder(), Recorder()
    posts = [a_post() for _ in range(300)]
    async with reading(valkey.url, one.handle, consumer="one"), reading(valkey.url, two.handle, consumer="two"):
        for post in posts:
            await publish(redis, post)
        await eventually(lambda: all_done(redis))
    assert sorted({*one.seen, *two.seen}) == sorted(ids(posts))
    assert sorted(set(await forwarded(redis))) == sorted(ids(posts))


@pytest.mark.parametrize("gone", ["group", "stream"])
async def test_a_group_that_is_gone_is_made_again_where_nothing_is_missed(
    valkey: Valkey, redis: Redis, gone: str
) -> None:
    first, second, third, recorder = a_post(), a_post(), a_post(), Recorder()
    key = INGESTED.key(Lane.NORMAL)
    await publish(redis, first)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: recorder.seen == ids([first]))
        if gone == "group":
            pipe = redis.pipeline()
            pipe.xgroup_destroy(key, "classify")
            await publish(pipe, second)  # lands between the group's end and its new beginning
            await pipe.execute()
        else:
            await redis.delete(key)
            await publish(redis, second)
        await publish(redis, third)
        await eventually(lambda: {*ids([second, third])} <= set(recorder.seen))


async def test_on_the_public_stream_a_new_group_starts_at_what_may_not_be_done(valkey: Valkey, redis: Redis) -> None:
    key = STORED.key(Lane.NORMAL)
    recorder = Quiet()
    for _ in range(30):
        await publish(redis, a_stored_post(), stream=STORED)
    async with reading(valkey.url, recorder.handle, stream=STORED, forward=None):
        await eventually(lambda: len(recorder.seen) == 30)
        await eventually(lambda: nothing_pending(redis, key))
    missed = [a_stored_post() for _ in range(3)]
    await redis.xgroup_destroy(key, "notify")
    for post in missed:
        await publish(redis, post, stream=STORED)
    after = Quiet()
    async with reading(valkey.url, after.handle, stream=STORED, forward=None):
        await eventually(lambda: {*ids(missed)} <= set(after.seen))
    assert len(after.seen) <= 3 + 1, "the last one done may come again, the archive may not"


async def test_the_public_stream_keeps_what_our_group_is_done_with(valkey: Valkey, redis: Redis) -> None:
    recorder, post = Quiet(), a_stored_post()
    await publish(redis, post, stream=STORED)
    async with reading(valkey.url, recorder.handle, stream=STORED, forward=None):
        await eventually(lambda: recorder.seen)
        await eventually(lambda: nothing_pending(redis, STORED.key(Lane.NORMAL)))
    assert await forwarded(redis, STORED) == ids([post])


class Quiet(Recorder):
    """The last handler of the way: nothing follows from it."""

    async def handle(self, posts: list[Payload]) -> list[Forward]:
        await super().handle(posts)
        return []


async def nothing_pending(redis: Redis, key: str) -> bool:
    return bool((await redis.xpending(key, "notify"))["pending"] == 0)


async def test_an_entry_that_was_deleted_while_pending_is_acknowledged(valkey: Valkey, redis: Redis) -> None:
    await ensure(redis, INGESTED, Lane.NORMAL)
    entry = await publish(redis, a_post())
    await redis.xreadgroup("classify", "one", {INGESTED.key(Lane.NORMAL): ">"})
    await redis.xdel(INGESTED.key(Lane.NORMAL), entry)
    recorder = Recorder()
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: all_done(redis))
    assert recorder.seen == []


async def test_an_entry_of_a_newer_major_version_is_parked_and_the_lane_goes_on(valkey: Valkey, redis: Redis) -> None:
    recorder, post = Recorder(), a_post()
    await publish_data(redis, b'[{"shape":"unknown"}]', type="foreshock.post.ingested.v2")
    await publish(redis, post)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: recorder.seen == ids([post]))
    (letter,) = await rows(redis, "dead.classify")
    assert (letter[b"error"], letter[b"event"]) == (b"UnknownVersion", b"foreshock.post.ingested.v2")
    assert letter[b"data"] == b'[{"shape":"unknown"}]'
