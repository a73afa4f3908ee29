"""The pusher against a real HTTP server that answers as it is told."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from support.http_peer import Answer, HttpPeer, Request

from foreshock_shared.runtime.errors import ConfigurationError, DependencyUnavailable
from foreshock_stack.pacing import Batcher, at_rate
from foreshock_stack.push import Accepted, Pusher, Totals


@pytest.fixture
async def client(http_peer: HttpPeer) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=http_peer.url, trust_env=False) as client:
        yield client


class Ingest:
    """Accepts what it is sent, after giving the answers it was told to give first."""

    def __init__(self, *first: Answer, limit: int = 1_000) -> None:
        self.first = list(first)
        self.limit = limit
        self.requests: list[list[str]] = []

    def __call__(self, request: Request) -> Answer:
        texts = [post["text"] for post in request.json()]
        self.requests.append(texts)
        if self.first:
            return self.first.pop(0)
        if len(texts) > self.limit:
            return Answer(413, {}, b"{}")
        return Answer(202, {}, json.dumps({"accepted": [f"id-{text}" for text in texts], "rejected": []}).encode())


def rows(count: int) -> list[dict[str, Any]]:
    return [{"source": "s", "text": str(number)} for number in range(count)]


async def push(
    client: httpx2.AsyncClient, count: int, *, batch: int = 200, in_flight: int = 1, give_up: float = 10
) -> tuple[list[str], Totals]:
    ids: list[str] = []

    def keep(accepted: Accepted) -> None:
        ids.extend(accepted.ids)

    batcher = Batcher(at_rate(rows(count), 0), batch)
    return ids, await Pusher(client, batcher, keep, in_flight=in_flight, give_up=give_up).run()


def all_ids(count: int) -> list[str]:
    return [f"id-{number}" for number in range(count)]


async def test_every_post_is_pushed_once_in_arrays(http_peer: HttpPeer, client: httpx2.AsyncClient) -> None:
    ingest = Ingest()
    http_peer.answer_by(ingest)
    ids, totals = await push(client, 450, in_flight=4)
    assert sorted(ids) == sorted(all_ids(450))
    assert sorted(map(len, ingest.requests)) == [50, 200, 200]
    assert (totals.accepted, totals.repeated) == (450, 0)


@pytest.mark.parametrize("lost", [Answer(drop=True), Answer(500), Answer(503)])
async def test_a_lost_answer_is_asked_for_again_with_the_very_same_posts(
    http_peer: HttpPeer, client: httpx2.AsyncClient, lost: Answer
) -> None:
    ingest = Ingest(lost, lost)
    http_peer.answer_by(ingest)
    ids, totals = await push(client, 3)
    assert ids == all_ids(3)
    assert ingest.requests == [["0", "1", "2"]] * 3
    assert totals.repeated == 2


@pytest.mark.parametrize("status", [429, 503])
async def test_come_again_later_is_obeyed(http_peer: HttpPeer, client: httpx2.AsyncClient, status: int) -> None:
    http_peer.answer_by(Ingest(Answer(status, {"retry-after": "1"})))
    ids, totals = await push(client, 3)
    first, second = (request.at for request in http_peer.requests)
    assert second - first >= 1
    assert ids == all_ids(3)
    assert (totals.held_back, totals.repeated) == (1, 0)


async def test_what_is_refused_is_counted_with_its_reason_and_its_siblings_are_not(
    http_peer: HttpPeer, client: httpx2.AsyncClient
) -> None:
    answer = {"accepted": ["id-0"], "rejected": [{"index": 1, "native_id": None, "error": "no text"}]}
    http_peer.answer(Answer(202, {}, json.dumps(answer).encode()))
    ids, totals = await push(client, 2)
    assert ids == ["id-0"]
    assert totals.reasons == {"no text": 1}


async def test_a_request_that_is_refused_as_a_whole_is_counted_by_its_posts(
    http_peer: HttpPeer, client: httpx2.AsyncClient
) -> None:
    http_peer.answer(Answer(415, {}, b'{"title": "Unsupported Media Type", "detail": "no"}'))
    ids, totals = await push(client, 2)
    assert ids == []
    assert totals.reasons == {"415 Unsupported Media Type no": 2}


async def test_a_request_that_is_too_large_is_halved(http_peer: HttpPeer, client: httpx2.AsyncClient) -> None:
    http_peer.answer_by(Ingest(limit=3))
    ids, _ = await push(client, 10)
    assert ids == all_ids(10)


async def test_a_wrong_key_ends_the_push_and_says_what_to_do(http_peer: HttpPeer, client: httpx2.AsyncClient) -> None:
    http_peer.answer(Answer(401))
    with pytest.raises(ConfigurationError, match="FORESHOCK_API_KEY"):
        await push(client, 5, in_flight=3, batch=1)


async def test_who_never_answers_is_given_up_on(http_peer: HttpPeer, client: httpx2.AsyncClient) -> None:
    http_peer.answer(Answer(drop=True))
    with pytest.raises(DependencyUnavailable, match="is the stack up"):
        await push(client, 1, give_up=0.3)
