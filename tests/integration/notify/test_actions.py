"""What people do over HTTP: acknowledge, retract, silence; and the page behind a signed link."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis
from support.http_peer import HttpPeer
from support.lanes import publish
from support.servers import TestPostgres, role_url
from support.waiting import eventually
from unit.notify.building import SECRET, a_post, incident_of

from foreshock_notify.app import build
from foreshock_notify.domain.links import acknowledge_path, link_key
from foreshock_notify.pipeline import utc_now
from foreshock_notify.settings import NotifySettings
from foreshock_shared.contracts.streams import STORED
from foreshock_shared.runtime.service import build_app
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

KEY = "key-of-the-tests"
INCIDENT = incident_of("the directive")
PATH = f"/v1/incidents/{INCIDENT}"


@pytest.fixture
async def notify(
    postgres: TestPostgres, valkey: Valkey, tmp_path: Path, http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx2.AsyncClient]:
    """The service, with a receiver and a public address."""
    monkeypatch.setenv("DESK_SECRET", SECRET)
    (tmp_path / "rules.yaml").write_text(
        f"receivers:\n  - {{name: desk, url: '{http_peer.url}', secret_env: DESK_SECRET, "
        "allow_private_addresses: true}\n"
        "rules:\n  - {name: policy-shock, when: {shock: true}, send_to: desk}\n"
    )
    settings = NotifySettings(
        port=8704,
        redis_url=SecretStr(valkey.url),
        database_url=SecretStr(role_url(await postgres.new_database(migrate=["notify"]), "notify")),
        api_key=SecretStr(KEY),
        config_dir=tmp_path,
        public_url="https://alerts.example.org",
    )
    app: FastAPI = build_app(build(settings))
    client = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app),
        base_url="http://notify",
        headers={"authorization": f"Bearer {KEY}"},
    )
    async with app.router.lifespan_context(app), client:
        yield client


async def _opened(redis: Redis, http_peer: HttpPeer, name: str = "first") -> dict[str, Any]:
    """The notification of an incident that a post has opened."""
    seen = len(http_peer.requests)
    await publish(redis, a_post(name, at=utc_now()), stream=STORED)
    await eventually(lambda: len(http_peer.requests) > seen)
    body: dict[str, Any] = http_peer.requests[-1].json()
    return body


async def test_who_acknowledges_first_stands(notify: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer) -> None:
    await _opened(redis, http_peer)
    first = await notify.post(f"{PATH}/ack", json={"by": "ann", "note": "on it"})
    again = await notify.post(f"{PATH}/ack", json={"by": "bob"})
    assert first.json()["acknowledged"]["by"] == again.json()["acknowledged"]["by"] == "ann"
    assert (await notify.get(PATH)).json()["acknowledged"]["note"] == "on it"
    assert len(http_peer.requests) == 1


async def test_a_link_acknowledges_by_its_button_and_not_by_being_looked_at(
    notify: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer
) -> None:
    link = (await _opened(redis, http_peer))["data"]["links"]["acknowledge"]
    assert link.startswith("https://alerts.example.org/acknowledge/")
    path = link.removeprefix("https://alerts.example.org")
    anybody = {"authorization": ""}
    page = await notify.get(path, headers=anybody)
    assert (page.status_code, "The text of first" in page.text) == (200, True)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await notify.get(PATH)).json()["acknowledged"] is None
    form = {"content-type": "application/x-www-form-urlencoded", **anybody}
    done = await notify.post(path, content=b"by=%3Cb%3Eann&note=on+it", headers=form)
    assert "By &lt;b&gt;ann" in done.text
    assert (await notify.get(PATH)).json()["acknowledged"]["by"] == "<b>ann"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_is_not_ours_or_too_old_or_for_another_incident_does_nothing(
    notify: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer, method: str
) -> None:
    await _opened(redis, http_peer)
    key, other = link_key(KEY), incident_of("another")
    good = acknowledge_path(INCIDENT, utc_now(), key)
    for path in (
        acknowledge_path(INCIDENT, utc_now(), link_key("another key")),
        acknowledge_path(INCIDENT, utc_now() - timedelta(days=8), key),
        good.replace(str(INCIDENT), str(other)),
        good.replace("expires=1", "expires=2"),
    ):
        assert (await notify.request(method, path)).status_code == 403
    assert (await notify.get(PATH)).json()["acknowledged"] is None
    assert (await notify.post(good, content=b"by=" + b"x" * 9_000)).status_code == 413


async def test_a_retraction_is_told(notify: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer) -> None:
    await _opened(redis, http_peer)
    answer = await notify.post(f"{PATH}/retract", json={"by": "ann", "reason": "a hoax"})
    assert answer.json()["status"] == "retracted"
    await eventually(lambda: len(http_peer.requests) == 2)
    told = http_peer.requests[1].json()
    assert (told["type"], told["data"]["why"]["said"]) == ("foreshock.incident.retracted.v1", "ann: a hoax")
    assert (await notify.post(f"{PATH}/retract", json={"by": "ann", "reason": "again"})).status_code == 200


async def test_a_silence_is_entered_listed_and_ended(
    notify: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer
) -> None:
    ends_at = (utc_now() + timedelta(hours=1)).isoformat()
    asked = {"when": {"entities": ["Nova 5"]}, "reason": "noise", "by": "ann", "ends_at": ends_at}
    made = (await notify.post("/v1/silences", json=asked)).json()
    await publish(redis, a_post("first", at=utc_now()), stream=STORED)
    await eventually(lambda: _suppressed(notify))
    assert http_peer.requests == []
    assert [each["id"] for each in (await notify.get("/v1/silences")).json()["items"]] == [made["id"]]
    assert (await notify.delete(f"/v1/silences/{made['id']}")).status_code == 200
    assert (await notify.get("/v1/silences")).json()["items"] == []
    assert len((await notify.get("/v1/silences?ended=true")).json()["items"]) == 1
    assert (await notify.delete(f"/v1/silences/{made['id']}")).status_code == 404


async def _suppressed(notify: httpx2.AsyncClient) -> bool:
    items = (await notify.get("/v1/deliveries?state=suppressed")).json()["items"]
    return [item["held"] for item in items] == ["silenced"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "would silence everything"),
        ({"rules": ["a"], "ends_at": "2020-01-01T00:00:00Z"}, "lies in the past"),
        ({"when": {"burst": {"of": "compute"}}}, "cannot be silenced by"),
        ({"when": {"topics": ["computer"]}}, "topics"),
        ({"rules": ["a"], "reason": ""}, "at least 1 character"),
        ({"rules": ["a"], "ends_at": None}, "ends_at"),
    ],
)
async def test_a_silence_without_sense_is_refused(notify: httpx2.AsyncClient, wrong: dict[str, Any], said: str) -> None:
    asked = {"reason": "noise", "by": "ann", "ends_at": (utc_now() + timedelta(hours=1)).isoformat(), **wrong}
    answer = await notify.post("/v1/silences", json=asked)
    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"{PATH}/ack"), ("POST", f"{PATH}/retract"), ("GET", "/v1/silences"), ("POST", "/v1/silences")],
)
async def test_nothing_is_done_without_the_key(notify: httpx2.AsyncClient, method: str, path: str) -> None:
    answer = await notify.request(method, path, headers={"authorization": "Bearer wrong"}, json={})
    assert answer.status_code == 401


async def test_what_is_not_there_can_be_neither_acknowledged_nor_retracted(notify: httpx2.AsyncClient) -> None:
    for path, body in (("ack", {"by": "a"}), ("retract", {"by": "a", "reason": "b"})):
        assert (await notify.post(f"{PATH}/{path}", json=body)).status_code == 404
