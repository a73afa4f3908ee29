"""Messages that are remembered: a bot's one message in Slack, and alerts that go on until their incident is over."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from integration.notify.office import Office
from pydantic import SecretStr
from support.alertmanager import RealAlertmanager
from support.http_peer import Answer, HttpPeer, Request
from support.waiting import eventually
from unit.notify.building import incident_of

from foreshock_notify.adapters.hands import Hands
from foreshock_notify.adapters.outbox import Outbox
from foreshock_notify.adapters.receivers import alertmanager as kind
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.pipeline import utc_now
from foreshock_shared.contracts.judgement import Urgency
from foreshock_shared.contracts.post import Tier

pytestmark = pytest.mark.servers

INCIDENT = incident_of("the directive")
BOT_TOKEN = SecretStr("xoxb-token")


@pytest.fixture
async def office(pool: asyncpg.Pool) -> AsyncIterator[Office]:
    office = Office(pool)
    yield office
    await office.dispatch.close()


class Slack:
    """Enough of Slack's API: messages by their time stamps. `fails` names the error of a method, once."""

    def __init__(self) -> None:
        self.fails: dict[str, str] = {}
        self.count = 0

    def __call__(self, request: Request) -> Answer:
        method, said = request.path.rpartition("/")[2], request.json()
        if method in self.fails:
            return _json({"ok": False, "error": self.fails.pop(method)})
        if method == "chat.update":
            return _json({"ok": True, "channel": said["channel"], "ts": said["ts"]})
        self.count += 1
        return _json({"ok": True, "channel": "C024BE91L", "ts": f"170000000{self.count}.0001"})


def _json(body: Any) -> Answer:
    return Answer(200, {"content-type": "application/json"}, json.dumps(body).encode())


def _bot(peer: HttpPeer) -> Receiver:
    return Receiver("desk", Format.SLACK, SecretStr(f"{peer.url}/api"), (), True, BOT_TOKEN, "#alerts")


def _calls(peer: HttpPeer) -> list[tuple[str, Any]]:
    return [(request.path.rpartition(".")[2], request.json()) for request in peer.requests]


@pytest.fixture
def slack(http_peer: HttpPeer) -> Slack:
    slack = Slack()
    http_peer.answer_by(slack)
    return slack


async def _delivered(office: Office, count: int) -> bool:
    return (await office.states()).count("delivered") == count


async def test_a_bot_posts_once_then_edits_and_tells_the_change_in_its_thread(
    office: Office, http_peer: HttpPeer, slack: Slack
) -> None:
    await office.employ(_bot(http_peer))
    await office.post("first")
    await eventually(lambda: _delivered(office, 1))
    await office.post("notice", tier=Tier.OFFICIAL)
    await eventually(lambda: _delivered(office, 2))
    await office.post("lift", story="the lift", ends="the directive")
    await eventually(lambda: len(_calls(http_peer)) >= 5)
    calls = _calls(http_peer)
    assert [name for name, _ in calls] == ["postMessage", "update", "postMessage", "update", "postMessage"]
    post, edit, reply, second_edit, _ = (said for _, said in calls)
    assert post["channel"] == "#alerts"
    assert (edit["channel"], edit["ts"]) == ("C024BE91L", "1700000001.0001")
    assert (reply["channel"], reply["thread_ts"]) == ("C024BE91L", "1700000001.0001")
    assert reply["text"].startswith("Now official, urgency critical")
    assert second_edit["ts"] == edit["ts"]
    assert http_peer.requests[0].headers["authorization"] == "Bearer xoxb-token"


async def test_a_bot_shows_who_has_taken_an_incident_on_and_goes_on_showing_it(
    office: Office, http_peer: HttpPeer, slack: Slack
) -> None:
    await office.employ(_bot(http_peer))
    await office.post("first")
    await eventually(lambda: _delivered(office, 1))
    done = await Hands(office.pool).acknowledge(office.rules, INCIDENT, "ann", "on it", utc_now())
    assert done is not None
    assert done.receivers == {"desk"}
    office.dispatch.wake(done.receivers)
    await eventually(lambda: _delivered(office, 2))
    await office.post("notice", tier=Tier.OFFICIAL)
    await eventually(lambda: _delivered(office, 3))
    calls = _calls(http_peer)
    assert [method for method, _ in calls] == ["postMessage", "update", "update", "postMessage"]
    assert ["by ann" in json.dumps(said.get("blocks")) for _, said in calls] == [False, True, True, False]
    assert calls[3][1]["text"].startswith("Now official")


