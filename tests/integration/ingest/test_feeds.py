"""Feeds from a real server over a real connection, read in a process of their own, by the runner as in life."""

import asyncio
import gzip

import pytest
from redis.asyncio import Redis
from support.feeds import Running, feed, item, native_ids, state
from support.http_peer import Answer, HttpPeer, Request
from support.ingest import entries, rows, written
from support.otlp import Collector
from support.waiting import eventually

from foreshock_ingest.adapters.runner import Runner
from foreshock_shared.contracts.streams import INGESTED, DeadField, Lane

pytestmark = pytest.mark.servers


async def test_items_become_posts_and_the_validators_are_kept_after_them(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    http_peer.answer(
        Answer(200, {"etag": '"one"', "last-modified": "Fri, 12 Jun 2026 12:00:00 GMT"}, feed(item(1), item(2))),
        Answer(304),
    )
    async with running():
        await eventually(lambda: len(http_peer.requests) >= 2)
    assert await native_ids(redis) == ["g1", "g2"]
    assert (await state(redis))["etag"] == '"one"'
    assert http_peer.requests[1].headers["if-none-match"] == '"one"'
    assert http_peer.requests[1].headers["if-modified-since"] == "Fri, 12 Jun 2026 12:00:00 GMT"
    assert "if-none-match" not in http_peer.requests[0].headers


async def test_a_page_of_a_feed_is_where_the_trace_of_its_posts_begins(
    redis: Redis, http_peer: HttpPeer, running: Running, traces: Collector
) -> None:
    http_peer.answer(Answer(200, {"etag": '"one"'}, feed(item(1), item(2))), Answer(304))
    async with running():
        await eventually(lambda: len(http_peer.requests) >= 3)
    await eventually(lambda: traces.spans)
    [span] = traces.spans  # a feed that has nothing new begins none
    assert (span.name, span.parent, span.attributes["foreshock.posts"]) == ("poll gazette", "", 2)
    [entry] = await rows(redis, INGESTED.key(Lane.NORMAL))
    assert entry[b"traceparent"] == f"00-{span.trace}-{span.id}-01".encode()
    assert {post["traceparent"] for post in await written(redis)} == {f"00-{span.trace}-{span.id}-01"}


async def test_an_edited_item_is_a_revision_and_the_others_stay_as_they_are(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    http_peer.answer(
        Answer(200, body=feed(item(1), item(2))), Answer(200, body=feed(item(1), item(2, "Edited"), item(3)))
    )
    async with running():
        await eventually(lambda: len(http_peer.requests) >= 3)
    assert [(post["native_id"], post["text"]) for post in await written(redis)] == [
        ("g1", "Title 1\n\nText"),
        ("g2", "Title 2\n\nText"),
        ("g2", "Title 2\n\nEdited"),
        ("g3", "Title 3\n\nText"),
    ]


async def test_a_packed_feed_of_an_official_source_takes_the_urgent_lane(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    http_peer.answer(Answer(200, {"content-encoding": "gzip"}, gzip.compress(feed(item(1)))))
    async with running(tier="official"):
        await eventually(lambda: entries(redis, Lane.URGENT))


async def test_a_feed_that_has_moved_for_good_is_asked_at_its_new_address(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    def moved(request: Request) -> Answer | None:
        return Answer(301, {"location": "/new"}) if request.path == "/feed" else None

    http_peer.answer_by(moved)
    http_peer.answer(Answer(200, body=feed(item(1))))
    async with running():
        await eventually(
            lambda: [request.path for request in http_peer.requests][:4] == ["/feed", "/new", "/new", "/new"]
        )
    assert (await state(redis))["url"].endswith("/new")
    assert len(await written(redis)) == 1


async def test_a_feed_that_is_elsewhere_for_a_while_keeps_its_address(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    def moved(request: Request) -> Answer | None:
        return Answer(302, {"location": "/elsewhere"}) if request.path == "/feed" else None

    http_peer.answer_by(moved)
    http_peer.answer(Answer(200, body=feed(item(1))))
    async with running():
        await eventually(lambda: [request.path for request in http_peer.requests].count("/feed") >= 2)
    assert (await state(redis))["url"].endswith("/feed")


async def test_a_truncated_feed_gives_what_is_whole_and_is_fetched_again(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    whole = feed(item(1), item(2), item(3))
    http_peer.answer(
        Answer(200, {"etag": '"cut"'}, whole[: whole.index(b"Title 3") + 3]), Answer(200, {"etag": '"whole"'}, whole)
    )
    async with running():
        await eventually(lambda: len(http_peer.requests) >= 3)
    assert "if-none-match" not in http_peer.requests[1].headers
    assert http_peer.requests[2].headers["if-none-match"] == '"whole"'
    assert await native_ids(redis) == ["g1", "g2", "g3"]


async def test_ten_thousand_items_all_arrive_once(redis: Redis, http_peer: HttpPeer, running: Running) -> None:
    http_peer.answer(Answer(200, {"etag": '"many"'}, feed(*map(item, range(10_000)))), Answer(304))
    async with running():
        await eventually(lambda: _has(redis, "etag"), within=30)
    assert await native_ids(redis) == [f"g{n}" for n in range(10_000)]


async def test_an_item_that_cannot_be_a_post_is_kept_once_with_its_reason(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    spoilt = "<item><guid>nothing</guid></item>"
    http_peer.answer(
        Answer(200, body=feed(item(1), spoilt, item(2))), Answer(200, body=feed(item(1), spoilt, item(2), item(3)))
    )
    async with running():
        await eventually(lambda: len(http_peer.requests) >= 3)
    assert await native_ids(redis) == ["g1", "g2", "g3"]
    [letter] = await rows(redis, "dead.ingest")
    assert b"nothing" in letter[b"data"]
    assert letter[DeadField.ORIGIN.encode()] == b"source:gazette"
    assert letter[DeadField.REASON.encode()].startswith(b"text: ")


async def test_the_validators_stay_behind_as_long_as_the_posts_cannot_be_stored(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    await redis.set("post.ingested", "in the way")
    http_peer.answer(Answer(200, {"etag": '"one"'}, feed(item(1))))
    async with running():
        await eventually(lambda: http_peer.requests)
        await asyncio.sleep(0.7)
        assert await state(redis) == {}
        await redis.delete("post.ingested")
        await eventually(lambda: _has(redis, "etag"))
    assert await native_ids(redis) == ["g1"]
    assert len(http_peer.requests) <= 2


async def test_of_two_replicas_one_asks_and_the_other_takes_over(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    http_peer.answer(Answer(200, body=feed(item(1))))
    async with running() as first:
        await eventually(lambda: written(redis))
        async with running() as second:
            await eventually(lambda: _state_of(second, "elsewhere"))
            assert (await first.health())["gazette"] == "running"
    http_peer.answer(Answer(200, body=feed(item(1), item(2))))
    async with running():
        await eventually(lambda: _count(redis, 2))


async def _state_of(runner: Runner, wanted: str) -> bool:
    return (await runner.health()).get("gazette") == wanted


async def _count(redis: Redis, wanted: int) -> bool:
    return len(await written(redis)) == wanted


async def test_a_runner_that_is_told_to_stop_stops_whatever_it_is_at(http_peer: HttpPeer, running: Running) -> None:
    http_peer.answer(Answer(404))
    for n in range(60):
        async with asyncio.timeout(5):
            async with running():
                await asyncio.sleep(n / 500)


async def _has(redis: Redis, name: str) -> bool:
    return name in await state(redis)
