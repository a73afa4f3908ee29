"""Standard Webhooks: a CloudEvent in structured JSON, signed.

`webhook-id` names the message through all its attempts, `webhook-timestamp` the attempt; `webhook-signature` carries
one signature for each secret, so that a receiver may go over to a new secret while both are in force.

The address is checked after resolution and pinned, redirects are not followed, the environment's proxies are not used;
an answer is waited for `TIMEOUT` in all and read up to `ANSWER_LIMIT`. No error that leaves here holds the URL, which
may be a secret.
"""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from uuid import UUID

import httpx2
import standardwebhooks

from foreshock_notify.domain.digest import Digest
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer
from foreshock_shared.runtime.egress import PinnedTransport
from foreshock_shared.runtime.errors import ForeshockError

TIMEOUT: Final = 15.0
ANSWER_LIMIT: Final = 65_536
_TOLD: Final = 300
"""Characters of an answer that are kept for whoever asks why it failed."""


class Webhook:
    """One receiver of webhooks."""

    def __init__(self, receiver: Receiver, tls: ssl.SSLContext) -> None:
        self._url = receiver.url.get_secret_value()
        self._signers = [standardwebhooks.Webhook(secret.get_secret_value()) for secret in receiver.secrets]
        self._client = httpx2.AsyncClient(
            transport=PinnedTransport(receiver.allow_private_addresses, tls=tls),
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
        )

    def render(self, notification: Notification) -> bytes:
        """CloudEvents, structured."""
        return notification.model_dump_json().encode()

    def render_digest(self, digest: Digest) -> bytes:
        """CloudEvents, structured."""
        return digest.model_dump_json().encode()

    def sign(self, message: UUID, body: bytes, now: datetime) -> dict[str, str]:
        """The headers of one attempt."""
        text = body.decode()
        signatures = [signer.sign(str(message), now.astimezone(UTC), text) for signer in self._signers]
        return {
            "content-type": "application/json",
            "user-agent": "Foreshock",
            "webhook-id": str(message),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    async def send(self, headers: dict[str, str], body: bytes) -> Answer:
        """POST it and see what comes back."""
        try:
            async with (
                asyncio.timeout(TIMEOUT),
                self._client.stream("POST", self._url, headers=headers, content=body) as response,
            ):
                said = await _read(response)
        except TimeoutError:
            return Answer(error=f"no answer within {TIMEOUT:.0f} s")
        except ForeshockError as error:
            return Answer(error=str(error))
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            return Answer(error=f"{type(error).__name__}: {error}".replace(self._url, "the URL"))
        if response.is_success:
            return Answer(response.status_code)
        after = _retry_after(response.headers.get("retry-after"))
        return Answer(response.status_code, after, f"answered {response.status_code}: {said}"[:_TOLD])

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


async def _read(response: httpx2.Response) -> str:
    """The beginning of an answer, as sent: nothing is decompressed."""
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= ANSWER_LIMIT:
            break
    return read[:_TOLD].decode("utf-8", "replace").replace("\x00", "�")


def _retry_after(value: str | None) -> timedelta | None:
    """What a receiver asks for, in seconds or as a date; nothing where it is neither."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return timedelta(seconds=min(int(value.strip()[:9]), 86_400))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(aware - datetime.now(UTC), timedelta(0))