async def test_what_a_bot_posted_is_known_to_another_replica(
    office: Office, http_peer: HttpPeer, slack: Slack, pool: asyncpg.Pool
) -> None:
    await office.employ(_bot(http_peer))
    await office.post("first")
    await eventually(lambda: _delivered(office, 1))
    await office.dispatch.close()
    other = Office(pool)
    await other.employ(_bot(http_peer))
    try:
        await other.post("notice", tier=Tier.OFFICIAL)
        await eventually(lambda: _delivered(other, 2))
    finally:
        await other.dispatch.close()
    assert [name for name, _ in _calls(http_peer)] == ["postMessage", "update", "postMessage"]


@pytest.mark.parametrize(
    "error", ["message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"]
)
async def test_a_message_that_cannot_be_edited_is_posted_anew(
    office: Office, http_peer: HttpPeer, slack: Slack, error: str
) -> None:
    await office.employ(_bot(http_peer))
    await office.post("first")
    await eventually(lambda: _delivered(office, 1))
    slack.fails["chat.update"] = error
    await office.post("notice", tier=Tier.OFFICIAL)
    await eventually(lambda: _delivered(office, 2))
    assert [name for name, _ in _calls(http_peer)] == ["postMessage", "update", "postMessage"]
    handle = await office.pool.fetchval("SELECT handle FROM notify.messages")
    assert handle["ts"] == "1700000002.0001"


async def test_a_failed_thread_reply_is_tried_again_under_the_same_message(
    office: Office, http_peer: HttpPeer, slack: Slack
) -> None:
    await office.employ(_bot(http_peer))
    await office.post("first")
    await eventually(lambda: _delivered(office, 1))
    slack.fails["chat.postMessage"] = "internal_error"
    await office.post("notice", tier=Tier.OFFICIAL)
    await eventually(lambda: _delivered(office, 2))
    names = [name for name, _ in _calls(http_peer)]
    assert names == ["postMessage", "update", "postMessage", "update", "postMessage"]


async def test_a_channel_that_is_not_there_suspends_and_loses_nothing(
    office: Office, http_peer: HttpPeer, slack: Slack
) -> None:
    slack.fails["chat.postMessage"] = "channel_not_found"
    await office.employ(_bot(http_peer))
    await office.post("first")
    await eventually(lambda: _suspended(office))
    assert await office.states() == ["pending"]
    given = _bot(http_peer)
    await office.employ(Receiver("desk", given.format, given.url, (), True, given.token, "#another"))
    await eventually(lambda: _delivered(office, 1))
    assert _calls(http_peer)[-1][1]["channel"] == "#another"


async def _suspended(office: Office) -> bool:
    return bool(await office.pool.fetchval("SELECT true FROM notify.receivers WHERE suspended_at IS NOT NULL"))


# Alertmanager itself


def _alerting(url: str) -> Receiver:
    return Receiver("desk", Format.ALERTMANAGER, SecretStr(url), (), True)


def _told(peer: HttpPeer) -> list[dict[str, Any]]:
    return [request.json() for request in peer.requests if request.path == "/from-alertmanager"]


async def test_an_alert_goes_on_while_its_incident_is_open_and_ends_with_it(
    office: Office, http_peer: HttpPeer, alertmanager: RealAlertmanager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "HOLD", timedelta(seconds=4))
    monkeypatch.setattr(kind.Alertmanager, "refresh_every", timedelta(milliseconds=500))
    await eventually(alertmanager.ready)
    await office.employ(_alerting(alertmanager.url))
    await office.post("first")
    (alert,) = await eventually(alertmanager.alerts)
    assert alert["labels"]["incident_id"] == str(INCIDENT)
    assert alert["fingerprint"] == kind.fingerprint(alert["labels"])
    outlived = _moment(alert, "endsAt") + kind.HOLD
    await eventually(lambda: _moment(alertmanager.alerts()[0], "endsAt") > outlived, within=20)
    await office.post("lift", story="the lift", ends="the directive")
    await eventually(lambda: _resolved(http_peer))
    assert all(each["labels"]["incident_id"] != str(INCIDENT) for each in alertmanager.alerts())
    assert await Outbox(office.pool).standing("desk") == []


