"""What a receiver is told: a CloudEvent in structured mode around what is known of an incident.

This is the public contract of the webhook; its JSON Schema is committed. Additive within `v1`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, TypeAlias
from uuid import UUID, uuid5

from pydantic import Field

from foreshock_notify.domain.links import acknowledge_path
from foreshock_shared.contracts.base import Contract
from foreshock_shared.contracts.events import PostStored, StoryRef
from foreshock_shared.contracts.judgement import Cue, Effect, Topic, Urgency
from foreshock_shared.contracts.post import Tier

SOURCE: Final = "foreshock/notify"
POST_LIMIT: Final = 10
"""Posts that one notification carries at most."""

CUE_LIMIT: Final = 10

_INCIDENTS: Final = UUID("0d6c9a3e-54f1-5a5b-8a5f-5b8b1f0e7c11")
_DELIVERIES: Final = UUID("0d6c9a3e-54f1-5a5b-8a5f-5b8b1f0e7c12")


class Status(StrEnum):
    """How far an incident has come."""

    UNCONFIRMED = "unconfirmed"
    CORROBORATED = "corroborated"
    OFFICIAL = "official"
    LIFTED = "lifted"
    RETRACTED = "retracted"
    CLOSED = "closed"
    MERGED = "merged"

    @property
    def told_as(self) -> "ToldStatus":
        """As receivers know it: to them a merged incident is closed, and names the one to look at."""
        return Status.CLOSED if self is Status.MERGED else self


ToldStatus: TypeAlias = Literal[
    Status.UNCONFIRMED, Status.CORROBORATED, Status.OFFICIAL, Status.LIFTED, Status.RETRACTED, Status.CLOSED
]


class Kind(StrEnum):
    """What a notification tells of an incident."""

    OPENED = "opened"
    UPDATED = "updated"
    LIFTED = "lifted"
    RETRACTED = "retracted"
    CLOSED = "closed"

    @property
    def event(self) -> str:
        """The CloudEvents type."""
        return f"foreshock.incident.{self.value}.v1"


class PostRef(Contract):
    """A post of an incident, as a reader of the alert needs it."""

    id: UUID
    url: str | None = None
    source: str
    tier: Tier
    text: str
    created_at: datetime | None = None

    @classmethod
    def of(cls, post: PostStored) -> "PostRef":
        return cls(
            id=post.id, url=post.url, source=post.source, tier=post.tier, text=post.excerpt, created_at=post.created_at
        )


class MatchedRule(Contract):
    """A rule that matched, and what of it held."""

    name: str
    because: list[str] = Field(default_factory=list)


class Why(Contract):
    """Enough to agree or disagree in five seconds: what was decided, which rules held, and the cues of the text."""

    decision: str
    """The named reason of this revision, such as `opened` or `updated_official`."""
    rules: list[MatchedRule] = Field(default_factory=list)
    cues: list[Cue] = Field(default_factory=list)
    story: list[str] = Field(default_factory=list)
    """What tied the post to its story."""
    model: str
    """Version of the model that judged the post."""
    changed: list[str] = Field(default_factory=list)
    """What this revision changed, a line each, such as `status unconfirmed → corroborated`."""
    said: str | None = None
    """What somebody gave as the reason, where the revision was made by hand."""


class Links(Contract):
    """Where to read more."""

    incident: str | None = None
    acknowledge: str | None = None
    """Signed, and good for a week: asks for a confirmation before anything is acknowledged."""


class IncidentData(Contract):
    """What is known of an incident at one revision."""

    incident_id: UUID
    revision: int = Field(ge=1)
    rules: list[str]
    status: ToldStatus
    headline: str
    urgency: Urgency
    topics: list[Topic]
    effect: Effect | None = None
    posts: list[PostRef] = Field(max_length=POST_LIMIT)
    """The first is the post that caused this revision."""
    origins: int
    """Independent origins: copies of one text count once, and so do texts of one source."""
    first_seen: datetime
    why: Why
    links: Links = Links()
    merged_into: UUID | None = None
    """The incident that the posts of this one have moved to: it goes on there."""
    acknowledged_by: str | None = Field(None, exclude_if=lambda by: by is None)
    """Who has taken the incident on; left out until somebody has."""


class Notification(Contract):
    """The body of a webhook."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    """The same as the `webhook-id` header, through all retries."""
    source: str = SOURCE
    type: str = Field(pattern=r"^foreshock\.incident\.(opened|updated|lifted|retracted|closed)\.v1$")
    time: datetime
    """When the revision was decided."""
    datacontenttype: Literal["application/json"] = "application/json"
    data: IncidentData


def incident_id(story: StoryRef) -> UUID:
    """The id of the incident that is opened of a story: the same on every replica, and after every replay."""
    return uuid5(_INCIDENTS, str(story.first_urgent or story.id))


def delivery_id(incident: UUID, receiver: str, revision: int) -> UUID:
    """The `webhook-id` of one revision for one receiver."""
    return uuid5(_DELIVERIES, f"{incident}/{revision}/{receiver}")


def notify(
    receiver: str, kind: Kind, data: IncidentData, at: datetime, public_url: str, *, key: bytes = b""
) -> Notification:
    """What a receiver is told of a revision that was decided `at`; with a key, it may acknowledge by a link."""
    base = public_url.rstrip("/")
    links = Links(
        incident=f"{base}/v1/incidents/{data.incident_id}" if base else None,
        acknowledge=f"{base}{acknowledge_path(data.incident_id, at, key)}" if base and key else None,
    )
    return Notification(
        id=delivery_id(data.incident_id, receiver, data.revision),
        type=kind.event,
        time=at,
        data=data.model_copy(update={"links": links}),
    )
