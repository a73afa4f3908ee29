"""The service as it runs: from an entry in the stream to the webhook, and what it says of itself."""

import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis
from support.http_peer import Answer, HttpPeer
from support.lanes import publish
from support.servers import TestPostgres, role_url
from support.waiting import eventually
from unit.notify.building import SECRET, a_post, an_id, incident_of

from foreshock_notify.app import build
from foreshock_notify.settings import NotifySettings
from foreshock_shared.contracts.streams import STORED, Lane
from foreshock_shared.runtime.database import head
from foreshock_shared.runtime.service import build_app
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

KEY = "key-of-the-tests"
INCIDENT = incident_of("the directive")


@pytest.fixture
def config(tmp_path: Path, http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    (tmp_path / "rules.yaml").write_text(
        f"receivers:\n  - name: desk\n    url: {http_peer.url}/hook\n    secret_env: DESK_SECRET\n"
        "    allow_private_addresses: true\n"
        "rules:\n  - name: policy-shock\n    when: {shock: true}\n    send_to: [desk]\n"
    )
    return tmp_path


@pytest.fixture
async def settings(postgres: TestPostgres, valkey: Valkey, config: Path) -> NotifySettings:
    return NotifySettings(
        port=8704,
        redis_url=SecretStr(valkey.url),
        database_url=SecretStr(role_url(await postgres.new_database(), "notify")),
        api_key=SecretStr(KEY),
        config_dir=config,
    )


@asynccontextmanager
async def _running(settings: NotifySettings) -> AsyncIterator[httpx2.AsyncClient]:
    app: FastAPI = build_app(build(settings))
    transport = httpx2.ASGITransport(app)
    headers = {"authorization": f"Bearer {KEY}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://notify", headers=headers) as client,
    ):
        await eventually(lambda: _is_ready(client), within=20)
        yield client


@pytest.fixture
async def service(settings: NotifySettings) -> AsyncIterator[httpx2.AsyncClient]:
    async with _running(settings) as client:
        yield client


async def _is_ready(client: httpx2.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def _json(client: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_entry_in_the_stream_becomes_a_webhook_and_can_be_read_back(
    service: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer
) -> None:
    await publish(redis, a_post("first"), a_post("comment", shock=False), stream=STORED, lane=Lane.URGENT)
    await eventually(lambda: http_peer.requests)
    assert http_peer.requests[0].json()["data"]["links"]["incident"] == f"http://127.0.0.1:8704/v1/incidents/{INCIDENT}"
    (incident,) = (await _json(service, "/v1/incidents"))["items"]
    assert (incident["id"], incident["status"]) == (str(INCIDENT), "unconfirmed")
    whole = await _json(service, f"/v1/incidents/{INCIDENT}")
    assert {member["reason"] for member in whole["members"]} == {"opened", "joined_silently"}
    assert whole["members"][0]["verdicts"].keys() == {"policy-shock"}
    assert [revision["reason"] for revision in whole["revisions"]] == ["opened"]
    await eventually(lambda: _delivered(service, 1))
    assert (await _json(service, "/v1/deliveries?state=failed"))["items"] == []


async def _delivered(client: httpx2.AsyncClient, count: int) -> bool:
    return len((await _json(client, "/v1/deliveries?state=delivered&receiver=desk"))["items"]) == count


async def test_a_delivery_is_woken_and_does_not_wait_for_a_look_at_the_table(
    service: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer
) -> None:
    taken = []
    for n in range(20):
        published = time.time()
        await publish(redis, a_post(f"post {n}", story=f"story {n}"), stream=STORED, lane=Lane.URGENT)
        await eventually(lambda n=n: len(http_peer.requests) == n + 1, every=0.002)  # type: ignore[misc]
        taken.append(http_peer.requests[-1].at - published)
    # The budget of 50 ms is the benchmark's to hold; here it is waking against looking every 30 s, on a busy machine.
    assert statistics.median(taken) < 1


async def test_what_was_told_is_not_told_again_after_a_restart(
    settings: NotifySettings, redis: Redis, http_peer: HttpPeer
) -> None:
    for _ in range(2):
        async with _running(settings) as client:
            await publish(redis, a_post("first"), stream=STORED)
            await eventually(lambda: _delivered(client, 1))
    assert len(http_peer.requests) == 1


async def test_pages_follow_one_another_without_gap_or_repetition(service: httpx2.AsyncClient, redis: Redis) -> None:
    await publish(redis, *(a_post(f"post {n}", story=f"story {n}") for n in range(7)), stream=STORED)
    await eventually(lambda: _delivered(service, 7))
    for path in ("/v1/incidents", "/v1/deliveries"):
        pages = [await _json(service, f"{path}?limit=3")]
        while pages[-1]["next"] is not None:
            pages.append(await _json(service, f"{path}?limit=3&cursor={pages[-1]['next']}"))
        assert [len(page["items"]) for page in pages] == [3, 3, 1]
        assert len({item["id"] for page in pages for item in page["items"]}) == 7


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/incidents?cursor=nonsense", 422),
        ("/v1/deliveries?cursor=MjAyNi0wNi0xMnw%3D", 422),
        ("/v1/incidents?status=sideways", 422),
        ("/v1/incidents?limit=0", 422),
        ("/v1/incidents/not-an-id", 422),
        (f"/v1/incidents/{an_id('nowhere')}", 404),
    ],
)
async def test_a_wrong_question_is_answered_with_a_problem(service: httpx2.AsyncClient, path: str, status: int) -> None:
    answer = await service.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/incidents/x", "/v1/deliveries"])
