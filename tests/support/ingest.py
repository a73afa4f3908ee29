"""Ingest as it is in life: the whole service on a port of its own, and what it has written."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from pydantic import SecretStr
from redis.asyncio import Redis

from foreshock_ingest.app import build
from foreshock_ingest.domain.batching import Outcome, Verdict
from foreshock_ingest.settings import IngestSettings
from foreshock_shared.contracts.post import PostIn
from foreshock_shared.contracts.streams import INGESTED, Field, Lane
from foreshock_shared.runtime.service import build_app

KEY = "key-of-tests"
PUSH = "/v1/posts"
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
JSON = {"content-type": "application/json"}
GOOD = {"source": "press", "native_id": "n1", "text": "A directive was signed"}


def posts(count: int, text: str = "A directive", **fields: object) -> list[PostIn]:
    """Posts `n0`, `n1`, … of one source."""
    common = {"source": "press", "text": text, **fields}
    return [PostIn.model_validate({**common, "native_id": f"n{n}"}) for n in range(count)]


def verdicts(outcomes: list[Outcome]) -> list[Verdict]:
    """The verdicts alone."""
    return [outcome.verdict for outcome in outcomes]


async def rows(redis: Redis, key: str) -> list[dict[bytes, bytes]]:
    """The fields of each entry of a stream."""
    found: list[tuple[bytes, dict[bytes, bytes]]] = await redis.xrange(key)  # type: ignore[assignment]  # of our clients
    return [fields for _, fields in found]


async def entries(redis: Redis, lane: Lane = Lane.NORMAL) -> list[list[dict[str, Any]]]:
    """The payloads of each entry of a lane."""
    return [json.loads(fields[Field.DATA.encode()]) for fields in await rows(redis, INGESTED.key(lane))]


async def written(redis: Redis) -> list[dict[str, Any]]:
    """Every payload on both lanes, urgent first."""
    return [post for lane in Lane for entry in await entries(redis, lane) for post in entry]


async def ledger(redis: Redis) -> dict[str, int]:
    """The accepted ledger, added up over all minutes: `count` and `sum`."""
    total: Counter[str] = Counter()
    async for key in redis.scan_iter("ingest:ledger:*"):
        for name, value in (await redis.hgetall(key)).items():
            total[name.decode().rpartition(":")[2]] += int(value)  # type: ignore[union-attr]  # our clients answer bytes
    return dict(total)


@asynccontextmanager
async def serving(redis_url: str, config_dir: Path, **changes: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """The service; the client that is given has its key."""
    values: dict[str, Any] = {
        "port": 0,
        "redis_url": SecretStr(redis_url),
        "api_key": SecretStr(KEY),
        "config_dir": config_dir,
        "canary_seconds": 0,
    }
    app = build_app(build(IngestSettings(**values | changes)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        running = asyncio.create_task(server.serve([listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        headers = {"authorization": f"Bearer {KEY}"}
        async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
            try:
                yield client
            finally:
                server.should_exit = True
                await running


def post(n: int, **changes: object) -> dict[str, object]:
    return GOOD | {"native_id": f"n{n}"} | changes


def is_problem(answer: httpx2.Response, status: int, named: str = "") -> bool:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status), answer.text
    assert named in problem["detail"], answer.text
    return True


async def accepts(client: httpx2.AsyncClient, one: dict[str, object]) -> bool:
    return (await client.post(PUSH, json=one)).status_code == 202


async def is_alive(client: httpx2.AsyncClient) -> bool:
    return await accepts(client, post(999_999))
