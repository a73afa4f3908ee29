"""Deliveries and receivers over HTTP.

GET  /v1/deliveries                 ?state&receiver&limit&cursor
GET  /v1/deliveries/{id}            with its attempts, and the body as it was frozen
POST /v1/deliveries/{id}/resend     one more attempt: the same id, the same body
POST /v1/receivers/{name}/recover   ?since: what a receiver was not told is due again
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr

from foreshock_notify.adapters import recovery
from foreshock_notify.adapters.outbox import State
from foreshock_notify.adapters.reads import InvalidCursor, Reads
from foreshock_notify.domain.retry import Outcome
from foreshock_notify.pipeline import utc_now
from foreshock_shared.runtime.problems import Problem, require_key

Limit: TypeAlias = Annotated[int, Query(ge=1, le=500)]
Cursor: TypeAlias = Annotated[str | None, Query(max_length=200)]
Name: TypeAlias = Annotated[str, Path(max_length=64)]


class FromRow(BaseModel):
    """Something read from a row."""

    model_config = ConfigDict(from_attributes=True)


class DeliveryItem(FromRow):
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


class AttemptItem(FromRow):
    """One try of a delivery, and what came of it."""

    attempt: int
    started_at: datetime
    milliseconds: int
    status: int | None
    outcome: Outcome
    error: str | None


class DeliveryInFull(DeliveryItem):
    """A delivery, every attempt at it, and its body as text once it is frozen."""

    attempts: list[AttemptItem]
    body: str | None


class DeliveryPage(BaseModel):
    items: list[DeliveryItem]
    next: str | None


class Resent(BaseModel):
    """The delivery is due now."""

    id: UUID
    receiver: str


class Recovered(BaseModel):
    """What is due again."""

    receiver: str
    deliveries: list[UUID]


def make_router(reads: Callable[[], Reads], pool: Callable[[], asyncpg.Pool], key: SecretStr) -> APIRouter:
    """The routes; every one asks for the key."""
    router = APIRouter(prefix="/v1", tags=["deliveries"], dependencies=[Depends(require_key(key))])
    _add_reads(router, reads)
    _add_repeats(router, pool)
    return router


def _add_reads(router: APIRouter, reads: Callable[[], Reads]) -> None:
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

    @router.get("/deliveries/{delivery_id}")
    async def get_delivery(delivery_id: UUID) -> DeliveryInFull:
        """One delivery in full."""
        found = await reads().delivery(delivery_id)
        if found is None:
            raise Problem(404, f"there is no delivery {delivery_id}")
        body: bytes | None = found.delivery["body"]
        return DeliveryInFull.model_validate(
            {
                **found.delivery,
                "body": body.decode("utf-8", "replace") if body is not None else None,
                "attempts": [dict(row) for row in found.attempts],
            }
        )


def _add_repeats(router: APIRouter, pool: Callable[[], asyncpg.Pool]) -> None:
    @router.post("/deliveries/{delivery_id}/resend", status_code=202)
    async def resend_delivery(delivery_id: UUID) -> Resent:
        """Make one more attempt, whatever came of it: under the same id, with the same body."""
        try:
            receiver = await recovery.resend(pool(), delivery_id, utc_now())
        except recovery.Unresendable as error:
            raise Problem(409, str(error)) from error
        if receiver is None:
            raise Problem(404, f"there is no delivery {delivery_id}")
        return Resent(id=delivery_id, receiver=receiver)

    @router.post("/receivers/{name}/recover", status_code=202)
    async def recover_receiver(name: Name, since: AwareDatetime) -> Recovered:
        """Make due again what a receiver was not told since then, and what still waits; lift its suspension."""
        found = await recovery.recover(pool(), name, since, utc_now())
        if found is None:
            raise Problem(404, f"no receiver {name} has ever been told anything")
        return Recovered(receiver=name, deliveries=found)
