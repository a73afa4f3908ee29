"""How firm an incident is, and what moves it: one table, each step with its named reason.

    unconfirmed ──► corroborated ──► official      as origins come in; never back
         └───────────────┴───────────────┴──► lifted | retracted | closed | merged

What an event does not move is not in the table. `lifted` and `retracted` are final: reports on a measure go on for days
after it has gone. A closed or merged incident is reopened by who reports it anew.
"""

from enum import StrEnum
from typing import Final

from foreshock_notify.domain.notification import Status
from foreshock_shared.contracts.post import Tier

CONFIRMING: Final = frozenset({Tier.OFFICIAL, Tier.PROVIDER})
CORROBORATED_BY: Final = 2
"""Independent origins from which an incident counts as corroborated."""

ENDED: Final = frozenset({Status.LIFTED, Status.RETRACTED})
"""What nothing moves any more."""

OVER: Final = ENDED | {Status.CLOSED, Status.MERGED}


class Reason(StrEnum):
    """Why a post or a revision was told, or was not; a closed set, fit for a metric label."""

    OPENED = "opened"
    BURST = "burst"
    REOPENED = "reopened"
    UPDATED_OFFICIAL = "updated_official"
    UPDATED_CORROBORATED = "updated_corroborated"
    UPDATED_URGENCY = "updated_urgency"
    NEW_RECEIVER = "new_receiver"
    LIFTED = "lifted"
    RETRACTED = "retracted"
    ACKNOWLEDGED = "acknowledged"
    MERGED = "merged"
    IDLE = "idle"
    MOVED_AWAY = "moved_away"
    JOINED_SILENTLY = "joined_silently"
    TOO_OLD = "too_old"
    TOO_FEW_ORIGINS = "too_few_origins"
    NO_RULE = "no_rule"


class Event(StrEnum):
    """What can move an incident."""

    REPORTED = "reported"
    """A witness, and there is one independent origin."""
    CORROBORATED = "corroborated"
    """A witness, and there are two or more."""
    CONFIRMED = "confirmed"
    """A post of who decides or carries out."""
    LIFTED = "lifted"
    RETRACTED = "retracted"
    IDLE = "idle"
    MERGED = "merged"
    """The last of its posts has moved into the story of another incident."""


_ALIVE: Final = (Status.UNCONFIRMED, Status.CORROBORATED, Status.OFFICIAL)

TABLE: Final[dict[tuple[Status, Event], tuple[Status, Reason]]] = {
    (Status.UNCONFIRMED, Event.CORROBORATED): (Status.CORROBORATED, Reason.UPDATED_CORROBORATED),
    (Status.UNCONFIRMED, Event.CONFIRMED): (Status.OFFICIAL, Reason.UPDATED_OFFICIAL),
    (Status.CORROBORATED, Event.CONFIRMED): (Status.OFFICIAL, Reason.UPDATED_OFFICIAL),
    **{(status, Event.LIFTED): (Status.LIFTED, Reason.LIFTED) for status in (*_ALIVE, Status.CLOSED)},
    **{(status, Event.RETRACTED): (Status.RETRACTED, Reason.RETRACTED) for status in (*_ALIVE, Status.CLOSED)},
    **{(status, Event.MERGED): (Status.MERGED, Reason.MERGED) for status in (*_ALIVE, Status.CLOSED)},
    **{(status, Event.IDLE): (Status.CLOSED, Reason.IDLE) for status in _ALIVE},
    **{(status, Event.REPORTED): (Status.UNCONFIRMED, Reason.REOPENED) for status in (Status.CLOSED, Status.MERGED)},
    **{
        (status, Event.CORROBORATED): (Status.CORROBORATED, Reason.REOPENED)
        for status in (Status.CLOSED, Status.MERGED)
    },
    **{(status, Event.CONFIRMED): (Status.OFFICIAL, Reason.REOPENED) for status in (Status.CLOSED, Status.MERGED)},
}


def advance(status: Status, event: Event | None) -> tuple[Status, Reason | None]:
    """Where an event leaves an incident, and why it moved; no reason where it did not."""
    return (status, None) if event is None else TABLE.get((status, event), (status, None))


def event_of(tier: Tier, origins: int, *, witness: bool) -> Event | None:
    """What a post is to the incident of its story; None for a comment."""
    if tier in CONFIRMING:
        return Event.CONFIRMED
    if not witness:
        return None
    return Event.CORROBORATED if origins >= CORROBORATED_BY else Event.REPORTED
