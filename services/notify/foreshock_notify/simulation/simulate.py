"""The posts of a history, decided and told one after the other by the very code that decides in the service.

The clock is the posts' own: between two of them everything passes that falls due (`tellings.py`).

Memory is bounded by what is told: a story of which nothing was heard for `KEEP_UNTOLD` is forgotten, except that its
incident, without its posts, may still be lifted. An incident that is idle is closed, as the service does it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from foreshock_notify.domain import hands
from foreshock_notify.domain.case import Decision, Incident
from foreshock_notify.domain.casebook import Casebook
from foreshock_notify.domain.lifetimes import IDLE, KEEP_UNTOLD
from foreshock_notify.domain.rules import Facts, RuleSet
from foreshock_notify.simulation.agenda import Agenda
from foreshock_notify.simulation.counting import Heard
from foreshock_notify.simulation.telling import Telling
from foreshock_notify.simulation.tellings import Tellings
from foreshock_shared.contracts.events import PostStored


@dataclass(frozen=True, slots=True)
class Step:
    """What one post came to: what was told before it fell due, and because of it."""

    decision: Decision | None
    """None where it was decided before and says nothing new."""
    tellings: list[Telling]


@dataclass(slots=True)
class _Story:
    began: datetime
    last: datetime


@dataclass(slots=True)
class Simulation:
    """Rules over a history. Posts must come in the order of their moments."""

    rules: RuleSet
    _casebook: Casebook = field(default_factory=Casebook)
    _heard: Heard = field(default_factory=Heard)
    _looks: Agenda[UUID] = field(default_factory=Agenda)
    """When to see whether anything was heard of a story since."""
    _stories: dict[UUID, _Story] = field(default_factory=dict)
    _tellings: Tellings = field(init=False)

    def __post_init__(self) -> None:
        self._tellings = Tellings(self.rules)

    def post(self, post: PostStored, at: datetime) -> Step:
        """Let time pass until `at`, then decide a post."""
        told = self.until(at)
        self._meet(post.story.id, at)
        self._casebook.tally = self._heard.tally(self.rules.spans, post, at)
        decision = next(iter(self._casebook.decide(self.rules, [post], at)), None)
        if decision is not None:
            self._heard.add(post)
            for change in decision.changes:
                self._tellings.owe(change, Facts.of(post, change.incident.origins), self._began(change.incident), at)
        return Step(decision, told + self.until(at))

    def until(self, moment: datetime) -> list[Telling]:
        """Let time pass; what is told meanwhile."""
        return list(self._until(moment))

    def _until(self, moment: datetime) -> Iterator[Telling]:
        for at, story in self._looks.until(moment):
            yield from self._tellings.until(at)
            self._look(story, at)
        yield from self._tellings.until(moment)

    def _began(self, incident: Incident) -> datetime:
        story = self._stories.get(incident.story_id)
        return story.began if story else incident.opened_at

    def _meet(self, story: UUID, at: datetime) -> None:
        known = self._stories.get(story)
        if known is None:
            self._stories[story] = _Story(at, at)
            self._looks.add(at + IDLE, story)
        else:
            known.last = at

    def _look(self, story: UUID, at: datetime) -> None:
        """Close what is idle, forget what is long past, and look again."""
        last = self._stories[story].last
        if at - last >= KEEP_UNTOLD:
            self._forget(story)
        elif at - last >= IDLE:
            self._close(story, at)
            self._looks.add(last + KEEP_UNTOLD, story)
        else:
            self._looks.add(last + IDLE, story)

    def _close(self, story: UUID, at: datetime) -> None:
        incident = self._casebook.incidents.get(story)
        change = hands.close(incident) if incident is not None else None
        if change is not None:
            self._casebook.incidents[story] = change.incident
            self._tellings.owe(change, None, self._began(change.incident), at)

    def _forget(self, story: UUID) -> None:
        del self._stories[story]
        self._casebook.witnesses.pop(story, None)
        for member in self._casebook.members.pop(story, []):
            self._casebook.entries.pop(member.post, None)
        if story in self._casebook.incidents:
            self._casebook.incidents[story] = replace(self._casebook.incidents[story], posts=())
