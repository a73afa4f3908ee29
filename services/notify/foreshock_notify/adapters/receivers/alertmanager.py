"""Alertmanager, in two ways: alerts posted to its API, and its own webhook payload for receivers that already take it.

An alert is named by its labels. They hold what never changes of an incident, and its severity, so that it can be routed
by it; when the severity changes, the alert under the old one is ended along with the first under the new one. What else
is known stands in annotations.

An alert that nobody repeats is resolved by Alertmanager itself, so what we post ends in `HOLD` and is posted again
every `REFRESH` for as long as its incident is open. The body that is kept holds no such end: it is added when sending.
"""

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from foreshock_notify.adapters.receivers.channel import HEADERS, Channel, Handle, PostChannel, encoded
from foreshock_notify.adapters.receivers.looks import is_over, severity
from foreshock_notify.adapters.receivers.wire import Reply
from foreshock_notify.adapters.templates import Wording
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer, Reason
from foreshock_notify.domain.wording import Text, cut, cut_plain, harmless, plain, safe_url, utf16

REFRESH: Final = timedelta(minutes=1)
HOLD: Final = timedelta(minutes=15)
SUMMARY_LIMIT: Final = 1_024
DESCRIPTION_LIMIT: Final = 8_192
ALERT_NAME: Final = "ForeshockIncident"

_NEVER: Final = "0001-01-01T00:00:00Z"
_FNV_OFFSET: Final = 14695981039346656037
_FNV_PRIME: Final = 1099511628211
_MASK: Final = (1 << 64) - 1


def alert(wording: Wording, notification: Notification) -> dict[str, Any]:
    """One alert. It has an end only where the incident is over."""
    data, message = notification.data, wording.write(notification)
    made: dict[str, Any] = {
        "labels": {
            "alertname": ALERT_NAME,
            "incident_id": str(data.incident_id),
            "service": "foreshock",
            "severity": severity(notification),
        },
        "annotations": {
            "summary": cut_plain(message.title, SUMMARY_LIMIT),
            "description": plain(cut(message.body, DESCRIPTION_LIMIT, _size)),
            "status": data.status.value,
            "urgency": data.urgency.value,
            "topics": ", ".join(topic.value for topic in data.topics),
            "rules": harmless(", ".join(data.rules)),
            "revision": str(data.revision),
        },
        "startsAt": _moment(data.first_seen),
    }
    if is_over(notification):
        made["endsAt"] = _moment(max(notification.time, data.first_seen))
    link = data.links.incident or data.posts[0].url
    if link and (safe := safe_url(link)):
        made["generatorURL"] = safe
    return made


def webhook_payload(wording: Wording, notification: Notification, receiver: str) -> dict[str, Any]:
    """What Alertmanager would send to a webhook, version 4: a group of one alert."""
    made = alert(wording, notification)
    status = "resolved" if "endsAt" in made else "firing"
    group = {"alertname": ALERT_NAME, "incident_id": made["labels"]["incident_id"]}
    whole = {
        "status": status,
        "endsAt": _NEVER,
        "generatorURL": "",
        "fingerprint": fingerprint(made["labels"]),
        **made,
    }
    link = notification.data.links.incident or ""
    return {
        "version": "4",
        "groupKey": "{}:{" + ", ".join(f'{name}="{value}"' for name, value in group.items()) + "}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": receiver,
        "groupLabels": group,
        "commonLabels": made["labels"],
        "commonAnnotations": made["annotations"],
        "externalURL": link.partition("/v1/")[0],
        "alerts": [whole],
    }


def fingerprint(labels: Mapping[str, str]) -> str:
    """What Alertmanager calls an alert with these labels: FNV-1a over its sorted names and values."""
    found = _FNV_OFFSET
    for name, value in sorted(labels.items()):
        for byte in (*name.encode(), 255, *value.encode(), 255):
            found = ((found ^ byte) * _FNV_PRIME) & _MASK
    return f"{found:016x}"


def webhook_channel(receiver: Receiver, tls: ssl.SSLContext) -> Channel:
    """A receiver that takes what Alertmanager sends to webhooks."""
    wording = Wording(receiver.template)
    return PostChannel(receiver, tls, lambda told: encoded(webhook_payload(wording, told, receiver.name)))


class Alertmanager(PostChannel):
    """Alertmanager's API."""

    refresh_every = REFRESH

    def __init__(self, receiver: Receiver, tls: ssl.SSLContext) -> None:
        wording = Wording(receiver.template)
        super().__init__(receiver, tls, lambda told: encoded(alert(wording, told)), read, "/api/v2/alerts")

    async def send(self, headers: Mapping[str, str], body: bytes, handle: Handle) -> Answer:
        """Post the alert; where it was known under other labels, end that one with it."""
        now = datetime.now(UTC)
        told = json.loads(body)
        alerts = [_held(told, now)]
        before = json.loads(handle["labels"]) if handle else told["labels"]
        if before != told["labels"]:
            alerts.append(told | {"labels": before, "endsAt": _moment(now)})
        answer = await super().send(headers, encoded(alerts), handle)
        return replace(answer, handle={"labels": json.dumps(told["labels"])}) if answer.reason is Reason.OK else answer

    async def refresh(self, bodies: Sequence[bytes]) -> Answer:
        """Post alerts that were posted before, so that they go on."""
        now = datetime.now(UTC)
        headers = dict(HEADERS) | ({"authorization": f"Bearer {self._bearer}"} if self._bearer else {})
        return await self.wire.post(self.url, headers, encoded([_held(json.loads(body), now) for body in bodies]), read)


def read(reply: Reply) -> Answer:
    """What the API's answer means: 400 says that an alert is none."""
    return reply.answer(Reason.REJECTED if reply.status == 400 else None)


def _held(told: dict[str, Any], now: datetime) -> dict[str, Any]:
    return told if "endsAt" in told else told | {"endsAt": _moment(now + HOLD)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _size(text: Text) -> int:
    return utf16(plain(text))
