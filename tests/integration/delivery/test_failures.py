"""Rule 5, and each payload in a `try` of its own: the guilty post is found, its siblings notice nothing."""

import asyncio
import subprocess
from dataclasses import replace
from functools import partial

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from support.lanes import (
    QUICK,
    Recorder,
    a_post,
    all_done,
    forwarded,
    ids,
    letters,
    publish,
    publish_data,
    reading,
    rows,
    untouched,
)
from support.processes import lane_worker
from support.waiting import eventually

from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.contracts.streams import INGESTED, Lane
from foreshock_shared.runtime.delivery import batch
from foreshock_shared.runtime.delivery.batch import Entry
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.delivery.handover import suspects_key
from foreshock_shared.runtime.delivery.suspicion import Suspects
from foreshock_shared.runtime.errors import DependencyUnavailable, PermanentError
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

POISON = {
    "not an object": b'"words"',
    "a number that is none": b'{"source": "x", "text": "y", "metrics": {"likes": NaN}}',
    "a wrong type": b'{"source": 7, "text": ["y"]}',
    "missing fields": b"{}",
    "null": b"null",
    "no JSON at all": b"nonsense",
    "a huge number": b"9" * 5000,
    "deep nesting": b"[" * 100_000 + b"]" * 100_000,
    "an escape of half a character": b'{"source": "x", "text": "\\ud800"}',
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
async def test_a_poisoned_payload_is_quarantined_with_its_bytes_and_its_siblings_pass(
    valkey: Valkey, redis: Redis, poison: bytes
) -> None:
    before, after, recorder = a_post(), a_post(), Recorder()
    await publish(redis, before, poison, after)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: all_done(redis))
    (letter,) = await rows(redis, "dead.classify")
    assert letter[b"data"] == b"[" + poison + b"]"
    assert recorder.seen == ids([before, after])


@pytest.mark.parametrize("data", [b"", b"{}", b"[", b"\xff\xfe[]", b"[1,2", b"[] []"])
async def test_data_that_is_no_array_is_quarantined_whole_and_the_lane_goes_on(
    valkey: Valkey, redis: Redis, data: bytes
) -> None:
    post, recorder = a_post(), Recorder()
    await publish_data(redis, data)
    await redis.xadd(INGESTED.key(Lane.NORMAL), {"some": "fields", "failures": "many", "notbefore": "9" * 40})
    await publish(redis, post)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: recorder.seen == ids([post]))
        await eventually(lambda: all_done(redis))
    letter, stranger = await rows(redis, "dead.classify")
    assert letter[b"data"] == data
    assert letter[b"error"] == b"InvalidPayload"
    assert stranger[b"error"] == b"InvalidPayload"


async def test_an_outage_longer_than_many_claims_is_held_against_nobody(valkey: Valkey, redis: Redis) -> None:
    posts = [a_post() for _ in range(20)]
    attempts = 0
    down = True

    async def handle(given: list[PostIngested]) -> list[Forward]:
        nonlocal attempts
        if down:
            attempts += 1
            raise DependencyUnavailable("the database is away")
        return [Forward(post) for post in given]

    async with reading(valkey.url, handle, consumer="one"), reading(valkey.url, handle, consumer="two"):
        await publish(redis, *posts)
        await eventually(lambda: attempts > 4 * batch.MAX_FAILURES, within=20)
        assert await untouched(redis) == (1, 1)
        down = False
        await eventually(lambda: all_done(redis))
    assert sorted(set(await forwarded(redis))) == sorted(ids(posts))
    assert await letters(redis) == []
    assert await redis.exists(*(suspects_key(INGESTED, lane) for lane in Lane)) == 0


class _Killed(BaseException):
    """What a process that is killed leaves of a block: nothing after it runs."""


