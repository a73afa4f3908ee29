"""`POST /v1/posts` over a real port: every bad input has its named answer, and what is good beside it is accepted."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from redis.asyncio import Redis
from support.ingest import (
    JSON,
    PUSH,
    is_alive,
    is_problem,
    ledger,
    post,
    written,
)

from foreshock_ingest.api import CONFLICT
from foreshock_shared.contracts.post import PostIn

pytestmark = pytest.mark.servers


async def test_one_post_an_array_and_lines_are_all_accepted(ingest: httpx2.AsyncClient, redis: Redis) -> None:
    one = await ingest.post(PUSH, json=post(1))
    many = await ingest.post(PUSH, json=[post(2), post(3)])
    lines = await ingest.post(
        PUSH, content="\n".join(map(json.dumps, [post(4), post(5)])), headers={"content-type": "application/x-ndjson"}
    )
    assert [answer.status_code for answer in (one, many, lines)] == [202] * 3
    accepted = [each for answer in (one, many, lines) for each in answer.json()["accepted"]]
    wanted = [str(PostIn.model_validate(post(n)).identity()) for n in range(1, 6)]
    assert accepted == wanted
    assert [each["id"] for each in await written(redis)] == wanted


async def test_the_same_post_again_has_the_same_answer_and_changes_nothing(
    ingest: httpx2.AsyncClient, redis: Redis
) -> None:
    answers = [await ingest.post(PUSH, json=post(1)) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert await ledger(redis) == {"count": 1, "sum": (await ledger(redis))["sum"]}


async def test_other_content_under_an_id_is_a_conflict_alone_and_a_rejection_among_others(
    ingest: httpx2.AsyncClient, redis: Redis
) -> None:
    await ingest.post(PUSH, json=post(1))
    assert is_problem(await ingest.post(PUSH, json=post(1, text="Another text")), 409, "id of its own")
    answer = await ingest.post(PUSH, json=[post(2), post(1, text="Another text"), post(3)])
    assert answer.status_code == 202
    assert answer.json()["rejected"] == [{"index": 1, "native_id": "n1", "error": CONFLICT}]
    assert len(answer.json()["accepted"]) == 2
    assert len(await written(redis)) == 3


async def test_bad_items_are_rejected_in_order_and_their_siblings_accepted(
    ingest: httpx2.AsyncClient, redis: Redis
) -> None:
    good = [json.dumps(post(n)).encode() for n in range(3)]
    deep = b"[" * 100_000 + b"]" * 100_000
    bad = [b'{"a":NaN}', b'{"source":"s","text":"t","x":1e999}', b'{"text":"a","text":"b"}', b'"\\ud800"', deep]
    bad += [b"9" * 5_000, b'{"source":"s","text":"\\u0000"}', b'{"source":"s","text":""}', b"5"]
    answer = await ingest.post(PUSH, content=b"[" + b",".join([good[0], *bad, *good[1:]]) + b"]", headers=JSON)
    assert answer.status_code == 202, answer.text
    assert len(answer.json()["accepted"]) == 3
    assert [each["index"] for each in answer.json()["rejected"]] == list(range(1, 10))
    assert all(each["error"] for each in answer.json()["rejected"])
    assert len(await written(redis)) == 3


async def test_a_list_of_which_nothing_is_accepted_is_refused_with_every_reason(ingest: httpx2.AsyncClient) -> None:
    answer = await ingest.post(PUSH, json=[{"native_id": "bad", "source": "seed"}, 5])
    assert is_problem(answer, 422, "none of 2 items")
    assert answer.json()["rejected"][0] == {"index": 0, "native_id": "bad", "error": "text: Field required"}


@pytest.mark.parametrize(
    ("raw", "status", "named"),
    [
        (b"", 400, "empty"),
        (b'[{"source": "press", "te', 400, "cut off"),
        (b'{"source": "press", "te', 400, "EOF"),
        (b'[{"source": "s", "text": "t"}] and more', 400, "goes on"),
        (b'{"source": "s", "text": "t"}{"source": "s"}', 400, "trailing"),
        (b'{"source": "s", "text": NaN}', 400, "NaN"),
        (b'{"source": "s", "text": "t", "metrics": {"likes": 1e999}}', 400, "1e999"),
        (b'{"source": "s", "text": "t", "text": "u"}', 400, "duplicate key"),
        (b'{"source": "s", "text": "t\\u0000"}', 422, "U+0000"),
        (b'{"source": "s", "text": "\\ud800"}', 400, "lone surrogate"),
        (b"[" * 100_000, 400, "cut off"),
        (b"[" * 100_000 + b"]" * 100_000, 422, "200 levels"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "200 levels"),
        (b'{"source": "s", "text": "t", "x": ' + b"9" * 5_000 + b"}", 400, "4,300 digits"),
        (b'{"source": "s", "text": 5}', 422, "text: "),
        (b'{"source": "s", "text": ""}', 422, "text: "),
        (b'{"source": "s", "text": "' + b"x" * 1_000_000 + b'"}', 422, "text: "),
        (b'{"source": "s", "text": "t", "created_at": "0000-01-01T00:00:00Z"}', 422, "created_at: "),
        (b'{"source": "s", "text": "t", "created_at": "9999-12-31T00:00:00Z"}', 422, "created_at: "),
        (b'{"source": "s", "text": "t", "created_at": "2026-06-12T17:21:00"}', 422, "created_at: "),
        (b'"text"', 400, "neither"),
    ],
)
async def test_bad_input_has_a_named_answer_and_leaves_nothing_behind(
    ingest: httpx2.AsyncClient, redis: Redis, raw: bytes, status: int, named: str
) -> None:
    assert is_problem(await ingest.post(PUSH, content=raw, headers=JSON), status, named)
    assert await written(redis) == []
    assert await is_alive(ingest)


async def test_a_body_over_the_cap_is_refused(ingest: httpx2.AsyncClient) -> None:
    assert is_problem(await ingest.post(PUSH, content=b" " * 2_000_001, headers=JSON), 413, "2000000")
    assert await is_alive(ingest)


async def test_a_chunked_body_without_a_length_is_read_and_refused_once_it_is_too_long(
    ingest: httpx2.AsyncClient,
) -> None:
    sent = 0

    async def pieces(count: int) -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(count):
            sent += 1
            yield b" " * 100_000
            await asyncio.sleep(0)
        yield json.dumps(post(1)).encode()

    assert (await ingest.post(PUSH, content=pieces(3), headers=JSON)).status_code == 202
    assert is_problem(await ingest.post(PUSH, content=pieces(21), headers=JSON), 413, "2000000")
    assert await is_alive(ingest)


async def test_a_gzip_body_is_read_and_a_bomb_refused(ingest: httpx2.AsyncClient) -> None:
    packed = JSON | {"content-encoding": "gzip"}
    good = await ingest.post(PUSH, content=gzip.compress(json.dumps(post(1)).encode()), headers=packed)
    assert good.status_code == 202
    bomb = gzip.compress(b" " * 100_000_000)
    assert is_problem(await ingest.post(PUSH, content=bomb, headers=packed), 413, "2000000")
    assert is_problem(await ingest.post(PUSH, content=b"no gzip", headers=packed), 400, "gzip")
    assert is_problem(await ingest.post(PUSH, content=gzip.compress(b"{}")[:-3], headers=packed), 400, "cut off")
    assert await is_alive(ingest)


async def test_other_encodings_and_content_types_are_refused(ingest: httpx2.AsyncClient) -> None:
    assert is_problem(await ingest.post(PUSH, content=b"x", headers=JSON | {"content-encoding": "br"}), 415, "gzip")
    assert is_problem(
        await ingest.post(PUSH, content=b"a=b", headers={"content-type": "application/x-www-form-urlencoded"}), 415
    )


async def test_more_items_than_one_request_may_have_are_refused(ingest: httpx2.AsyncClient) -> None:
    assert is_problem(await ingest.post(PUSH, json=[post(n) for n in range(101)]), 413, "at most 100")


async def test_the_document_of_the_interface_describes_a_post(ingest: httpx2.AsyncClient) -> None:
    document = (await ingest.get("/openapi.json")).json()
    body = document["paths"][PUSH]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"]["oneOf"][0]["required"] == ["source", "text"]
    assert "$ref" not in json.dumps(body)
