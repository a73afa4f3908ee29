"""The receiver of the demonstration, the benchmark and the tests."""

import json
from datetime import UTC, datetime

import httpx2
import pytest
from standardwebhooks import Webhook

from foreshock_stack.receiver import Receiver, new_secret

BODY = json.dumps({"type": "foreshock.incident.opened.v1", "data": {"revision": 1}})


def send(url: str, secret: str, body: str = BODY, **changed: str) -> int:
    now = datetime.now(UTC)
    signature = Webhook(secret).sign("msg-1", now, body)
    headers = {"webhook-id": "msg-1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    return httpx2.post(url, content=body, headers=headers | changed, trust_env=False).status_code


def test_a_signed_webhook_is_taken_as_signed() -> None:
    secret = new_secret()
    with Receiver(secret) as receiver:
        assert send(receiver.url, secret) == 204
    [received] = receiver.received
    assert received.signed
    assert (received.webhook_id, received.data) == ("msg-1", {"revision": 1})


@pytest.mark.parametrize("signature", ["v1,AAAA", "nonsense", "", "v1,%%%"])
def test_a_wrong_signature_is_seen(signature: str) -> None:
    secret = new_secret()
    with Receiver(secret) as receiver:
        send(receiver.url, secret, **{"webhook-signature": signature})
    assert [received.signed for received in receiver.received] == [False]


def test_a_body_that_is_no_json_is_refused_and_the_receiver_lives() -> None:
    secret = new_secret()
    with Receiver(secret) as receiver:
        assert send(receiver.url, secret, body="{") == 400
        assert send(receiver.url, secret) == 204
