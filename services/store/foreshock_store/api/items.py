"""What the read API answers with, and how rows become it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, JsonValue
from sqlalchemy import RowMapping

from foreshock_shared.contracts.events import StoryRef
from foreshock_shared.contracts.judgement import Classification, Effect, Entity, ScoredTopic, Urgency, Why
from foreshock_shared.contracts.post import SourceKind, Tier


class PostItem(BaseModel):
    """A stored post with its judgement."""

    id: UUID
    native_id: str | None
    source: str
    source_kind: SourceKind
    tier: Tier
    author: str | None
    lang: str | None
    text: str
    url: str | None
    created_at: datetime | None
    accepted_at: datetime
    topics: list[ScoredTopic]
    urgency: Urgency
    urgency_score: float
    shock: bool
    shock_score: float
    story_id: UUID | None
    origin: UUID | None
    """The first post with this text; null for a post that is not about our field."""
    entities: list[Entity]
    effect: Effect | None
    why: Why

    @classmethod
    def from_row(cls, row: RowMapping) -> Self:
        """A row of `posts`."""
        judgement = Classification.model_validate(row["judgement"])
        return cls(
            **{name: row[name] for name in _COLUMNS},
            topics=judgement.topics,
            urgency=judgement.urgency,
            urgency_score=judgement.urgency_score,
            shock=judgement.shock,
            shock_score=judgement.shock_score,
            entities=judgement.entities,
            effect=judgement.effect,
            why=judgement.why,
        )


_COLUMNS = (
    "id",
    "native_id",
    "source",
    "source_kind",
    "tier",
    "author",
    "lang",
    "text",
    "url",
    "created_at",
    "accepted_at",
    "story_id",
    "origin",
)


class Revision(BaseModel):
    """A later acceptance of a post."""

    accepted_at: datetime
    content: str
    """Hash of the content, 32 hex digits."""
    post: JsonValue
    """The whole post; null where its content is the one that was first accepted."""
    judgement: JsonValue

    @classmethod
    def from_row(cls, row: RowMapping) -> Self:
        """A row of `post_revisions`."""
        return cls(**{**row, "content": row["content"].hex()})


class PostDetail(PostItem):
    """A post as it is now, and how it came to be so."""

    stored_at: datetime
    story: StoryRef | None
    """The story with what tied the post to it, as it was told; null for a post that is not about our field."""
    first: JsonValue
    """What was first accepted, where a revision has taken its place."""
    revisions: list[Revision]


class StoryItem(BaseModel):
    """What is known of a story."""

    id: UUID
    headline: str
    first_seen: datetime
    last_seen: datetime
    posts: int
    origins: int
    """Independent texts; copies of one count once."""
    shock: bool
    lifts: bool
    ends: UUID | None
    """The story that this one lifts or repeals."""
    entities: list[Entity]
    merged_into: UUID | None
    """The story that goes on in its place, by a correction."""


class StoryDetail(StoryItem):
    """A story with its newest posts."""

    ended_by: UUID | None
    latest: list[PostItem]


class PostPage(BaseModel):
    """Posts, newest first; `next` is the cursor of the page after it."""

    items: list[PostItem]
    next: str | None


class StoryPage(BaseModel):
    """Stories, the most recently told first."""

    items: list[StoryItem]
    next: str | None
