"""Looking at deliveries, sending them again and recovering a receiver: over HTTP, and by the commands that use it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from pydantic import SecretStr
from redis.asyncio import Redis
from support.http_peer import Answer, HttpPeer
from support.lanes import publish
from support.servers import TestPostgres, role_url
from support.waiting import eventually
from typer.testing import CliRunner
from unit.notify.building import SECRET, a_post, an_id, incident_of

from foreshock_notify.app import build
from foreshock_notify.domain.notification import delivery_id
from foreshock_notify.settings import NotifySettings
from foreshock_shared.contracts.streams import STORED
from foreshock_shared.runtime.errors import ConfigurationError, DependencyUnavailable
from foreshock_shared.runtime.service import build_app
from foreshock_stack.child import free_port_base
from foreshock_stack.cli import app
from foreshock_stack.commands import deliveries, receivers, silences
from foreshock_stack.environment import Environment, read_environment
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

KEY = "key-of-the-tests"
FIRST = str(delivery_id(incident_of("the directive"), "desk", 1))


@pytest.fixture
def environment(tmp_path: Path, http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    (tmp_path / "rules.yaml").write_text(
        f"receivers:\n  - {{name: desk, url: '{http_peer.url}/hook', secret_env: DESK_SECRET,"
        " allow_private_addresses: true}\n"
        "rules:\n  - {name: policy-shock, when: {shock: true}, send_to: [desk]}\n"
    )
    return read_environment(
        {
            "FORESHOCK_CONFIG_DIR": str(tmp_path),
            "FORESHOCK_STATE_DIR": str(tmp_path / "state"),
            "FORESHOCK_PORT_BASE": str(free_port_base()),
            "FORESHOCK_API_KEY": KEY,
            "DESK_SECRET": SECRET,
        }
    )


@pytest.fixture
async def notify(environment: Environment, postgres: TestPostgres, valkey: Valkey) -> AsyncIterator[httpx2.AsyncClient]:
    """Notify, listening where the commands look for it."""
    settings = NotifySettings(
        port=environment.port("notify"),
        redis_url=SecretStr(valkey.url),
        database_url=SecretStr(role_url(await postgres.new_database(), "notify")),
        api_key=SecretStr(KEY),
        config_dir=environment.config_dir,
    )
    server = uvicorn.Server(
        uvicorn.Config(build_app(build(settings)), port=settings.port, log_level="warning", ws="none")
    )
    serving = asyncio.create_task(server.serve())
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx2.AsyncClient(base_url=environment.address("notify"), headers=headers, trust_env=False) as client:
        try:
            await eventually(lambda: _is_ready(client), within=20)
            yield client
        finally:
            server.should_exit = True
            await serving


async def _is_ready(client: httpx2.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def _state(client: httpx2.AsyncClient) -> str | None:
    answer = await client.get(f"/v1/deliveries/{FIRST}")
    return str(answer.json()["state"]) if answer.status_code == 200 else None


async def _is(client: httpx2.AsyncClient, state: str) -> bool:
    return await _state(client) == state


async def test_a_delivery_is_shown_whole_and_sent_again_by_commands(
    notify: httpx2.AsyncClient,
    redis: Redis,
    http_peer: HttpPeer,
    environment: Environment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await publish(redis, a_post("first"), stream=STORED)
    await eventually(lambda: _is(notify, "delivered"))
    assert await asyncio.to_thread(deliveries.listing, environment, "delivered", "desk", 10) == 0
    assert FIRST in capsys.readouterr().out
    assert await asyncio.to_thread(deliveries.resend, environment, [FIRST]) == 0
    await eventually(lambda: len(http_peer.requests) == 2)
    await eventually(lambda: _is(notify, "delivered"))
    assert await asyncio.to_thread(deliveries.show, environment, FIRST) == 0
    shown = capsys.readouterr().out
    assert "attempt 2" in shown
    assert json.loads(http_peer.requests[0].body)["data"]["headline"] in shown
    assert http_peer.requests[0].body == http_peer.requests[1].body


async def test_a_suspended_receiver_is_recovered_by_a_command(
    notify: httpx2.AsyncClient,
    redis: Redis,
    http_peer: HttpPeer,
    environment: Environment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    http_peer.answer(Answer(410))
    await publish(redis, a_post("first"), stream=STORED)
    await eventually(lambda: _suspended(notify))
    await asyncio.to_thread(receivers.listing, environment)
    assert "suspended since" in capsys.readouterr().out
    http_peer.answer(Answer(204))
    assert await asyncio.to_thread(deliveries.recover, environment, "desk", "1h") == 0
    await eventually(lambda: _is(notify, "delivered"))
    await asyncio.to_thread(receivers.listing, environment)
    assert "well" in capsys.readouterr().out


async def _suspended(client: httpx2.AsyncClient) -> bool:
    return bool((await client.get("/readyz")).json()["checks"]["receivers"]["suspended"])


async def test_readiness_and_metrics_tell_who_is_left_alone(
    notify: httpx2.AsyncClient, redis: Redis, http_peer: HttpPeer
) -> None:
    http_peer.answer(Answer(429, {"retry-after": "600"}))
    await publish(redis, a_post("first"), stream=STORED)
    answer = await eventually(lambda: _left_alone(notify))
    assert list(answer) == ["desk"]
    metrics = (await notify.get("/metrics")).text
    assert 'foreshock_delivery_attempts_total{outcome="retry",reason="rate_limited",receiver="desk"}' in metrics


async def _left_alone(client: httpx2.AsyncClient) -> dict[str, str]:
    found: dict[str, str] = (await client.get("/readyz")).json()["checks"]["receivers"]["left_alone_until"]
    return found


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/v1/deliveries/{an_id('nowhere')}", 404),
        ("POST", f"/v1/deliveries/{an_id('nowhere')}/resend", 404),
        ("POST", "/v1/receivers/nobody/recover?since=2026-06-12T17:00:00Z", 404),
        ("POST", "/v1/receivers/desk/recover", 422),
        ("POST", "/v1/receivers/desk/recover?since=2026-06-12T17:00:00", 422),
    ],
)
async def test_a_wrong_question_is_answered_with_a_problem(
    notify: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await notify.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    wrong = await notify.request(method, path, headers={"authorization": "Bearer wrong"})
    assert wrong.status_code == 401


async def test_commands_say_what_is_wrong(notify: httpx2.AsyncClient, environment: Environment) -> None:
    with pytest.raises(ConfigurationError, match="there is no delivery"):
        await asyncio.to_thread(deliveries.show, environment, str(an_id("nowhere")))
    with pytest.raises(ConfigurationError, match="is no moment"):
        await asyncio.to_thread(deliveries.recover, environment, "desk", "yesterday")
    assert await asyncio.to_thread(deliveries.resend, environment, [str(an_id("nowhere"))]) == 1


async def test_silences_are_entered_listed_and_ended_by_commands(
    notify: httpx2.AsyncClient, environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {
        "rules": ["policy-shock"],
        "receivers": [],
        "reason": "a drill",
        "last": timedelta(hours=2),
    }
    assert await asyncio.to_thread(silences.add, environment, when='{"topics": ["compute"]}', **asked) == 0
    made, _, said = capsys.readouterr().out.partition(" ")
    assert 'rules ["policy-shock"], topics' in said
    assert await asyncio.to_thread(silences.listing, environment, ended=False) == 0
    assert made in capsys.readouterr().out
    assert await asyncio.to_thread(silences.end, environment, made) == 0
    assert await asyncio.to_thread(silences.listing, environment, ended=False) == 0
    assert "no silences" in capsys.readouterr().out
    assert await asyncio.to_thread(silences.listing, environment, ended=True) == 0
    assert "a drill" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match="there is no silence"):
        await asyncio.to_thread(silences.end, environment, made)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"when": "topics: compute"}, "--when is no JSON"),
        ({"when": '{"topics": ["computer"]}'}, "topics"),
        ({"rules": []}, "would silence everything"),
        ({"last": timedelta(hours=-1)}, "lies in the past"),
    ],
)
async def test_a_silence_that_makes_no_sense_is_refused_by_the_command(
    notify: httpx2.AsyncClient, environment: Environment, wrong: dict[str, Any], said: str
) -> None:
    asked = {"rules": ["a"], "receivers": [], "when": None, "reason": "a drill", "last": timedelta(hours=1), **wrong}
    with pytest.raises(ConfigurationError, match=said):
        await asyncio.to_thread(silences.add, environment, **asked)


@pytest.mark.parametrize("last", ["0h", "soon", "-2h"])
def test_a_silence_must_last_some_time(last: str) -> None:
    answer = CliRunner().invoke(app, ["silences", "add", "--rule", "a", "--reason", "a drill", "--for", last])
    assert answer.exit_code == 2
    assert "must be" in answer.output


def test_without_a_stack_the_commands_say_so(environment: Environment) -> None:
    with pytest.raises(DependencyUnavailable, match="start the stack"):
        silences.listing(environment, ended=False)
    with pytest.raises(DependencyUnavailable, match="start the stack"):
        deliveries.listing(environment, None, None, 5)


def test_a_receiver_is_tried_out_without_a_stack(
    environment: Environment, http_peer: HttpPeer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert receivers.test(environment, "desk") == 0
    assert "delivered, answered 204" in capsys.readouterr().out
    assert http_peer.requests[0].headers["webhook-signature"].startswith("v1,")
    http_peer.answer(Answer(500, body=b"not today"))
    assert receivers.test(environment, "desk") == 1
    assert "NOT delivered (server_error): answered 500: not today" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match="there is no receiver dsek; there are desk"):
        receivers.test(environment, "dsek")
    receivers.listing(environment)
    assert "no stack runs here" in capsys.readouterr().out
