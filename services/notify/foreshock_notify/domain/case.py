"""What is known of a story when a post of it is decided, and what the post came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from foreshock_notify.domain.notification import Kind, PostRef, Status
from foreshock_notify.domain.rules import Verdict
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Effect, Topic, Urgency


class Reason(StrEnum):
    """Why a post was told, or was not; a closed set, fit for a metric label."""

    OPENED = "opened"
    REOPENED = "reopened"
    UPDATED_OFFICIAL = "updated_official"
    UPDATED_CORROBORATED = "updated_corroborated"
    UPDATED_URGENCY = "updated_urgency"
    NEW_RECEIVER = "new_receiver"
    LIFTED = "lifted"
    JOINED_SILENTLY = "joined_silently"
    TOO_OLD = "too_old"
    TOO_FEW_ORIGINS = "too_few_origins"
    NO_RULE = "no_rule"


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


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who has reported the event. A text counts for the source that had it first; a source counts once."""

    count: int = 0
    texts: frozenset[UUID] = frozenset()
    sources: frozenset[str] = frozenset()

    def hears_new(self, post: PostStored) -> bool:
        """Whether this post would be one more independent origin."""
        return post.origin not in self.texts and post.source not in self.sources

    def including(self, post: PostStored) -> "Witnesses":
        """The witnesses once this post is one of them."""
        return Witnesses(self.count + self.hears_new(post), self.texts | {post.origin}, self.sources | {post.source})


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a story when a post of it is decided."""

    incident: Incident | None = None
    ended: Incident | None = None
    """The incident of the story that this one ends."""
    witnesses: Witnesses = Witnesses()


@dataclass(frozen=True, slots=True)
class Change:
    """An incident as a post leaves it, and who is told of that."""

    incident: Incident
    reason: Reason
    tell: Mapping[str, Kind] = field(default_factory=dict)
    revised: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a post came to: kept for ever as it was first made."""

    post: PostStored
    reason: Reason
    verdicts: tuple[Verdict, ...]
    """Of each rule, in the order of the rule set."""
    witness: bool = False
    independent: bool = False
    """A witness, and one more origin."""
    changes: tuple[Change, ...] = ()
