"""Revisions and the tellings that are owed for them, written in the transaction of whoever changes an incident."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.domain.case import Change
from foreshock_notify.domain.matchers import Facts
from foreshock_notify.domain.notification import IncidentData, Kind, delivery_id
from foreshock_notify.domain.rules import RuleSet

CHANNEL: Final = "foreshock_deliveries"
"""The channel on which other replicas hear of new deliveries; the payload is the receiver's name."""

FACTS: Final = TypeAdapter(Facts)

_REVISE: Final = """
    INSERT INTO notify.revisions (incident_id, revision, reason, post_id, tell, data, decided_at, facts, continues,
                                  traceparent)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_DELIVER: Final = """
    INSERT INTO notify.deliveries (incident_id, receiver, revision, id, kind, state, due_at, created_at)
    VALUES ($1, $2, $3, $4, $5, 'pending', $6, $6)
"""
_ANNOUNCE: Final = "SELECT pg_notify($1, name) FROM unnest($2::text[]) AS name"


@dataclass(frozen=True, slots=True)
class Revised:
    """A change that is worth a revision, with what was known then."""

    change: Change
    data: IncidentData
    facts: Facts | None
    post: UUID | None
    traceparent: str | None = None
    """The context in which it was decided."""


async def write(connection: Connection, rules: RuleSet, revised: Sequence[Revised], now: datetime) -> frozenset[str]:
    """Write revisions with their tellings, each owed at once, and announce them; who is to be told."""
    if not revised:
        return frozenset()
    await connection.executemany(_REVISE, [_revision(rules, each, now) for each in revised])
    deliveries = [delivery for each in revised for delivery in _deliveries(rules, each.change, now)]
    await connection.executemany(_DELIVER, deliveries)
    receivers = frozenset(receiver for _, receiver, *_ in deliveries)
    await connection.execute(_ANNOUNCE, CHANNEL, sorted(receivers))
    return receivers


def _revision(rules: RuleSet, revised: Revised, now: datetime) -> tuple[Any, ...]:
    change = revised.change
    return (
        change.incident.id,
        change.incident.revision,
        change.reason.value,
        revised.post,
        {receiver: kind.value for receiver, kind in _told(rules, change).items()},
        revised.data.model_dump(mode="json"),
        now,
        revised.facts and json.loads(FACTS.dump_json(revised.facts)),
        change.continues,
        revised.traceparent,
    )


def _deliveries(rules: RuleSet, change: Change, now: datetime) -> list[tuple[Any, ...]]:
    incident, revision = change.incident.id, change.incident.revision
    return [
        (incident, receiver, revision, delivery_id(incident, receiver, revision), kind.value, now)
        for receiver, kind in _told(rules, change).items()
    ]


def _told(rules: RuleSet, change: Change) -> dict[str, Kind]:
    """Who is told, of those that there are: an incident may name a receiver that has since been taken away."""
    return {receiver: kind for receiver, kind in change.tell.items() if receiver in rules.receivers}
