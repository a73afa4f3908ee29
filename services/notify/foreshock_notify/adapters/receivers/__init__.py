"""How each kind of receiver is told: one file a kind, behind one small protocol.

To add a kind: a class with the two methods of `Channel`, a member of `domain.receivers.Format`, and a line in `_KINDS`.
"""

import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from foreshock_notify.adapters.receivers.webhook import Webhook
from foreshock_notify.domain.digest import Digest
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.domain.retry import Answer


class Channel(Protocol):
    """One receiver's way to be told."""

    def render(self, notification: Notification) -> bytes:
        """The body as it will be sent, at every attempt alike. Pure: called once, at the first attempt."""
        ...

    def render_digest(self, digest: Digest) -> bytes:
        """The body of a digest, frozen like any other. A format without one of its own, which says that it is a
        `Channel`, tells it as a notification."""
        return self.render(digest.as_notification())

    def sign(self, message: UUID, body: bytes, now: datetime) -> dict[str, str]:
        """The headers of one attempt, made anew for each."""
        ...

    async def send(self, headers: dict[str, str], body: bytes) -> Answer:
        """Make one attempt. Never raises for what a receiver or the way to it does; that is an answer too."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


_KINDS: Final[dict[Format, Callable[[Receiver, ssl.SSLContext], Channel]]] = {Format.WEBHOOK: Webhook}


def open_channel(receiver: Receiver, tls: ssl.SSLContext) -> Channel:
    """The channel of a receiver, by its format."""
    return _KINDS[receiver.format](receiver, tls)
