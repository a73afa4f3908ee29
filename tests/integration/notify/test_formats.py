"""Every format against a real peer on loopback, through the pipeline that deliveries go through: what it answers, and
what we make of that."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from support.http_peer import Answer, HttpPeer
from unit.notify.building import SECRET

from foreshock_notify.adapters.receivers import apprise, wire
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.domain.retry import Outcome, Reason
from foreshock_notify.pipeline import Attempt
from foreshock_notify.trial import try_out

pytestmark = pytest.mark.servers  # a receiver on loopback

TOKEN = SecretStr("xoxb-very-secret")


@dataclass(frozen=True)
class Form:
    """A format, what its service answers when all is well, and where it is asked."""

    name: str
    format: Format
    well: Answer
    path: str
    base: str = ""
    token: SecretStr | None = None
    channel: str | None = None

    def receiver(self, peer: HttpPeer) -> Receiver:
        secrets = (SecretStr(SECRET),) if self.format is Format.WEBHOOK else ()
        return Receiver("desk", self.format, SecretStr(peer.url + self.base), secrets, True, self.token, self.channel)


def _json(body: Any, status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


POSTED = _json({"ok": True, "channel": "C024BE91L", "ts": "1503435956.000247"})
FORMS = [
    Form("webhook", Format.WEBHOOK, Answer(204), "/hook", "/hook"),
    Form("slack", Format.SLACK, Answer(200, body=b"ok"), "/services/T/B/x", "/services/T/B/x"),
    Form("slack-bot", Format.SLACK, POSTED, "/api/chat.postMessage", "/api", TOKEN, "#alerts"),
    Form("discord", Format.DISCORD, Answer(204), "/api/webhooks/1/x", "/api/webhooks/1/x"),
    Form("teams", Format.TEAMS, Answer(202), "/workflows/x?sig=y", "/workflows/x?sig=y"),
    Form("pagerduty", Format.PAGERDUTY, _json({"status": "success"}, 202), "/v2/enqueue", "/v2/enqueue", TOKEN),
    Form("alertmanager", Format.ALERTMANAGER, Answer(200), "/prefix/api/v2/alerts", "/prefix/", TOKEN),
    Form("alertmanager_webhook", Format.ALERTMANAGER_WEBHOOK, Answer(200), "/alerts", "/alerts", TOKEN),
]
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)


async def _first(form: Form, peer: HttpPeer, *answers: Answer) -> Attempt:
    peer.answer(*answers)
    return (await try_out(form.receiver(peer)))[0]


@pytest.fixture
def other_peer() -> Iterator[HttpPeer]:
    peer = HttpPeer()
    yield peer
    peer.close()


@every_form
async def test_a_test_is_taken_and_says_that_it_is_one(form: Form, http_peer: HttpPeer) -> None:
    http_peer.answer(form.well)
    attempts = await try_out(form.receiver(http_peer))
    assert {attempt.verdict.outcome for attempt in attempts} == {Outcome.DELIVERED}
    first = http_peer.requests[0]
    assert (first.method, first.path) == ("POST", form.path)
    assert first.headers["content-type"].startswith("application/json")
    assert "This is a test of Foreshock" in first.body.decode()
    assert len(http_peer.requests) == (2 if form.format.keeps_open else 1)


@every_form
async def test_too_many_requests_are_waited_for(form: Form, http_peer: HttpPeer) -> None:
    limited = b'{"ok": false, "error": "ratelimited"}'
    attempt = await _first(form, http_peer, Answer(429, {"retry-after": "120"}, limited))
    assert (attempt.verdict.outcome, attempt.answer.reason) == (Outcome.RETRY, Reason.RATE_LIMITED)
    assert attempt.verdict.due_at is not None
    assert attempt.verdict.due_at - attempt.started_at >= timedelta(seconds=120)


@every_form
async def test_a_redirect_is_a_failure_and_never_followed(
    form: Form, http_peer: HttpPeer, other_peer: HttpPeer
) -> None:
    attempt = await _first(form, http_peer, Answer(307, {"location": f"{other_peer.url}/elsewhere"}))
    assert (attempt.verdict.outcome, attempt.answer.reason) == (Outcome.RETRY, Reason.REDIRECT)
    assert other_peer.requests == []


@every_form
async def test_gone_suspends(form: Form, http_peer: HttpPeer) -> None:
    attempt = await _first(form, http_peer, Answer(410))
    assert (attempt.verdict.outcome, attempt.answer.reason) == (Outcome.GONE, Reason.GONE)


@every_form
async def test_an_answer_that_does_not_come_is_not_waited_for(
    form: Form, http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TIMEOUT", 0.2)
    attempt = await _first(form, http_peer, Answer(200, after=30))
    assert (attempt.verdict.outcome, attempt.answer.reason) == (Outcome.RETRY, Reason.TIMEOUT)


@every_form
async def test_a_connection_that_breaks_is_tried_again(form: Form, http_peer: HttpPeer) -> None:
    attempt = await _first(form, http_peer, Answer(drop=True))
    assert (attempt.verdict.outcome, attempt.answer.reason) == (Outcome.RETRY, Reason.UNREACHABLE)


@every_form
async def test_a_server_error_is_tried_again(form: Form, http_peer: HttpPeer) -> None:
    attempt = await _first(form, http_peer, Answer(503, body=b"down for maintenance"))
    assert (attempt.verdict.outcome, attempt.answer.reason) == (Outcome.RETRY, Reason.SERVER_ERROR)


@every_form
async def test_no_error_shows_a_secret(form: Form, http_peer: HttpPeer) -> None:
    for answer in (Answer(drop=True), Answer(500), Answer(307, {"location": "/elsewhere"})):
        error = (await _first(form, http_peer, answer)).answer.error
        assert error
        assert "very-secret" not in error
        assert not form.base.strip("/") or form.base not in error


@every_form
async def test_a_private_address_is_refused_unless_the_entry_allows_it(form: Form, http_peer: HttpPeer) -> None:
    given = form.receiver(http_peer)
    receiver = Receiver("desk", given.format, given.url, given.secrets, False, given.token, given.channel)
    (attempt,) = await try_out(receiver)
    assert attempt.answer.reason is Reason.FORBIDDEN_ADDRESS
    assert http_peer.requests == []


GARBAGE = [form for form in FORMS if form.name in {"slack", "slack-bot", "discord", "pagerduty"}]


@pytest.mark.parametrize("form", GARBAGE, ids=lambda form: form.name)
@pytest.mark.parametrize("body", [b"<html>sign in to the guest network</html>", b"", b"\xff\x00", b"[]"])
async def test_a_success_that_no_such_service_gives_is_none(form: Form, body: bytes, http_peer: HttpPeer) -> None:
    attempt = await _first(form, http_peer, Answer(202 if form.name == "pagerduty" else 200, body=body))
    assert (attempt.verdict.outcome, attempt.answer.reason) == (Outcome.RETRY, Reason.UNUSABLE_ANSWER)


async def test_what_the_api_of_slack_refuses_under_200_is_refused(http_peer: HttpPeer) -> None:
    bot = next(form for form in FORMS if form.name == "slack-bot")
    limited = await _first(bot, http_peer, _json({"ok": False, "error": "ratelimited"}))
    assert (limited.verdict.outcome, limited.answer.reason) == (Outcome.RETRY, Reason.RATE_LIMITED)
    unknown = await _first(bot, http_peer, _json({"ok": False, "error": "channel_not_found"}))
    assert (unknown.verdict.outcome, unknown.answer.reason) == (Outcome.GONE, Reason.MISCONFIGURED)
    assert unknown.answer.error == "answered 200: channel_not_found"
    refused = await _first(bot, http_peer, _json({"ok": False, "error": "invalid_blocks"}))
    assert refused.verdict.outcome is Outcome.REFUSED


async def test_tokens_stand_where_each_service_wants_them(http_peer: HttpPeer) -> None:
    for form in FORMS:
        if form.token is not None:
            await _first(form, http_peer, form.well)
            request = http_peer.requests[0]
            http_peer.requests.clear()
            if form.name == "pagerduty":
                assert request.json()["routing_key"] == "xoxb-very-secret"
                assert "authorization" not in request.headers
            else:
                assert request.headers["authorization"] == "Bearer xoxb-very-secret"


# Apprise


def _apprise(url: str) -> Receiver:
    return Receiver("desk", Format.APPRISE, SecretStr(url))


async def test_apprise_sends_in_its_own_way(http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(200))
    (attempt,) = await try_out(_apprise(http_peer.url.replace("http", "json") + "/hook"))
    assert attempt.verdict.outcome is Outcome.DELIVERED
    assert "This is a test of Foreshock" in http_peer.requests[0].json()["message"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, Reason.RATE_LIMITED), (500, Reason.SERVER_ERROR), (404, Reason.CLIENT_ERROR), (410, Reason.GONE)],
)
async def test_the_status_behind_apprise_is_found(http_peer: HttpPeer, status: int, reason: Reason) -> None:
    http_peer.answer(Answer(status))
    (attempt,) = await try_out(_apprise(http_peer.url.replace("http", "json") + "/very-secret"))
    assert attempt.answer.reason is reason
    assert "very-secret" not in (attempt.answer.error or "")


async def test_apprise_that_hangs_is_not_waited_for(http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "TIMEOUT", 0.3)
    http_peer.answer(Answer(200, after=2))
    (attempt,) = await try_out(_apprise(http_peer.url.replace("http", "json") + "/hook"))
    assert (attempt.verdict.outcome, attempt.answer.reason) == (Outcome.RETRY, Reason.TIMEOUT)


class _Mail(asyncio.Protocol):
    """Enough of a mail server to be sent one mail."""

    def __init__(self, taken: list[str]) -> None:
        self._taken = taken
        self._text = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._say("220 here")

    def data_received(self, data: bytes) -> None:
        if self._text:
            self._taken[-1] += data.decode()
            if self._taken[-1].endswith("\r\n.\r\n"):
                self._text = False
                self._say("250 taken")
            return
        for line in data.decode().splitlines():
            word = line[:4].upper()
            if word == "DATA":
                self._text = True
                self._taken.append("")
                self._say("354 go on")
            else:
                self._say("221 bye" if word == "QUIT" else "250 fine")

    def _say(self, line: str) -> None:
        self._transport.write(f"{line}\r\n".encode())


async def test_a_mail_arrives() -> None:
    taken: list[str] = []
    server = await asyncio.get_running_loop().create_server(lambda: _Mail(taken), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        url = f"mailto://127.0.0.1:{port}/?from=foreshock@example.org&to=desk@example.org&mode=insecure&smtp=127.0.0.1"
        (attempt,) = await try_out(_apprise(url))
    finally:
        server.close()
        await server.wait_closed()
    assert attempt.verdict.outcome is Outcome.DELIVERED, attempt.answer
    assert "desk@example.org" in taken[0]
