"""A canary that has come through is written down, earns a heartbeat, and is seen by no rule."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from integration.notify.test_service import KEY
from integration.notify.test_service import _running as running
from pydantic import SecretStr
from redis.asyncio import Redis
from support.http_peer import Answer, HttpPeer
from support.lanes import publish
from support.servers import TestPostgres, role_url
from support.waiting import eventually
from unit.notify.building import SECRET, a_post
from unit.notify.test_canary import a_canary, a_round

from foreshock_notify import metrics
from foreshock_notify.adapters import canary as adapter
from foreshock_notify.settings import NotifySettings
from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.post import Tier
from foreshock_shared.contracts.streams import STORED, Lane
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


RULES = """\
receivers:
  - {{name: desk, url: "{url}/hook", secret_env: DESK_SECRET, allow_private_addresses: true}}
  - {{name: deadman, url: "{url}/deadman", secret_env: DESK_SECRET, allow_private_addresses: true}}
rules:
  - {{name: policy-shock, when: {{shock: true}}, send_to: [desk]}}
  - {{name: everything, when: {{urgency_at_least: low}}, send_to: [desk]}}
canary: {{send_to: [deadman]}}
"""


@pytest.fixture
async def watched(
    postgres: TestPostgres, valkey: Valkey, tmp_path: Path, http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> NotifySettings:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    (tmp_path / "rules.yaml").write_text(RULES.format(url=http_peer.url))
    return NotifySettings(
        port=8704,
        redis_url=SecretStr(valkey.url),
        database_url=SecretStr(role_url(await postgres.new_database(), "notify")),
        api_key=SecretStr(KEY),
        config_dir=tmp_path,
    )


@pytest.fixture
async def notify(watched: NotifySettings) -> AsyncIterator[httpx2.AsyncClient]:
    async with running(watched) as client:
        yield client


def beats(peer: HttpPeer) -> list[dict[str, Any]]:
    return [request.json() for request in peer.requests if request.path == "/deadman"]


async def test_a_round_of_canaries_earns_a_signed_heartbeat_and_reaches_nobody_else(
    notify: httpx2.AsyncClient,
    redis: Redis,
    http_peer: HttpPeer,
) -> None:
    now = datetime.now(UTC)
    shocking = [
        a_post(f"canary as a shock {tier}", source=CANARY_SOURCE, tier=tier, at=now)
        for tier in (Tier.OFFICIAL, Tier.PRESS)
    ]
    await publish(redis, *shocking, a_post("real", at=now), stream=STORED, lane=Lane.URGENT)
    await eventually(lambda: beats(http_peer))
    await eventually(lambda: [each for each in http_peer.requests if each.path == "/hook"])
    (beat,) = beats(http_peer)
    assert (beat["type"], beat["data"]["accepted_at"]) == (
        "foreshock.canary.v1",
        now.isoformat().replace("+00:00", "Z"),
    )
    assert "webhook-signature" in next(each for each in http_peer.requests if each.path == "/deadman").headers
    (incident,) = (await notify.get("/v1/incidents")).json()["items"]
    assert [each["id"] for each in incident["posts"]] == [str(a_post("real").id)]
    assert incident["origins"] == 1
    checks = (await notify.get("/readyz")).json()["checks"]
    assert datetime.fromisoformat(checks["canary"]["official"]) == now
    assert metrics.CANARY_LAST_SEEN.labels("press")._value.get() == pytest.approx(now.timestamp())


async def test_what_was_heard_outlives_a_restart_and_comes_again_without_a_heartbeat(
    watched: NotifySettings,
    redis: Redis,
    http_peer: HttpPeer,
) -> None:
    canaries = a_round(datetime.now(UTC))
    async with running(watched):
        await publish(redis, *canaries, stream=STORED)
        await eventually(lambda: beats(http_peer))
    metrics.CANARY_LAST_SEEN.clear()
    async with running(watched):
        await eventually(metrics.CANARY_LAST_SEEN.labels("press")._value.get)
        following = a_round(datetime.now(UTC))
        await publish(redis, *canaries, following[0], stream=STORED)
        await publish(redis, following[1], stream=STORED)
        await eventually(lambda: len(beats(http_peer)) == 2)
    assert len({beat["id"] for beat in beats(http_peer)}) == 2


async def test_a_heartbeat_that_is_not_taken_is_tried_again_and_then_given_up(
    notify: httpx2.AsyncClient,
    redis: Redis,
    http_peer: HttpPeer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(adapter, "PAUSES", (0.01, 0.01))
    given_up = metrics.HEARTBEATS.labels("deadman", "given_up")
    before = given_up._value.get()
    http_peer.answer(Answer(500))
    await publish(redis, *a_round(datetime.now(UTC)), stream=STORED)
    await eventually(lambda: given_up._value.get() == before + 1)
    assert len({beat["id"] for beat in beats(http_peer)}) == 1
    assert len(beats(http_peer)) == 3


async def test_half_a_round_earns_nothing(notify: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer) -> None:
    now = datetime.now(UTC)
    await publish(redis, a_canary(Tier.OFFICIAL, now), a_post("real", at=now), stream=STORED)
    await eventually(lambda: [each for each in http_peer.requests if each.path == "/hook"])
    assert beats(http_peer) == []
