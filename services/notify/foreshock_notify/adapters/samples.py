"""Notifications of nothing: to try a template with, and to test a receiver with. Nothing in them is real."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from foreshock_notify.domain.notification import (
    IncidentData,
    Kind,
    Links,
    MatchedRule,
    Notification,
    PostRef,
    Status,
    Why,
    notify,
)
from foreshock_shared.contracts.judgement import Action, Cue, Effect, Topic, Urgency
from foreshock_shared.contracts.post import Tier

_INCIDENT: Final = UUID("5b7c1ad2-7a0e-4f44-9a8f-3f9d2a6a1e10")
_POST: Final = UUID("5b7c1ad2-7a0e-4f44-9a8f-3f9d2a6a1e11")
_MOMENT: Final = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
_STATUSES: Final = {Kind.LIFTED: Status.LIFTED, Kind.RETRACTED: Status.RETRACTED, Kind.CLOSED: Status.CLOSED}


def samples() -> list[Notification]:
    """Every kind of notification, with all that it may hold and with as little as it may."""
    full = [_of(kind, _full(kind)) for kind in Kind]
    return full + [_of(kind, _sparse(kind)) for kind in Kind]


def a_test(incident: UUID, kind: Kind, now: datetime) -> IncidentData:
    """What a receiver is told in a test: marked as one in every text that people see."""
    told = "This is a test of Foreshock: nothing has happened, and nothing is to be done."
    return IncidentData(
        incident_id=incident,
        revision=1 if kind is Kind.OPENED else 2,
        rules=["test"],
        status=_STATUSES.get(kind, Status.UNCONFIRMED),
        headline=f"TEST: {told}",
        urgency=Urgency.LOW,
        topics=[Topic.POLICY],
        posts=[PostRef(id=_POST, source="foreshock test", tier=Tier.SOCIAL, text=told, created_at=now)],
        origins=1,
        first_seen=now,
        why=Why(decision="test", rules=[MatchedRule(name="test", because=["you asked for it"])], model="none"),
    )


def _of(kind: Kind, data: IncidentData) -> Notification:
    return notify("sample", kind, data, _MOMENT, "https://foreshock.example.org" if data.effect else "")


def _full(kind: Kind) -> IncidentData:
    return IncidentData(
        incident_id=_INCIDENT,
        revision=2,
        rules=["sample"],
        status=_STATUSES.get(kind, Status.OFFICIAL),
        headline="A sample",
        urgency=Urgency.CRITICAL,
        topics=[Topic.POLICY, Topic.COMPUTE],
        effect=Effect(
            action=Action.SUSPEND,
            actor="us-doc",
            jurisdiction="us",
            targets=["nova-5"],
            audience="everybody",
            effective_at=_MOMENT,
        ),
        posts=[
            PostRef(
                id=_POST,
                url="https://example.org/1",
                source="sample",
                tier=Tier.OFFICIAL,
                text="A sample",
                created_at=_MOMENT,
            )
        ],
        origins=2,
        first_seen=_MOMENT,
        why=Why(
            decision="updated_official",
            rules=[MatchedRule(name="sample", because=["is a shock"])],
            cues=[Cue(decision="shock", cue="effective immediately", weight=2.5)],
            story=["same law"],
            model="00000000",
        ),
        links=Links(incident="https://foreshock.example.org"),
    )


def _sparse(kind: Kind) -> IncidentData:
    return IncidentData(
        incident_id=_INCIDENT,
        revision=1,
        rules=[],
        status=_STATUSES.get(kind, Status.UNCONFIRMED),
        headline="A sample",
        urgency=Urgency.LOW,
        topics=[Topic.POLICY],
        posts=[PostRef(id=_POST, source="sample", tier=Tier.SOCIAL, text="A sample")],
        origins=1,
        first_seen=_MOMENT,
        why=Why(decision="opened", model="00000000"),
    )
