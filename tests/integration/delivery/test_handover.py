"""Rules 4, 6, 7 and 8: effect first, then one atomic step that loses nothing, whatever it runs into."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError
from support.lanes import Recorder, a_post, all_done, forwarded, ids, letters, publish, reading, untouched
from support.processes import lane_worker
from support.proxy import proxy_before
from support.waiting import eventually

from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.contracts.streams import CLASSIFIED, INGESTED, Lane
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.errors import PermanentError
from foreshock_shared.runtime.redis import connect
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


async def test_a_kill_between_effect_and_acknowledgement_heals(valkey: Valkey, redis: Redis) -> None:
    posts = [a_post() for _ in range(3)]
    await publish(redis, *posts)
    with lane_worker(valkey.url, mode="stall") as process:
        await eventually(lambda: redis.llen("effects"), within=20)
        process.kill()
        process.wait()
    assert await untouched(redis) == (1, 1)
    assert await forwarded(redis) == []
    with lane_worker(valkey.url):
        await eventually(lambda: all_done(redis), within=20)
    assert await forwarded(redis) == ids(posts)


async def test_a_dead_letter_that_cannot_be_written_keeps_its_entry(valkey: Valkey, redis: Redis) -> None:
    good, bad = a_post("good"), a_post("bad")

    async def handle(given: list[PostIngested]) -> list[Forward]:
        if bad.id in {post.id for post in given}:
            raise PermanentError("refused")
        return [Forward(post) for post in given]

    await redis.set("dead.classify", "a key of the wrong type")
    await publish(redis, good, bad)
    async with reading(valkey.url, handle) as broker:
        await eventually(lambda: any(lane["trouble"] for lane in lanes(broker)))
        assert await untouched(redis) == (1, 1)
        assert await redis.xlen(INGESTED.key(Lane.NORMAL)) == 1
        await redis.delete("dead.classify")
        await eventually(lambda: all_done(redis))
    assert [letter["postid"] for letter in await letters(redis)] == ids([bad])
    assert set(await forwarded(redis)) == {*ids([good])}


def lanes(broker: object) -> list[dict[str, object]]:
    return [{"trouble": subscriber.reader.trouble} for subscriber in broker._lanes]  # type: ignore[attr-defined]


async def test_a_next_stream_that_cannot_be_written_keeps_its_entry(valkey: Valkey, redis: Redis) -> None:
    post, recorder = a_post(), Recorder()
    await redis.set(CLASSIFIED.key(Lane.NORMAL), "a key of the wrong type")
    await publish(redis, post)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: len(recorder.seen) > 2)
        assert await untouched(redis) == (1, 1)
        await redis.delete(CLASSIFIED.key(Lane.NORMAL))
        await eventually(lambda: all_done(redis))
    assert set(await forwarded(redis)) == {*ids([post])}


async def test_entries_written_while_nobody_reads_are_all_still_there(valkey: Valkey, redis: Redis) -> None:
    posts = [a_post() for _ in range(3000)]
    for post in posts:
        await publish(redis, post)
    recorder = Recorder()
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: all_done(redis), within=30)
    assert sorted(await forwarded(redis)) == sorted(ids(posts))


async def test_a_server_full_to_the_brim_drains_by_itself(own_valkey: Valkey) -> None:
    async with client_of(own_valkey) as redis:
        posts = await fill(redis)
        async with reading(own_valkey.url, Recorder().handle):
            await eventually(lambda: redis.xlen(CLASSIFIED.key(Lane.NORMAL)), within=20)
            await eventually(lambda: all_done(redis), within=20)
        assert sorted(set(await forwarded(redis))) == sorted(ids(posts))


async def fill(redis: Redis) -> list[PostIngested]:
    """Publish until the server refuses; the posts that it took."""
    taken: list[PostIngested] = []
    for words in (10_000, 100, 1):  # until not even a small one fits, so that nothing but the reserve is left
        while True:
            post = a_post("words " * words)
            try:
                await publish(redis, post)
            except OutOfMemoryError:
                break
            taken.append(post)
    return taken


async def test_a_handover_whose_answer_is_lost_loses_no_post(valkey: Valkey, redis: Redis) -> None:
    posts = [a_post() for _ in range(5)]
    async with proxy_before(valkey.url) as proxy:
        async with reading(proxy.url, Recorder().handle):
            proxy.lose_next_answer_to(b"EVALSHA")
            await publish(redis, *posts)
            await eventually(lambda: proxy.lost)
            await eventually(lambda: all_done(redis))
            await eventually(lambda: forwarded(redis))
        assert set(await forwarded(redis)) == {*ids(posts)}


async def test_a_read_whose_answer_is_lost_is_read_again(valkey: Valkey, redis: Redis) -> None:
    post, recorder = a_post(), Recorder()
    async with proxy_before(valkey.url) as proxy, reading(proxy.url, recorder.handle):
        await eventually(lambda: redis.exists(INGESTED.key(Lane.NORMAL)))
        proxy.lose_next_answer_to(b"XREADGROUP")
        await publish(redis, post)
        await eventually(lambda: str(post.id) in recorder.seen)
        await eventually(lambda: all_done(redis))


async def test_a_partition_from_the_server_heals(valkey: Valkey, redis: Redis) -> None:
    before, during, recorder = a_post(), a_post(), Recorder()
    async with proxy_before(valkey.url) as proxy, reading(proxy.url, recorder.handle) as broker:
        await publish(redis, before)
        await eventually(lambda: recorder.seen == ids([before]))
        proxy.cut(refusing=True)
        await publish(redis, during)
        await eventually(lambda: all(lane["trouble"] for lane in lanes(broker)))
        proxy.refusing = False
        await eventually(lambda: str(during.id) in recorder.seen)


async def test_a_server_killed_and_restarted_on_its_append_only_file_has_lost_nothing(own_valkey: Valkey) -> None:
    first, second, recorder = [a_post() for _ in range(50)], [a_post() for _ in range(50)], Recorder()
    async with client_of(own_valkey) as redis:
        for post in first:
            await publish(redis, post)
    async with reading(own_valkey.url, recorder.handle):
        await eventually(lambda: recorder.seen)
        own_valkey.kill()
        own_valkey.start()
        async with client_of(own_valkey) as redis:
            for post in second:
                await publish(redis, post)
            await eventually(lambda: all_done(redis), within=20)
            assert set(await forwarded(redis)) == {*ids(first), *ids(second)}


@asynccontextmanager
async def client_of(server: Valkey) -> AsyncIterator[Redis]:
    redis = connect(server.url)
    yield redis
    await redis.aclose()
