"""The payloads of the three events.

Additive within `v1`: a field may be added with a default, never changed and never taken away.
"""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

from pydantic import Field

from foreshock_shared.contracts.base import Contract, Instant, Traceparent
from foreshock_shared.contracts.judgement import Classification
from foreshock_shared.contracts.post import Post, SourceKind, Tier


class PostIngested(Post):
    """A post that ingest has accepted: from here on it is never lost."""


class PostClassified(Contract):
    """An accepted post and what it was judged to be."""

    post: Post
    classification: Classification

    @property
    def source(self) -> str:
        """Where the post comes from."""
        return self.post.source

    @property
    def id(self) -> UUID:
        """The post's."""
        return self.post.id

    @property
    def traceparent(self) -> str | None:
        """The context of the span that handed the post on."""
        return self.post.traceparent

    def traced(self, traceparent: str | None) -> Self:
        """The same, handed on by another span."""
        return self.model_copy(update={"post": self.post.traced(traceparent)})


class StoryRef(Contract):
    """The story that a post belongs to: what happened, told by any number of posts."""

    id: UUID
    headline: str
    """The text of its first shock, or of its first post while there is none, cut to a line."""
    first_seen: datetime
    ends: UUID | None = None
    """The story that this one lifts or repeals."""
    first_urgent: UUID | None = None
    """The first of its posts that came in the urgent lane. The order of that lane is kept through any crash, while how
    far the other one is behind is chance: so an incident's id follows from this, where there is one."""
    why: list[str] = Field(default_factory=list)
    """What tied the post to its story: shared entities, action, terms."""
    moves: int = Field(0, ge=0)
    """How often a correction by hand has moved the post to another story, or changed what its story ends. Who has seen
    a higher number for this post ignores the event: it tells of what was so before."""


class PostStored(Contract):
    """A relevant post, committed, with its judgement and story; the public stream."""

    id: UUID
    source: str
    native_id: str | None = None
    url: str | None = None
    author: str | None = None
    source_kind: SourceKind
    tier: Tier
    created_at: Instant | None = None
    accepted_at: datetime
    revised_at: datetime | None = None
    """When what it says now was accepted, if that is not what it said first. Who has seen a later one for this post
    ignores the event, likewise."""
    stored_at: datetime
    excerpt: str
    """The first 500 characters of the text: what a reader of an alert needs, not the archive."""
    origin: UUID
    """Id of the first post with this text; copies and reposts share it and count as one origin."""
    classification: Classification
    story: StoryRef
    traceparent: Traceparent = None

    def traced(self, traceparent: str | None) -> Self:
        """The same, handed on by another span."""
        return self.model_copy(update={"traceparent": traceparent})

    @property
    def said_at(self) -> datetime:
        """When what it says now was accepted."""
        return self.revised_at or self.accepted_at


PAYLOADS: Final[dict[str, type[Contract]]] = {
    "foreshock.post.ingested.v1": PostIngested,
    "foreshock.post.classified.v1": PostClassified,
    "foreshock.post.stored.v1": PostStored,
}
