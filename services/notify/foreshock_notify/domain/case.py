"""What is known of a story when a post of it is decided, and what the post came to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from foreshock_notify.domain.burst import Tally
from foreshock_notify.domain.notification import Kind, PostRef, Status
from foreshock_notify.domain.rules import Verdict
from foreshock_notify.domain.standing import Reason
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Effect, Topic, Urgency

__all__ = ["Acknowledged", "Case", "Change", "Decision", "Incident", "Reason", "Witnesses"]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who has taken an incident on."""

    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """A story that a rule has matched, as it stands."""

    id: UUID
    story_id: UUID
    status: Status
    urgency: Urgency
    revision: int
    headline: str
    topics: tuple[Topic, ...]
    effect: Effect | None
    rules: tuple[str, ...]
    receivers: tuple[str, ...]
    """Everybody whom its rules name, told or not."""
    origins: int
    posts: tuple[PostRef, ...]
    """The posts that moved it, the latest first, then other witnesses."""
    first_seen: datetime
    opened_at: datetime
    last_post_at: datetime
    acknowledged: Acknowledged | None = None
    merged_into: UUID | None = None
    """The incident into whose story its posts have moved."""


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who has reported the event. A text counts for the source that had it first; a source counts once.

    Who has only repeated others so far counts with the first text of its own.
    """

    count: int = 0
    texts: frozenset[UUID] = frozenset()
    sources: frozenset[str] = frozenset()
    """Those that count."""

    def hears_new(self, origin: UUID, source: str) -> bool:
        """Whether a post with this text and source would be one more independent origin."""
        return origin not in self.texts and source not in self.sources

    def including(self, origin: UUID, source: str) -> "Witnesses":
        """The witnesses once such a post is one of them."""
        new = self.hears_new(origin, source)
        return Witnesses(self.count + new, self.texts | {origin}, self.sources | {source} if new else self.sources)


@dataclass(frozen=True, slots=True)
class Member:
    """A post of a story, as it was decided."""

    post: UUID
    origin: UUID
    source: str
    witness: bool
    of_incident: bool


def recount(members: Iterable[Member]) -> tuple[Witnesses, dict[UUID, bool]]:
    """The witnesses among members, in their order, and which of those posts are origins of their own."""
    heard, independent = Witnesses(), {}
    for member in members:
        if member.witness:
            independent[member.post] = heard.hears_new(member.origin, member.source)
            heard = heard.including(member.origin, member.source)
    return heard, independent


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a story when a post of it is decided."""

    incident: Incident | None = None
    ended: Incident | None = None
    """The incident of the story that this one ends."""
    witnesses: Witnesses = Witnesses()
    left: Incident | None = None
    """The incident that the post belonged to before it was moved here."""
    known_at: datetime | None = None
    """When the post was first decided, where it was moved: its age is judged as of then."""
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class Change:
    """An incident as a post, or somebody, leaves it, and who is told of that."""

    incident: Incident
    reason: Reason
    tell: Mapping[str, Kind] = field(default_factory=dict)
    revised: bool = False
    before: Incident | None = None
    continues: UUID | None = None
    """The incident that this one goes on from: who was told of that is not told that this one has opened."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a post came to, as it was last decided."""

    post: PostStored
    reason: Reason
    verdicts: tuple[Verdict, ...]
    """Of each rule, in the order of the rule set."""
    witness: bool = False
    independent: bool = False
    """A witness, and one more origin."""
    changes: tuple[Change, ...] = ()
    again: bool = False
    """Decided before: the post was moved, or says something else now."""

    @property
    def own(self) -> Change | None:
        """What became of the incident of the post's own story."""
        return next((c for c in self.changes if c.incident.story_id == self.post.story.id), None)
