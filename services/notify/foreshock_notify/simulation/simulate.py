"""The posts of a history, decided and told one after the other by the very code that decides in the service.

The clock is the posts' own: between two of them everything passes that falls due. Who is told when follows from a
`Planner`; what it puts off waits on the agenda, and is dropped if the receiver has heard of a newer revision by then.

Memory is bounded by what is told: a story of which nothing was heard for `KEEP_UNTOLD` is forgotten, except that its
incident, without its posts, may still be lifted. An incident that is idle is closed, as the service does it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from foreshock_notify.domain.case import Change, Decision
from foreshock_notify.domain.casebook import Casebook
from foreshock_notify.domain.lifetimes import IDLE, KEEP_UNTOLD
from foreshock_notify.domain.notification import Kind, Status
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.simulation.agenda import Agenda
from foreshock_notify.simulation.telling import Telling
from foreshock_shared.contracts.events import PostStored

OPEN = frozenset({Status.UNCONFIRMED, Status.CORROBORATED, Status.OFFICIAL})


@dataclass(frozen=True, slots=True)
class Planned:
    """A receiver is to be told of a change at a moment."""

    at: datetime
    receiver: str
    kind: Kind


Planner: TypeAlias = Callable[[RuleSet, Decision, Change, datetime], Iterable[Planned]]
"""Who is told of a change, and when. The seam for whatever puts tellings off: hours of quiet, digests, escalations."""


def at_once(_rules: RuleSet, _decision: Decision, change: Change, now: datetime) -> Iterator[Planned]:
    """Everybody whom the change tells, now."""
    return (Planned(now, receiver, kind) for receiver, kind in change.tell.items())


@dataclass(frozen=True, slots=True)
class _Look:
    """See whether anything was heard of a story since."""

    story: UUID


_Due: TypeAlias = Telling | _Look


@dataclass(frozen=True, slots=True)
class Step:
    """What one post came to: what was told before it fell due, and because of it."""

    decision: Decision
    tellings: list[Telling]


@dataclass(slots=True)
class _Story:
    began: datetime
    last: datetime


@dataclass(slots=True)
class Simulation:
    """Rules over a history. Posts must come in the order of their moments."""

    rules: RuleSet
    planner: Planner = at_once
    _casebook: Casebook = field(default_factory=Casebook)
    _agenda: Agenda[_Due] = field(default_factory=Agenda)
    _stories: dict[UUID, _Story] = field(default_factory=dict)
    _told: dict[tuple[str, UUID], int] = field(default_factory=dict)
    """The newest revision of an incident that a receiver has heard of."""

    def post(self, post: PostStored, at: datetime) -> Step:
        """Let time pass until `at`, then decide a post."""
        tellings = self.until(at)
        self._meet(post.story.id, at)
        [decision] = self._casebook.decide(self.rules, [post], at)
        for change in decision.changes:
            for planned in self.planner(self.rules, decision, change, at):
                self._agenda.add(planned.at, self._telling(planned, decision, change))
        return Step(decision, tellings + self.until(at))

    def until(self, moment: datetime) -> list[Telling]:
        """Let time pass; what is told meanwhile."""
        return [told for at, due in self._agenda.until(moment) for told in self._pass(due, at)]

    def _pass(self, due: _Due, at: datetime) -> Iterator[Telling]:
        if isinstance(due, _Look):
            self._look(due, at)
            return
        place = (due.receiver, due.incident_id)
        if self._told.get(place, 0) < due.revision:
            self._told[place] = due.revision
            yield due

    def _telling(self, planned: Planned, decision: Decision, change: Change) -> Telling:
        incident = change.incident
        story = self._stories.get(incident.story_id)
        return Telling(
            at=planned.at,
            receiver=planned.receiver,
            kind=planned.kind,
            incident_id=incident.id,
            story_id=incident.story_id,
            revision=incident.revision,
            reason=change.reason.value,
            status=incident.status,
            urgency=incident.urgency,
            headline=incident.headline,
            rules=incident.rules,
            post_id=decision.post.id,
            began=story.began if story else incident.opened_at,
        )

    def _meet(self, story: UUID, at: datetime) -> None:
        known = self._stories.get(story)
        if known is None:
            self._stories[story] = _Story(at, at)
            self._agenda.add(at + IDLE, _Look(story))
        else:
            known.last = at

    def _look(self, look: _Look, at: datetime) -> None:
        """Close what is idle, forget what is long past, and look again."""
        last = self._stories[look.story].last
        if at - last >= KEEP_UNTOLD:
            self._forget(look.story)
        elif at - last >= IDLE:
            self._close(look.story)
            self._agenda.add(last + KEEP_UNTOLD, look)
        else:
            self._agenda.add(last + IDLE, look)

    def _close(self, story: UUID) -> None:
        incident = self._casebook.incidents.get(story)
        if incident is not None and incident.status in OPEN:
            closed = replace(incident, status=Status.CLOSED, revision=incident.revision + 1)
            self._casebook.incidents[story] = closed

    def _forget(self, story: UUID) -> None:
        del self._stories[story]
        self._casebook.witnesses.pop(story, None)
        if story in self._casebook.incidents:
            self._casebook.incidents[story] = replace(self._casebook.incidents[story], posts=())
