"""What every kind of receiver is to the pipeline, and the kind that takes one document by POST, as most do."""

import json
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeAlias
from uuid import UUID

import standardwebhooks

from foreshock_notify.adapters.receivers.wire import Reader, Wire, by_status
from foreshock_notify.domain.digest import Digest
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer

HEADERS: Final = {"content-type": "application/json", "user-agent": "Foreshock"}

Handle: TypeAlias = Mapping[str, str] | None
"""What an earlier delivery of the same incident has left to remember."""

Render: TypeAlias = Callable[[Notification], bytes]


class Channel(Protocol):
    """One receiver's way to be told."""

    def render(self, notification: Notification) -> bytes:
        """The body as it will be sent, at every attempt alike. Pure: called once, at the first attempt."""
        ...

    def render_digest(self, digest: Digest) -> bytes:
        """The body of a digest, frozen like any other. A format without one of its own tells it as a notification."""
        return self.render(digest.as_notification())

    def sign(self, message: UUID, body: bytes, now: datetime) -> dict[str, str]:
        """The headers of one attempt, made anew for each."""
        ...

    async def send(self, headers: Mapping[str, str], body: bytes, handle: Handle) -> Answer:
        """Make one attempt. Never raises for what a receiver or the way to it does; that is an answer too."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class PostChannel(Channel):
    """A receiver that takes one JSON document by POST; signed (Standard Webhooks) where it has secrets."""

    def __init__(
        self, receiver: Receiver, tls: ssl.SSLContext, render: Render, read: Reader = by_status, path: str = ""
    ) -> None:
        self._render = render
        self.wire = Wire(tls, allow_private_addresses=receiver.allow_private_addresses)
        url = receiver.url.get_secret_value()
        self.url = url.rstrip("/") + path if path else url
        self._read = read
        self._signers = [standardwebhooks.Webhook(secret.get_secret_value()) for secret in receiver.secrets]
        self._bearer = receiver.token.get_secret_value() if receiver.token else ""

    def render(self, notification: Notification) -> bytes:
        """The document."""
        return self._render(notification)

    def sign(self, message: UUID, body: bytes, now: datetime) -> dict[str, str]:
        """The headers of one attempt."""
        headers = dict(HEADERS)
        if self._bearer:
            headers["authorization"] = f"Bearer {self._bearer}"
        if self._signers:
            text = body.decode()
            signatures = [signer.sign(str(message), now.astimezone(UTC), text) for signer in self._signers]
            headers |= {
                "webhook-id": str(message),
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": " ".join(signatures),
            }
        return headers

    async def send(self, headers: Mapping[str, str], body: bytes, handle: Handle) -> Answer:  # noqa: ARG002
        """POST it once."""
        return await self.wire.post(self.url, headers, body, self._read)

    async def close(self) -> None:
        """Close its connections."""
        await self.wire.close()


def encoded(document: Any) -> bytes:
    """A document as JSON, each character as itself."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
