"""Standard Webhooks: a CloudEvent in structured JSON, signed.

`webhook-id` names the message through all its attempts, `webhook-timestamp` the attempt; `webhook-signature` carries
one signature for each secret, so that a receiver may go over to a new secret while both are in force.
"""

import ssl

from foreshock_notify.adapters.receivers.channel import Channel, PostChannel
from foreshock_notify.domain.digest import Digest
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver


def payload(notification: Notification) -> bytes:
    """CloudEvents, structured."""
    return notification.model_dump_json().encode()


class Webhook(PostChannel):
    """A receiver of webhooks."""

    def render_digest(self, digest: Digest) -> bytes:
        """CloudEvents, structured."""
        return digest.model_dump_json().encode()


def channel(receiver: Receiver, tls: ssl.SSLContext) -> Channel:
    """A receiver of webhooks."""
    return Webhook(receiver, tls, payload)
