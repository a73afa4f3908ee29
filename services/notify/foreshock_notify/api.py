"""The read API of notify: what was decided, and who was told. Deliveries have routes of their own.

GET /v1/incidents        ?status&limit&cursor
GET /v1/incidents/{id}   with its revisions, members with the decision on each, deliveries and their attempts
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, SecretStr

from foreshock_notify.adapters.reads import InvalidCursor, Reads
from foreshock_notify.api_deliveries import AttemptItem, Cursor, DeliveryItem, FromRow, Limit
from foreshock_notify.domain.case import Acknowledged
from foreshock_notify.domain.notification import IncidentData, PostRef, Status
from foreshock_shared.contracts.judgement import Effect, Topic, Urgency
from foreshock_shared.runtime.problems import Problem, require_key


class IncidentItem(FromRow):
    """An incident as it stands."""

    id: UUID
    story_id: UUID
    status: Status
    urgency: Urgency
    revision: int
    headline: str
    topics: list[Topic]
    effect: Effect | None
    rules: list[str]
    receivers: list[str]
    origins: int
    posts: list[PostRef]
    first_seen: datetime
    opened_at: datetime
    last_post_at: datetime
    acknowledged: Acknowledged | None
    merged_into: UUID | None


class RevisionItem(FromRow):
    """One change that was worth telling, with what was known then."""

    revision: int
    reason: str
    post_id: UUID | None
    decided_at: datetime
    tell: dict[str, str]
    """Who was to be told of it, and as what."""
    data: IncidentData


class MemberItem(FromRow):
    """A post of an incident: what it came to, and what every rule said of it."""

    post_id: UUID
    reason: str
    verdicts: dict[str, str]
    witness: bool
    independent: bool
    source: str
    decided_at: datetime


class IncidentAttempt(AttemptItem):
    """A try of one of an incident's deliveries."""

    delivery_id: UUID


class IncidentPage(BaseModel):
    items: list[IncidentItem]
    next: str | None


class IncidentInFull(IncidentItem):
    """An incident, how it came about, and who was told."""

    revisions: list[RevisionItem]
    members: list[MemberItem]
    deliveries: list[DeliveryItem]
    attempts: list[IncidentAttempt]


def make_router(reads: Callable[[], Reads], key: SecretStr) -> APIRouter:
    """The routes; every one asks for the key."""
    router = APIRouter(prefix="/v1", tags=["incidents"], dependencies=[Depends(require_key(key))])

    @router.get("/incidents")
    async def list_incidents(status: Status | None = None, limit: Limit = 50, cursor: Cursor = None) -> IncidentPage:
        """Incidents, the latest opened first."""
        try:
            page = await reads().incidents(status and status.value, cursor, limit)
        except InvalidCursor as error:
            raise Problem(422, str(error)) from error
        return IncidentPage(items=[IncidentItem.model_validate(dict(row)) for row in page.rows], next=page.next)

    @router.get("/incidents/{incident_id}")
    async def get_incident(incident_id: UUID) -> IncidentInFull:
        """One incident in full."""
        found = await reads().incident(incident_id)
        if found is None:
            raise Problem(404, f"there is no incident {incident_id}")
        parts: dict[str, Any] = {
            "revisions": [dict(row) for row in found.revisions],
            "members": [dict(row) for row in found.members],
            "deliveries": [dict(row) for row in found.deliveries],
            "attempts": [dict(row) for row in found.attempts],
        }
        return IncidentInFull.model_validate({**found.incident, **parts})

    return router
