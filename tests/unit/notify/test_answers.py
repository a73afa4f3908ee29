"""What the answers of services mean: facts of their protocols, as their documentation states them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from foreshock_notify.adapters.receivers import alertmanager, discord, pagerduty, slack_errors, teams
from foreshock_notify.adapters.receivers.wire import Reader, Reply, by_status
from foreshock_notify.domain.retry import Reason

DOCUMENTS: list[tuple[Reader, int, Any, Reason]] = [
    (slack_errors.read_webhook, 200, b"ok", Reason.OK),
    (slack_errors.read_webhook, 200, b"<html>welcome to the hotel</html>", Reason.UNUSABLE_ANSWER),
    (slack_errors.read_webhook, 400, b"invalid_payload", Reason.REJECTED),
    (slack_errors.read_webhook, 403, b"action_prohibited", Reason.MISCONFIGURED),
    (slack_errors.read_webhook, 404, b"no_service", Reason.MISCONFIGURED),
    (slack_errors.read_webhook, 404, b"<html>a proxy in between</html>", Reason.CLIENT_ERROR),
    (slack_errors.read_webhook, 410, b"channel_is_archived", Reason.MISCONFIGURED),
    (slack_errors.read_webhook, 429, b"rate_limited", Reason.RATE_LIMITED),
    (slack_errors.read_webhook, 500, b"rollup_error", Reason.SERVER_ERROR),
    (slack_errors.read_api, 200, {"ok": True, "channel": "C1", "ts": "1.2"}, Reason.OK),
    (slack_errors.read_api, 200, {"ok": True}, Reason.UNUSABLE_ANSWER),
    (slack_errors.read_api, 200, b"[]", Reason.UNUSABLE_ANSWER),
    (slack_errors.read_api, 200, {"ok": False, "error": "ratelimited"}, Reason.RATE_LIMITED),
    (slack_errors.read_api, 429, {"ok": False, "error": "ratelimited"}, Reason.RATE_LIMITED),
    (slack_errors.read_api, 200, {"ok": False, "error": "channel_not_found"}, Reason.MISCONFIGURED),
    (slack_errors.read_api, 200, {"ok": False, "error": "token_revoked"}, Reason.MISCONFIGURED),
    (slack_errors.read_api, 200, {"ok": False, "error": "invalid_blocks"}, Reason.REJECTED),
    (slack_errors.read_api, 200, {"ok": False, "error": "internal_error"}, Reason.SERVER_ERROR),
    (slack_errors.read_api, 200, {"ok": False, "error": "something_new"}, Reason.CLIENT_ERROR),
    (slack_errors.read_api, 503, b"down", Reason.SERVER_ERROR),
    (discord.read, 204, b"", Reason.OK),
    (discord.read, 200, {"id": "7"}, Reason.OK),
    (discord.read, 200, b"<html>", Reason.UNUSABLE_ANSWER),
    (discord.read, 404, {"code": 10015, "message": "Unknown Webhook"}, Reason.MISCONFIGURED),
    (discord.read, 404, b"", Reason.CLIENT_ERROR),
    (discord.read, 401, {"code": 50027, "message": "Invalid Webhook Token"}, Reason.MISCONFIGURED),
    (discord.read, 400, {"code": 50035, "message": "Invalid Form Body"}, Reason.REJECTED),
    (teams.read, 202, b"", Reason.OK),
    (teams.read, 400, {"error": {"code": "WorkflowTriggerIsNotEnabled"}}, Reason.MISCONFIGURED),
    (teams.read, 404, {"error": {"code": "WorkflowNotFound"}}, Reason.MISCONFIGURED),
    (teams.read, 400, {"error": {"code": "InvalidRequestContent"}}, Reason.REJECTED),
    (teams.read, 413, b"", Reason.REJECTED),
    (teams.read, 502, b"", Reason.SERVER_ERROR),
    (pagerduty.read, 202, {"status": "success", "dedup_key": "x"}, Reason.OK),
    (pagerduty.read, 202, b"<html>", Reason.UNUSABLE_ANSWER),
    (pagerduty.read, 400, {"status": "invalid event"}, Reason.REJECTED),
    (pagerduty.read, 429, b"", Reason.RATE_LIMITED),
    (alertmanager.read, 200, b"", Reason.OK),
    (alertmanager.read, 400, b"bad alert", Reason.REJECTED),
    (alertmanager.read, 503, b"", Reason.SERVER_ERROR),
    (by_status, 302, b"", Reason.REDIRECT),
    (by_status, 410, b"", Reason.GONE),
    (by_status, 422, b"", Reason.CLIENT_ERROR),
]


@pytest.mark.parametrize(("read", "status", "body", "reason"), DOCUMENTS)
def test_an_answer_means_what_its_service_says(read: Reader, status: int, body: Any, reason: Reason) -> None:
    answer = read(Reply(status, None, body if isinstance(body, bytes) else json.dumps(body).encode()))
    assert answer.reason is reason
    assert (answer.error is None) is (reason is Reason.OK)


def test_slack_says_what_its_message_is_called() -> None:
    answer = slack_errors.read_api(Reply(200, None, b'{"ok": true, "channel": "C1", "ts": "17.5"}'))
    assert answer.handle == {"channel": "C1", "ts": "17.5"}


@pytest.mark.parametrize(("header", "body", "wait"), [(None, 1.5, 1.5), (5, 1.5, 5), (5, "soon", 5), (5, -1, 5)])
def test_discord_names_the_longer_of_two_waits(header: int | None, body: Any, wait: float) -> None:
    asked = None if header is None else timedelta(seconds=header)
    answer = discord.read(Reply(429, asked, json.dumps({"retry_after": body}).encode()))
    assert answer.retry_after == timedelta(seconds=wait)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"null", b"[1]", b"{" * 50_000, b'{"error": 7}', b'{"code": [1]}'])
@pytest.mark.parametrize(
    "read", [slack_errors.read_webhook, slack_errors.read_api, discord.read, teams.read, pagerduty.read]
)
def test_garbage_is_read_without_harm(read: Reader, body: bytes) -> None:
    for status in (200, 202, 400, 429, 500):
        assert isinstance(read(Reply(status, None, body)).reason, Reason)
