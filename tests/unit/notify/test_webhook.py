import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
from unit.notify.building import NOW, OTHER_SECRET, SECRET, a_receiver, an_id, later

from foreshock_notify.adapters.receivers import Channel
from foreshock_notify.adapters.receivers import webhook as kind
from foreshock_notify.adapters.receivers.wire import retry_after

MESSAGE = an_id("message")
BODY = '{"headline": "出口管制 · é"}'.encode()


@pytest.fixture
async def webhook() -> AsyncIterator[Channel]:
    webhook = kind.channel(a_receiver(secrets=[SECRET, OTHER_SECRET]), ssl.create_default_context())
    yield webhook
    await webhook.close()


def test_each_attempt_is_signed_with_its_own_time(webhook: Channel) -> None:
    first, second = (webhook.sign(MESSAGE, BODY, moment) for moment in (NOW, later(seconds=5)))
    assert first["webhook-id"] == second["webhook-id"] == str(MESSAGE)
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 5
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
def test_every_secret_verifies_a_body_in_any_script(webhook: Channel, secret: str) -> None:
    headers = webhook.sign(MESSAGE, BODY, datetime.now(UTC))
    assert standardwebhooks.Webhook(secret).verify(BODY, headers) == {"headline": "出口管制 · é"}


@pytest.mark.parametrize("asked", [None, "soon", "-5", "1.5", ""])
def test_what_is_noretry_after_is_ignored(asked: str | None) -> None:
    assert retry_after(asked) is None


def testretry_after_is_understood_in_seconds_and_as_a_date() -> None:
    assert retry_after("120") == timedelta(minutes=2)
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    waited = retry_after(in_an_hour)
    assert waited is not None
    assert timedelta(minutes=59) < waited <= timedelta(hours=1)
    assert retry_after("Fri, 12 Jun 2020 17:21:00 GMT") == timedelta(0)