async def test_entries_of_one_id_in_two_lanes_are_suspected_each_for_itself(redis: Redis) -> None:
    entry = Entry(b"1-0", {})
    lanes = [Suspects(redis, INGESTED, lane) for lane in Lane]
    for suspects in lanes:
        with pytest.raises(_Killed):
            async with suspects.counted(entry):
                raise _Killed

    for suspects in lanes:
        async with suspects.counted(entry) as endings:
            assert endings == 1


async def test_what_the_process_lived_to_see_makes_nothing_a_suspect(redis: Redis) -> None:
    suspects = Suspects(redis, INGESTED, Lane.NORMAL)
    seen = []

    async def fail() -> None:
        async with suspects.counted(Entry(b"1-0", {})) as endings:
            seen.append(endings)
            raise ResponseError("WRONGTYPE of the lane that follows")

    for _ in range(3):
        with pytest.raises(ResponseError):
            await fail()
    assert seen == [0, 0, 0]


async def test_a_permanent_error_quarantines_the_guilty_post_alone(valkey: Valkey, redis: Redis) -> None:
    posts = [a_post(f"number {n}") for n in range(50)]

    async def handle(given: list[PostIngested]) -> list[Forward]:
        if any(post.text == "number 31" for post in given):
            raise PermanentError("the database refuses number 31")
        return [Forward(post) for post in given]

    await publish(redis, *posts)
    async with reading(valkey.url, handle):
        await eventually(lambda: all_done(redis))
    (letter,) = await letters(redis)
    assert (letter["postid"], letter["error"], letter["origin"]) == (
        str(posts[31].id),
        "PermanentError",
        "post.ingested",
    )
    assert letter["reason"] == "the database refuses number 31"
    assert sorted(await forwarded(redis)) == sorted(ids(posts[:31] + posts[32:]))


async def test_a_post_that_fails_for_no_known_reason_is_tried_again_and_then_quarantined(
    valkey: Valkey, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MAX_FAILURES", 2)
    good, bad = a_post("good"), a_post("bad")
    tried = 0

    async def handle(given: list[PostIngested]) -> list[Forward]:
        nonlocal tried
        if bad.id in {post.id for post in given}:
            tried += len(given) == 1
            raise ZeroDivisionError("nobody foresaw this")
        return [Forward(post) for post in given]

    await publish(redis, good, bad)
    async with reading(valkey.url, handle):
        await eventually(lambda: forwarded(redis))
        assert await letters(redis) == [], "the good sibling did not wait for the verdict over the bad post"
        await eventually(lambda: all_done(redis))
    (letter,) = await letters(redis)
    assert (letter["postid"], letter["error"], tried) == (str(bad.id), "ZeroDivisionError", 3)
    assert await forwarded(redis) == ids([good])


async def test_an_effect_that_hangs_is_given_up_and_its_post_is_tried_again(valkey: Valkey, redis: Redis) -> None:
    post, calls = a_post(), 0

    async def handle(given: list[PostIngested]) -> list[Forward]:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        return [Forward(one) for one in given]

    await publish(redis, post)
    async with reading(valkey.url, handle, timing=replace(QUICK, effect=0.2)):
        await eventually(lambda: all_done(redis))
    assert (calls, await forwarded(redis), await letters(redis)) == (2, ids([post]), [])


async def test_a_post_that_kills_its_process_is_found_and_quarantined_and_its_siblings_pass(
    valkey: Valkey, redis: Redis
) -> None:
    posts = [a_post("harmless"), a_post("fatal"), a_post("harmless too")]
    await publish(redis, *posts)
    lives = 0
    while not await all_done(redis):
        lives += 1
        assert lives < 15, "it should have been found by now"
        with lane_worker(valkey.url, mode="fatal") as process:
            await eventually(partial(ended_or_done, process, redis), within=20)
    (letter,) = await letters(redis)
    assert (letter["postid"], letter["error"]) == (str(posts[1].id), "FatalPost")
    assert sorted(set(await forwarded(redis))) == sorted(ids([posts[0], posts[2]]))


async def ended_or_done(process: "subprocess.Popen[bytes]", redis: Redis) -> bool:
    return process.poll() is not None or await all_done(redis)
