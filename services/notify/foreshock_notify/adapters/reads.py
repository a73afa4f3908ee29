"""What the read API shows: pages of incidents and deliveries, and one incident in full.

Pages go from the newest back. A cursor is where a page ended, not how far it was, so nothing is shown twice or left out
when rows are written meanwhile.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Executable, RowMapping, Select, Table, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from foreshock_notify.adapters import schema
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.runtime.database import translated

MEMBERS_LIMIT: Final = 500
"""Members of an incident that are shown, the latest first."""

Row: TypeAlias = RowMapping


class InvalidCursor(ValueError):
    """A cursor that no page has given."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursor of what follows, if anything does."""

    rows: Sequence[Row]
    next: str | None


@dataclass(frozen=True, slots=True)
class WholeDecision:
    """What a post came to, and what is needed to say why."""

    decision: Row
    post: PostStored | None
    """As the store has it; None where the store no longer keeps it."""
    origins: int
    """Independent origins of its story so far."""
    revisions: Sequence[Row]
    """Those that this post caused."""
    deliveries: Sequence[Row]
    """Of those revisions."""


@dataclass(frozen=True, slots=True)
class WholeIncident:
    """An incident and everything that is known of how it came about and who was told."""

    incident: Row
    revisions: Sequence[Row]
    members: Sequence[Row]
    deliveries: Sequence[Row]
    attempts: Sequence[Row]


@dataclass(frozen=True, slots=True)
class WholeDelivery:
    """A delivery with its body, and every attempt at it."""

    delivery: Row
    attempts: Sequence[Row]


_DELIVERY: Final = [column for column in schema.deliveries.c if column.name not in {"body", "lease"}]

_STORED: Final = text(
    "SELECT payload FROM store.v_posts WHERE id = :post"
    " AND accepted_at BETWEEN CAST(:decided_at AS timestamptz) - interval '7 days'"
    " AND CAST(:decided_at AS timestamptz) + interval '1 minute'"
).columns(payload=JSON)
"""The store's view has no index on ids alone: the day of the decision says where to look."""


class Reads:
    """Questions to the tables; nothing here writes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def incidents(self, status: str | None, cursor: str | None, limit: int) -> Page:
        """A page of incidents, the latest opened first."""
        table = schema.incidents
        found = select(table) if status is None else select(table).where(table.c.status == status)
        return await self._page(found, table, table.c.opened_at, cursor, limit)

    async def deliveries(self, state: str | None, receiver: str | None, cursor: str | None, limit: int) -> Page:
        """A page of deliveries, the latest written first."""
        table = schema.deliveries
        found = select(*_DELIVERY)
        if state is not None:
            found = found.where(table.c.state == state)
        if receiver is not None:
            found = found.where(table.c.receiver == receiver)
        return await self._page(found, table, table.c.created_at, cursor, limit)

    async def delivery(self, delivery: UUID) -> WholeDelivery | None:
        """One delivery, or None where there is none of this id."""
        table, attempts = schema.deliveries, schema.attempts
        found = await self._rows(select(*_DELIVERY, table.c.body).where(table.c.id == delivery))
        if not found:
            return None
        tries = select(attempts).where(attempts.c.delivery_id == delivery).order_by(attempts.c.attempt)
        return WholeDelivery(found[0], await self._rows(tries))

    async def incident(self, incident: UUID) -> WholeIncident | None:
        """One incident, or None where there is none of this id."""
        revisions, decisions, deliveries = schema.revisions, schema.decisions, schema.deliveries
        attempts = schema.attempts
        found = await self._rows(select(schema.incidents).where(schema.incidents.c.id == incident))
        if not found:
            return None
        return WholeIncident(
            found[0],
            await self._rows(
                select(revisions).where(revisions.c.incident_id == incident).order_by(revisions.c.revision)
            ),
            await self._rows(
                select(decisions)
                .where(decisions.c.incident_id == incident)
                .order_by(decisions.c.decided_at.desc(), decisions.c.post_id)
                .limit(MEMBERS_LIMIT)
            ),
            await self._rows(
                select(*_DELIVERY)
                .where(deliveries.c.incident_id == incident)
                .order_by(deliveries.c.revision, deliveries.c.receiver)
            ),
            await self._rows(
                select(attempts)
                .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
                .where(deliveries.c.incident_id == incident)
                .order_by(attempts.c.started_at, attempts.c.attempt)
            ),
        )

    async def decision(self, post: UUID) -> WholeDecision | None:
        """What a post came to, or None where that is not known (any more)."""
        decisions, revisions, deliveries = schema.decisions, schema.revisions, schema.deliveries
        found = await self._rows(select(decisions).where(decisions.c.post_id == post))
        if not found:
            return None
        heard = select(func.count()).where(
            decisions.c.story_id == found[0]["story_id"], decisions.c.witness, decisions.c.independent
        )
        stored = await self._rows(_STORED.bindparams(post=post, decided_at=found[0]["decided_at"]))
        caused = (revisions.c.incident_id == deliveries.c.incident_id) & (revisions.c.revision == deliveries.c.revision)
        return WholeDecision(
            found[0],
            PostStored.model_validate(stored[0]["payload"]) if stored else None,
            next(iter((await self._rows(heard))[0].values())),
            await self._rows(select(revisions).where(revisions.c.post_id == post).order_by(revisions.c.decided_at)),
            await self._rows(
                select(*_DELIVERY)
                .join(revisions, caused)
                .where(revisions.c.post_id == post)
                .order_by(deliveries.c.revision, deliveries.c.receiver)
            ),
        )

    async def _page(
        self, found: Select[Any], table: Table, moment: ColumnElement[datetime], cursor: str | None, limit: int
    ) -> Page:
        if cursor is not None:
            found = found.where(tuple_(moment, table.c.id) < tuple_(*_read_cursor(cursor)))
        rows = await self._rows(found.order_by(moment.desc(), table.c.id.desc()).limit(limit + 1))
        shown = rows[:limit]
        following = _write_cursor(shown[-1][moment], shown[-1][table.c.id]) if len(rows) > limit else None
        return Page(shown, following)

    async def _rows(self, query: Executable) -> Sequence[Row]:
        async with translated(), self._engine.connect() as connection:
            found: Sequence[Row] = (await connection.execute(query)).mappings().all()
        return found


def _write_cursor(moment: datetime, ident: UUID) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{ident}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, _, ident = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        found = datetime.fromisoformat(moment), UUID(ident)
    except (ValueError, binascii.Error) as error:
        raise InvalidCursor("the cursor is none that a page of ours has given; leave it out to begin anew") from error
    if found[0].tzinfo is None:
        raise InvalidCursor("the cursor's moment has no zone; leave the cursor out to begin anew")
    return found
