"""How urgent something looks: the few words and colours that services have for it."""

from typing import Final

from foreshock_notify.domain.notification import Kind, Notification, Status
from foreshock_notify.domain.standing import Reason
from foreshock_shared.contracts.judgement import Urgency

_OVER: Final = frozenset({Status.LIFTED, Status.RETRACTED, Status.CLOSED})
_COLOURS: Final = {
    Urgency.CRITICAL: 0xC62828,
    Urgency.HIGH: 0xEF6C00,
    Urgency.MEDIUM: 0xF9A825,
    Urgency.LOW: 0x546E7A,
}
_OVER_COLOUR: Final = 0x2E7D32
_SEVERITIES: Final = {
    Urgency.CRITICAL: "critical",
    Urgency.HIGH: "error",
    Urgency.MEDIUM: "warning",
    Urgency.LOW: "info",
}


def is_over(notification: Notification) -> bool:
    """Whether the incident is over, be it news to the receiver that there was one at all."""
    return notification.data.status in _OVER


def only_acknowledges(notification: Notification) -> bool:
    """Whether all that is new to a receiver that knows of the incident is that somebody has taken it on."""
    acknowledged = notification.data.why.decision == Reason.ACKNOWLEDGED
    return acknowledged and notification.type == Kind.UPDATED.event and not is_over(notification)


def colour(notification: Notification) -> int:
    """A colour, as 0xRRGGBB."""
    return _OVER_COLOUR if is_over(notification) else _COLOURS[notification.data.urgency]


def severity(notification: Notification) -> str:
    """One of critical, error, warning, info."""
    return _SEVERITIES[notification.data.urgency]