def _moment(alert: dict[str, Any], key: str) -> datetime:
    return datetime.fromisoformat(alert[key])


def _resolved(peer: HttpPeer) -> list[dict[str, Any]]:
    return [t for t in _told(peer) if t["status"] == "resolved" and t["groupLabels"]["incident_id"] == str(INCIDENT)]


async def test_our_webhook_payload_has_the_shape_of_alertmanagers_own(
    office: Office, http_peer: HttpPeer, alertmanager: RealAlertmanager
) -> None:
    await eventually(alertmanager.ready)
    through = Receiver("through", Format.ALERTMANAGER, SecretStr(alertmanager.url), (), True)
    direct = Receiver("direct", Format.ALERTMANAGER_WEBHOOK, SecretStr(f"{http_peer.url}/ours"), (), True)
    await office.employ(through, direct)
    await office.post("first")
    (ours,) = await eventually(lambda: [r.json() for r in http_peer.requests if r.path == "/ours"])
    theirs = (await eventually(lambda: _told(http_peer)))[0]
    assert ours.keys() == theirs.keys()
    assert ours["alerts"][0].keys() == theirs["alerts"][0].keys()
    for key in ("labels", "annotations", "fingerprint", "status", "generatorURL"):
        assert ours["alerts"][0][key] == theirs["alerts"][0][key], key
    # Moments, not texts: Alertmanager writes no zeros at the end of a second's fraction.
    assert _moment(ours["alerts"][0], "startsAt") == _moment(theirs["alerts"][0], "startsAt")
    for key in ("version", "status", "truncatedAlerts", "commonLabels", "commonAnnotations"):
        assert ours[key] == theirs[key], key


async def test_another_severity_ends_the_alert_under_the_old_one(
    office: Office, http_peer: HttpPeer, alertmanager: RealAlertmanager
) -> None:
    await eventually(alertmanager.ready)
    await office.employ(_alerting(alertmanager.url))
    await office.post("first", urgency=Urgency.MEDIUM)
    await eventually(lambda: [a["labels"]["severity"] for a in alertmanager.alerts()] == ["warning"])
    await office.post("second", urgency=Urgency.CRITICAL, tier=Tier.OFFICIAL)
    await eventually(lambda: [a["labels"]["severity"] for a in alertmanager.alerts()] == ["critical"])


async def test_the_closing_of_an_idle_incident_ends_its_alert_and_is_told_to_who_was_told(
    office: Office, http_peer: HttpPeer, alertmanager: RealAlertmanager, pool: asyncpg.Pool
) -> None:
    await eventually(alertmanager.ready)
    hook = Receiver("hook", Format.ALERTMANAGER_WEBHOOK, SecretStr(f"{http_peer.url}/ours"), (), True)
    chat = Receiver("chat", Format.TEAMS, SecretStr(f"{http_peer.url}/chat"), (), True)
    await office.employ(_alerting(alertmanager.url), hook, chat)
    await office.post("first")
    await eventually(alertmanager.alerts)
    await eventually(lambda: _delivered(office, 3))
    await pool.execute("UPDATE notify.incidents SET last_post_at = last_post_at - interval '100 hours'")
    office.dispatch.wake(await Hands(pool).close_idle(office.rules, utc_now()))
    await eventually(lambda: _delivered(office, 6))
    await eventually(lambda: alertmanager.alerts() == [])
    statuses = [request.json()["status"] for request in http_peer.requests if request.path == "/ours"]
    assert statuses == ["firing", "resolved"]
    assert len([request for request in http_peer.requests if request.path == "/chat"]) == 2
