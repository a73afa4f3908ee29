"""What somebody, or time, does to an incident without a post. Pure; None where it changes nothing.

The classifier has no sign for a denial, so a report is retracted by hand: by whoever has read that it was false.
"""

from dataclasses import replace
from datetime import datetime

from foreshock_notify.domain.case import Acknowledged, Change, Incident
from foreshock_notify.domain.notification import Kind
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.domain.standing import Event, Reason, advance


def acknowledge(rules: RuleSet, incident: Incident, by: str, note: str, now: datetime) -> Change | None:
    """The incident taken on by somebody; who was first stands. It stops escalation.

    Told to those receivers that can show it without rousing anybody; where there are none, it is no revision.
    """
    if incident.acknowledged is not None:
        return None
    known = (name for name in incident.receivers if name in rules.receivers)
    tell = {name: Kind.UPDATED for name in known if rules.receivers[name].shows_who_acknowledged}
    taken = replace(incident, acknowledged=Acknowledged(by, now, note), revision=incident.revision + bool(tell))
    return Change(taken, Reason.ACKNOWLEDGED, tell, revised=bool(tell), before=incident)


def retract(incident: Incident) -> Change | None:
    """The incident retracted, which everybody is told who was told of it."""
    return _moved(incident, Event.RETRACTED, Kind.RETRACTED)


def close(incident: Incident) -> Change | None:
    """The incident closed because nothing was heard of it for long; told to who was told of it."""
    return _moved(incident, Event.IDLE, Kind.CLOSED)


def _moved(incident: Incident, event: Event, kind: Kind) -> Change | None:
    status, reason = advance(incident.status, event)
    if reason is None:
        return None
    moved = replace(incident, status=status, revision=incident.revision + 1)
    return Change(moved, reason, dict.fromkeys(incident.receivers, kind), revised=True, before=incident)
