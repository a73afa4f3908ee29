"""Discord: an embed through a channel's webhook. Nobody is ever mentioned: `allowed_mentions` is empty.

Limits: title 256, description 4096 characters, 6000 in all. 429 names the seconds to wait in its header and its body.
"""

import ssl
from datetime import timedelta
from typing import Any, Final

from foreshock_notify.adapters.receivers.channel import Channel, PostChannel, encoded
from foreshock_notify.adapters.receivers.looks import colour
from foreshock_notify.adapters.receivers.wire import Reply
from foreshock_notify.adapters.templates import Wording
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer, Reason
from foreshock_notify.domain.wording import Piece, cut, markdown, safe_url, utf16

TITLE_LIMIT: Final = 256
DESCRIPTION_LIMIT: Final = 4_096

_NO_WEBHOOK: Final = frozenset({"10015", "50027"})
"""Unknown webhook; invalid token of a webhook."""


def payload(wording: Wording, notification: Notification) -> dict[str, Any]:
    """One message with one embed."""
    message = wording.write(notification)
    embed: dict[str, Any] = {
        "title": markdown(cut((Piece(message.title),), TITLE_LIMIT, _size)),
        "description": markdown(cut(message.body, DESCRIPTION_LIMIT, _size)),
        "color": colour(notification),
        "timestamp": notification.time.isoformat(),
        "footer": {"text": f"Foreshock, revision {notification.data.revision}"},
    }
    link = notification.data.links.incident
    if link and (safe := safe_url(link)):
        embed["url"] = safe
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def read(reply: Reply) -> Answer:
    """What Discord's answer means."""
    said = reply.json()
    if reply.status == 429 and isinstance(wait := said.get("retry_after"), (int, float)) and 0 <= wait < 86_400:
        return Reply(reply.status, max(timedelta(seconds=wait), reply.retry_after or timedelta(0)), reply.body).answer()
    if str(said.get("code")) in _NO_WEBHOOK:
        return reply.answer(Reason.MISCONFIGURED)
    if 200 <= reply.status < 300 and reply.status != 204 and "id" not in said:
        return reply.answer(Reason.UNUSABLE_ANSWER)
    return reply.answer(Reason.REJECTED if reply.status == 400 and "code" in said else None)


def channel(receiver: Receiver, tls: ssl.SSLContext) -> Channel:
    """A channel's webhook."""
    wording = Wording(receiver.template)
    return PostChannel(receiver, tls, lambda notification: encoded(payload(wording, notification)), read)


def _size(text: tuple[Piece, ...]) -> int:
    return utf16(markdown(text))
