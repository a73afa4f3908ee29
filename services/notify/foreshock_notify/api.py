"""The read API of notify: what was decided, and who was told.

GET /v1/incidents        ?status&limit&cursor
GET /v1/incidents/{id}   with its revisions, members with the decision on each, and deliveries
GET /v1/deliveries       ?state&receiver&limit&cursor
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, SecretStr

from foreshock_notify.adapters.leasing import State
from foreshock_notify.adapters.reads import InvalidCursor, Reads
from foreshock_notify.domain.case import Acknowledged
from foreshock_notify.domain.notification import IncidentData, PostRef, Status
from foreshock_shared.contracts.judgement import Effect, Topic, Urgency
from foreshock_shared.runtime.problems import Problem, require_key

Limit: TypeAlias = Annotated[int, Query(ge=1, le=500)]
Cursor: TypeAlias = Annotated[str | None, Query(max_length=200)]


class _FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class IncidentItem(_FromRow):
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


class RevisionItem(_FromRow):
    """One change that was worth telling, with what was known then."""

    revision: int
    reason: str
    post_id: UUID | None
    decided_at: datetime
    data: IncidentData


class MemberItem(_FromRow):
    """A post of an incident: what it came to, and what every rule said of it."""

    post_id: UUID
    reason: str
    verdicts: dict[str, str]
    witness: bool
    independent: bool
    source: str
    decided_at: datetime


class DeliveryItem(_FromRow):
    """One revision for one receiver, or a digest, which is of no incident. `id` is the webhook-id."""

    id: UUID
    incident_id: UUID | None
    receiver: str
    revision: int | None
    kind: str
    state: State
    attempt: int
    due_at: datetime
    created_at: datetime
    first_attempt_at: datetime | None
    finished_at: datetime | None
    last_error: str | None
    held: str | None
    """Why it was held, collected for a digest or suppressed."""
    rule: str | None
    """The rule that decided that, or by which it was sent."""
    digest_id: UUID | None


class IncidentPage(BaseModel):
    items: list[IncidentItem]
    next: str | None


class DeliveryPage(BaseModel):
    items: list[DeliveryItem]
    next: str | None


class IncidentInFull(IncidentItem):
    """An incident, how it came about, and who was told."""

    revisions: list[RevisionItem]
    members: list[MemberItem]
    deliveries: list[DeliveryItem]


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
        }
        return IncidentInFull.model_validate({**found.incident, **parts})

    @router.get("/deliveries")
    async def list_deliveries(
        state: State | None = None,
        receiver: Annotated[str | None, Query(max_length=64)] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> DeliveryPage:
        """Deliveries, the latest written first."""
        try:
            page = await reads().deliveries(state and state.value, receiver, cursor, limit)
        except InvalidCursor as error:
            raise Problem(422, str(error)) from error
        return DeliveryPage(items=[DeliveryItem.model_validate(dict(row)) for row in page.rows], next=page.next)

    return router
