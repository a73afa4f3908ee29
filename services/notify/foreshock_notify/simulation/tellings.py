"""What is owed to receivers on a virtual clock, and what becomes of it: the service's outbox, without sending.

Each telling is decided when it falls due by the very function that decides in the service (`domain.telling`). What is
held is decided anew at its time, what is collected is told in the digest of its moment, and what a newer revision has
replaced by then is dropped. Every attempt succeeds, nobody acknowledges, and there are no silences.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from foreshock_notify.domain.case import Change
from foreshock_notify.domain.notification import Kind, Status
from foreshock_notify.domain.rules import Facts, RuleSet
from foreshock_notify.domain.telling import Collect, Hold, Owed, Send, decide
from foreshock_notify.simulation.agenda import Agenda
from foreshock_notify.simulation.telling import Telling

OVER = frozenset({Status.LIFTED, Status.RETRACTED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A telling that is owed."""

    telling: Telling
    facts: Facts | None
    opened_at: datetime
    decided_at: datetime
    continues: UUID | None


@dataclass(frozen=True, slots=True)
class _Digest:
    receiver: str
    at: datetime


_Due: TypeAlias = _Waiting | _Digest


@dataclass(slots=True)
class Tellings:
    """Everything that is owed, and what each receiver has heard."""

    rules: RuleSet
    _agenda: Agenda[_Due] = field(default_factory=Agenda)
    _owed: dict[tuple[str, UUID], int] = field(default_factory=dict)
    """The newest revision of an incident that a receiver is owed, or has been told."""
    _told: set[tuple[str, UUID]] = field(default_factory=set)
    _kept_back: set[tuple[str, UUID]] = field(default_factory=set)
    _lately: defaultdict[str, defaultdict[str, list[datetime]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """When each receiver was told by each rule."""
    _digests: dict[_Digest, dict[UUID, Telling]] = field(default_factory=dict)

    def owe(self, change: Change, facts: Facts | None, began: datetime, now: datetime) -> None:
        """A change has been decided."""
        incident = change.incident
        for receiver, kind in change.tell.items():
            self._owed[receiver, incident.id] = incident.revision
            telling = Telling(
                at=now,
                receiver=receiver,
                kind=kind,
                incident_id=incident.id,
                story_id=incident.story_id,
                revision=incident.revision,
                reason=change.reason.value,
                status=incident.status,
                urgency=incident.urgency,
                headline=incident.headline,
                rules=incident.rules,
                began=began,
            )
            self._agenda.add(now, _Waiting(telling, facts, incident.opened_at, now, change.continues))

    def until(self, moment: datetime) -> Iterator[Telling]:
        """Let time pass; what is told meanwhile."""
        for at, due in self._agenda.until(moment):
            if isinstance(due, _Digest):
                yield from (self._tell(told, at) for told in self._digests.pop(due).values())
            else:
                yield from self._decide(due, at)

    def _decide(self, due: _Waiting, at: datetime) -> Iterator[Telling]:
        telling = due.telling
        place = (telling.receiver, telling.incident_id)
        if self._owed[place] > telling.revision:
            return
        match decide(self.rules, self._as_owed(due), self._lately[telling.receiver], (), at):
            case Send(rule):
                if rule is not None:
                    self._lately[telling.receiver][rule].append(at)
                opened = place in self._told
                yield self._tell(telling if opened else replace(telling, kind=Kind.OPENED), at)
            case Hold(until):
                self._agenda.add(until, due)
            case Collect(then):
                self._collect(telling, then)
            case _:
                self._kept_back.add(place)

    def _tell(self, telling: Telling, at: datetime) -> Telling:
        self._told.add((telling.receiver, telling.incident_id))
        return replace(telling, at=at)

    def _collect(self, telling: Telling, at: datetime) -> None:
        digest = _Digest(telling.receiver, at)
        if digest not in self._digests:
            self._digests[digest] = {}
            self._agenda.add(at, digest)
        self._kept_back.add((telling.receiver, telling.incident_id))
        self._digests[digest][telling.incident_id] = replace(telling, digest=True)

    def _as_owed(self, due: _Waiting) -> Owed:
        telling = due.telling
        told = (telling.receiver, telling.incident_id) in self._told
        otherwise = due.continues is not None and (telling.receiver, due.continues) in self._told
        return Owed(
            incident=telling.incident_id,
            receiver=telling.receiver,
            kind=telling.kind,
            ended=telling.status in OVER,
            urgency=telling.urgency,
            rules=telling.rules,
            opened_at=due.opened_at,
            decided_at=due.decided_at,
            facts=due.facts,
            told=told or otherwise,
            kept_back=(telling.receiver, telling.incident_id) in self._kept_back,
            told_before=otherwise and not told and telling.kind is Kind.OPENED,
        )
