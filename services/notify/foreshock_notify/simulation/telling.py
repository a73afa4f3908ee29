"""One notification that would have been sent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foreshock_notify.domain.notification import Kind, Status
from foreshock_shared.contracts.judgement import Urgency


@dataclass(frozen=True, slots=True)
class Telling:
    """Who would have been told what, when, and why."""

    at: datetime
    receiver: str
    kind: Kind
    incident_id: UUID
    story_id: UUID
    revision: int
    reason: str
    """Of the revision that is told."""
    status: Status
    urgency: Urgency
    headline: str
    rules: tuple[str, ...]
    began: datetime
    """When the first post of the story came."""
    digest: bool = False
    """Whether it is told in a digest, with all others of that receiver and moment."""
