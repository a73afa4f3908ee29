"""Who may push: a key or a signature, each in its right form, and nobody else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from standardwebhooks import Webhook
from support.ingest import GOOD, PUSH, SECRET, is_problem, post, serving, written

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

EVENT = {"specversion": "1.0", "id": "1", "source": "/them", "type": "org.them.post", "data": GOOD}


@pytest.mark.parametrize("key", [b"", b"Bearer wrong", "Bearer schlüssel-日本".encode(), b"Basic a2V5", b"\xff\xfe"])
async def test_without_the_right_key_nothing_is_accepted(ingest: httpx2.AsyncClient, redis: Redis, key: bytes) -> None:
    headers: Any = [(b"authorization", key), (b"content-type", b"application/json")]
    answer = await ingest.post(PUSH, content=json.dumps(post(1)), headers=headers)
    assert is_problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert await written(redis) == []


def signed(body: str, at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    moment = at or datetime.now(UTC)
    return {
        "authorization": "",
        "content-type": "application/cloudevents+json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", moment, body),
    }


async def push_signed(client: httpx2.AsyncClient, body: str | bytes, headers: dict[str, str]) -> httpx2.Response:
    request = client.build_request("POST", PUSH, content=body, headers=headers)
    if not headers.get("authorization"):
        del request.headers["authorization"]
    return await client.send(request)


async def test_signed_cloud_events_are_accepted_without_a_key(ingest: httpx2.AsyncClient, redis: Redis) -> None:
    one = json.dumps(EVENT)
    batch = json.dumps([EVENT | {"data": post(n)} for n in (2, 3)])
    assert (await push_signed(ingest, one, signed(one))).status_code == 202
    headers = signed(batch) | {"content-type": "application/cloudevents-batch+json"}
    assert (await push_signed(ingest, batch, headers)).status_code == 202
    assert len(await written(redis)) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,not base64!"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "NaN"},
        {"webhook-timestamp": "1e999"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": str(int((datetime.now(UTC) - timedelta(hours=1)).timestamp()))},
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
    ],
)
async def test_a_signature_that_does_not_hold_is_refused(
    ingest: httpx2.AsyncClient, redis: Redis, change: dict[str, str]
) -> None:
    body = json.dumps(EVENT)
    assert is_problem(await push_signed(ingest, body, signed(body) | change), 401)
    assert await written(redis) == []


async def test_a_signature_of_another_body_or_secret_is_refused(ingest: httpx2.AsyncClient) -> None:
    body = json.dumps(EVENT)
    assert is_problem(await push_signed(ingest, body + " ", signed(body)), 401)
    assert is_problem(await push_signed(ingest, body, signed(body, secret="whsec_" + "QUJD" * 8)), 401)
    assert is_problem(await push_signed(ingest, b"\xff", signed(body)), 401)


async def test_a_signature_counts_only_where_a_secret_is_set(valkey: Valkey, tmp_path: Path) -> None:
    body = json.dumps(EVENT)
    async with serving(valkey.url, tmp_path) as client:
        assert is_problem(await push_signed(client, body, signed(body)), 401)


async def test_a_secret_that_is_none_stops_the_start(valkey: Valkey, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="FORESHOCK_WEBHOOK_SECRET"):
        async with serving(valkey.url, tmp_path, webhook_secret=SecretStr("whsec_")):
            pass