async def test_nothing_is_shown_without_the_key(service: httpx2.AsyncClient, path: str) -> None:
    assert (await service.get(path, headers={"authorization": "Bearer wrong"})).status_code == 401


async def test_readiness_tells_of_rules_receivers_and_database(
    service: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer, config: Path
) -> None:
    checks = (await _json(service, "/readyz"))["checks"]
    assert checks["rules"] == {"ok": True, "rules": 1, "receivers": ["desk"], "refused": None}
    assert checks["database"] == {"ok": True, "revision": head("foreshock_notify")}
    http_peer.answer(Answer(410))
    await publish(redis, a_post("first"), stream=STORED)
    await eventually(lambda: _names_suspended(service))
    (config / "rules.yaml").write_text("rules: [")
    await eventually(lambda: _refused(service))


async def _names_suspended(client: httpx2.AsyncClient) -> bool:
    return list((await _json(client, "/readyz"))["checks"]["receivers"]["suspended"]) == ["desk"]


async def _refused(client: httpx2.AsyncClient) -> bool:
    return "rules.yaml:1:" in ((await _json(client, "/readyz"))["checks"]["rules"]["refused"] or "")


async def test_new_rules_come_into_force_while_it_runs(
    service: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer, config: Path
) -> None:
    path = config / "rules.yaml"
    path.write_text(path.read_text().replace("desk", "analysts"))
    await eventually(lambda: _in_force(service, ["analysts"]))
    await publish(redis, a_post("first"), stream=STORED)
    await eventually(lambda: http_peer.requests)
    assert http_peer.requests[0].json()["data"]["rules"] == ["policy-shock"]


async def _in_force(client: httpx2.AsyncClient, receivers: list[str]) -> bool:
    return bool((await _json(client, "/readyz"))["checks"]["rules"]["receivers"] == receivers)


async def test_it_waits_for_a_database_that_is_not_there(settings: NotifySettings) -> None:
    nowhere = settings.model_copy(update={"database_url": SecretStr("postgresql://nobody:x@127.0.0.1:1/none")})
    service = build(nowhere)
    app = build_app(replace(service, broker=None))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://notify") as client,
    ):
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert "Postgres is not available" in answer.json()["checks"]["database"]["error"]
        assert (await client.get("/livez")).status_code == 200
