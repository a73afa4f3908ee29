"""What servers of feeds do wrong: every case is a failure by name, takes nothing, moves nothing and ends by itself."""

import asyncio
import gzip
import time

import pytest
from prometheus_client import REGISTRY, Gauge
from redis.asyncio import Redis
from support.feeds import Running, failed, feed, item, native_ids, state
from support.http_peer import Answer, HttpPeer
from support.ingest import written
from support.waiting import eventually

from foreshock_ingest import metrics
from foreshock_ingest.adapters.runner import Runner
from foreshock_ingest.adapters.sources.reader_process import FeedReader
from foreshock_ingest.adapters.sources.web import BODY_MOST
from foreshock_shared.runtime.errors import RetryableError

pytestmark = pytest.mark.servers


async def test_a_feed_that_is_gone_is_never_asked_again_not_even_after_a_restart(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    http_peer.answer(Answer(410))
    async with running() as runner:
        await eventually(lambda: _is_ended(runner))
    async with running() as runner:
        await eventually(lambda: _is_ended(runner))
    assert len(http_peer.requests) == 1
    assert "410" in (await state(redis))["disabled"]
    http_peer.answer(Answer(200, body=feed(item(1))))
    async with running(url=f"{http_peer.url}/another"):
        await eventually(lambda: written(redis))


async def _is_ended(runner: Runner) -> bool:
    return (await runner.health())["gazette"] == "ended"


async def test_a_feed_that_fails_is_shown_as_failing_until_it_answers_and_when_it_last_did(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    http_peer.answer(Answer(200, body=feed(item(1))), Answer(500))
    async with running():
        await eventually(lambda: failed(redis))
        assert figure(metrics.FAILING) == 1
        answered = figure(metrics.LAST_ANSWER)
        assert answered <= time.time()
        http_peer.answer(Answer(200, body=feed(item(1))))
        await eventually(lambda: figure(metrics.FAILING) == 0)
        assert figure(metrics.LAST_ANSWER) > answered
    http_peer.answer(Answer(410))
    async with running() as runner:
        await eventually(lambda: _is_ended(runner))
        assert figure(metrics.FAILING) == 1
    metrics.FAILING.labels("gazette").set(0)
    async with running() as runner:
        await eventually(lambda: _is_ended(runner))
        assert figure(metrics.FAILING) == 1


def figure(gauge: Gauge) -> float:
    return REGISTRY.get_sample_value(gauge._name, {"source": "gazette"}) or 0


@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_asks_for_time_is_given_it(
    redis: Redis, http_peer: HttpPeer, running: Running, status: int
) -> None:
    http_peer.answer(Answer(status, {"retry-after": "3600"}))
    async with running():
        await eventually(lambda: failed(redis))
    assert 3_500 < float((await state(redis))["next_at"]) - time.time() < 4_000
    async with running():
        await asyncio.sleep(0.5)  # a restart is no reason to ask sooner
    assert len(http_peer.requests) == 1


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (
            Answer(200, {"content-type": "text/html"}, b"<!DOCTYPE html><html><body>Please sign in</body></html>"),
            "no feed",
        ),
        (
            Answer(200, body=b'<!DOCTYPE r [<!ENTITY a "aaaa">]><rss><channel>&a;</channel></rss>'),
            "entities",
        ),
        (Answer(200, body=b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel/></rss>'), "entities"),
        (Answer(200, {"content-encoding": "gzip"}, gzip.compress(b" " * 50_000_000)), f"{BODY_MOST} bytes"),
        (Answer(200, body=b" " * (BODY_MOST + 1)), f"{BODY_MOST} bytes"),
        (Answer(200, {"content-length": "5000", "connection": "close"}, feed(item(1))), "RemoteProtocolError"),
        (Answer(200, {"content-encoding": "br"}, b"packed"), "encoding"),
        (Answer(302, {"location": "file:///etc/passwd"}), "redirect to file:"),
        (Answer(302, {"location": "gopher://127.0.0.1/"}), "redirect to gopher:"),
        (Answer(302, {"location": "/feed"}), "more than 5 redirects"),
        (Answer(302, {"location": "http://[broken"}), "does not resolve"),
        (Answer(302), "answered 302"),
        (Answer(404), "answered 404"),
        (Answer(500), "answered 500"),
        (Answer(drop=True), "RemoteProtocolError"),
    ],
)
async def test_a_bad_answer_is_a_failure_by_name_and_moves_nothing(
    redis: Redis, http_peer: HttpPeer, running: Running, answer: Answer, named: str
) -> None:
    http_peer.answer(Answer(200, {"etag": '"one"'}, feed(item(1))), answer)
    async with running(total=5):
        await eventually(lambda: failed(redis))
        await eventually(lambda: _is_alive(redis))
    after = await state(redis)
    assert named in after["error"]
    assert after["etag"] == '"one"'
    assert await native_ids(redis) == ["g1"]


async def _is_alive(redis: Redis) -> bool:
    return int((await state(redis))["failures"]) >= 1


async def test_a_body_without_an_end_is_cut_off_in_time(redis: Redis, http_peer: HttpPeer, running: Running) -> None:
    http_peer.answer(Answer(200, body=feed(item(1)), after=30))
    async with running(total=0.5):
        await eventually(lambda: failed(redis), within=5)
    assert "no complete answer" in await failed(redis)


async def test_nothing_private_is_asked_unless_the_source_allows_it(
    redis: Redis, http_peer: HttpPeer, running: Running
) -> None:
    async with running(allow_private_addresses=False, url=f"http://localhost:{http_peer.port}/feed"):
        await eventually(lambda: failed(redis))
    assert "no public address" in await failed(redis)
    assert http_peer.requests == []


async def test_a_reader_that_is_late_is_ended_and_the_next_feed_is_read() -> None:
    with pytest.raises(RetryableError, match=r"within 0\.01 s"):
        await FeedReader(seconds=0.01).read(feed(item(1)), {}, "https://example.org/")
    assert len((await FeedReader().read(feed(item(1)), {}, "https://example.org/")).items) == 1
