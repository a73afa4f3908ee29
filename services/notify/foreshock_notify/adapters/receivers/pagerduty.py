"""PagerDuty, Events v2: one alert for each incident, triggered and resolved under its id.

An update is a further trigger with the same key, which PagerDuty adds to the alert; who takes the incident on here
acknowledges it there; a lift, a retraction and a closing resolve it. 202 is a success, 400 says that an event is none
and will not be taken later either, 429 and 5xx are tried again. A summary has 1024 characters at most, an event 512 KB.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from foreshock_notify.adapters.receivers.channel import Handle, PostChannel, encoded
from foreshock_notify.adapters.receivers.looks import is_over, only_acknowledges, severity
from foreshock_notify.adapters.receivers.wire import Reply
from foreshock_notify.adapters.templates import Wording
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer, Reason
from foreshock_notify.domain.wording import Piece, cut, cut_plain, harmless, link, plain, safe_url, utf16

URL: Final = "https://events.pagerduty.com/v2/enqueue"
SUMMARY_LIMIT: Final = 1_024
DETAILS_LIMIT: Final = 16_384
SOURCE_LIMIT: Final = 255


def payload(wording: Wording, notification: Notification) -> dict[str, Any]:
    """One event, without its key: a body is kept, and a key is a secret that may change."""
    data = notification.data
    message = wording.write(notification)
    event: dict[str, Any] = {
        "event_action": _action(notification),
        "dedup_key": str(data.incident_id),
        "client": "Foreshock",
        "payload": {
            "summary": cut_plain(message.title, SUMMARY_LIMIT),
            "source": cut_plain(harmless(data.posts[0].source), SOURCE_LIMIT) or "foreshock",
            "severity": severity(notification),
            "timestamp": notification.time.isoformat(),
            "component": "foreshock",
            "group": data.topics[0].value,
            "class": data.status.value,
            "custom_details": {
                "message": plain(cut(message.body, DETAILS_LIMIT, _size)),
                "revision": data.revision,
                "origins": data.origins,
                "rules": [harmless(rule) for rule in data.rules],
                "effect": data.effect.action.value if data.effect else None,
            },
        },
    }
    links = [(data.links.incident, "The incident"), *((post.url, post.source) for post in data.posts[:3])]
    shown = [link(url, label) for url, label in links]
    event["links"] = [{"href": each.url, "text": cut_plain(each.text, SOURCE_LIMIT)} for each in shown if each.url]
    if data.links.incident and (own := safe_url(data.links.incident)):
        event["client_url"] = own
    return event


def _action(notification: Notification) -> str:
    if is_over(notification):
        return "resolve"
    return "acknowledge" if only_acknowledges(notification) else "trigger"


def read(reply: Reply) -> Answer:
    """What PagerDuty's answer means."""
    if reply.status == 202 and reply.json().get("status") != "success":
        return reply.answer(Reason.UNUSABLE_ANSWER)
    return reply.answer(Reason.REJECTED if reply.status == 400 else None)


class Integration(PostChannel):
    """A service's integration, known by its key."""

    def __init__(self, receiver: Receiver, tls: ssl.SSLContext) -> None:
        wording = Wording(receiver.template)
        super().__init__(
            replace(receiver, token=None), tls, lambda notification: encoded(payload(wording, notification)), read
        )
        self._key = receiver.token.get_secret_value() if receiver.token else ""

    async def send(self, headers: Mapping[str, str], body: bytes, handle: Handle) -> Answer:
        """POST it once, with the key of now."""
        return await super().send(headers, encoded({"routing_key": self._key, **json.loads(body)}), handle)


def _size(text: tuple[Piece, ...]) -> int:
    return utf16(plain(text))
