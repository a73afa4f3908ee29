"""What was stored, for the read API: pages of posts and stories, newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, cast, literal, select, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncEngine

from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.runtime.database import translated
from foreshock_store.adapters.schema import post_keys, post_revisions, posts, stories


class Place(NamedTuple):
    """Where a page ends: the last item's moment and id."""

    at: datetime
    id: UUID


class PostFilter(NamedTuple):
    """What a reader asks for; all of it must hold."""

    topic: Topic | None = None
    urgency: Urgency | None = None
    shock: bool | None = None
    story: UUID | None = None
    source: str | None = None
    since: datetime | None = None
    query: str | None = None
    """A tsquery, built by `domain.search`."""


class StoryFilter(NamedTuple):
    """What a reader asks of stories."""

    shock: bool | None = None
    since: datetime | None = None


_SHOWN = [column for column in posts.c if column.name not in {"search", "first"}]
_STORY = [column for column in stories.c if column.name not in {"state", "turn", "touched"}]


class Reader:
    """Reads; never writes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def posts(self, wanted: PostFilter, after: Place | None, limit: int) -> Sequence[RowMapping]:
        """A page of posts, newest first."""
        statement = select(*_SHOWN).where(*_conditions(wanted))
        if after is not None:
            statement = statement.where(tuple_(posts.c.accepted_at, posts.c.id) < tuple_(*_literals(after)))
        return await self._all(statement.order_by(posts.c.accepted_at.desc(), posts.c.id.desc()).limit(limit))

    async def post(self, post_id: UUID) -> RowMapping | None:
        """One post as it is now, with `first`, what it was before it was revised."""
        statement = (
            select(*_SHOWN, posts.c.first)
            .join(post_keys, (post_keys.c.id == posts.c.id) & (post_keys.c.accepted_at == posts.c.accepted_at))
            .where(post_keys.c.id == post_id)
        )
        return next(iter(await self._all(statement)), None)

    async def revisions(self, post_id: UUID) -> Sequence[RowMapping]:
        """Every later acceptance of a post, oldest first."""
        r = post_revisions.c
        statement = select(r.accepted_at, r.content, r.post, r.judgement).where(r.id == post_id)
        return await self._all(statement.order_by(r.accepted_at))

    async def stories(self, wanted: StoryFilter, after: Place | None, limit: int) -> Sequence[RowMapping]:
        """A page of stories, the most recently told first."""
        statement = select(*_STORY)
        if wanted.shock is not None:
            statement = statement.where(stories.c.shock == wanted.shock)
        if wanted.since is not None:
            statement = statement.where(stories.c.last_seen >= wanted.since)
        if after is not None:
            statement = statement.where(tuple_(stories.c.last_seen, stories.c.id) < tuple_(*_literals(after)))
        return await self._all(statement.order_by(stories.c.last_seen.desc(), stories.c.id.desc()).limit(limit))

    async def story(self, story_id: UUID) -> RowMapping | None:
        """One story."""
        return next(iter(await self._all(select(*_STORY).where(stories.c.id == story_id))), None)

    async def ended_by(self, story_id: UUID) -> UUID | None:
        """The story that lifts or repeals this one, if any; the latest of several."""
        statement = select(stories.c.id).where(stories.c.ends == story_id).order_by(stories.c.first_seen.desc())
        row = next(iter(await self._all(statement.limit(1))), None)
        return row["id"] if row else None

    async def _all(self, statement: Select[Any]) -> Sequence[RowMapping]:
        async with translated(), self._engine.connect() as connection:
            rows: Sequence[RowMapping] = (await connection.execute(statement)).mappings().all()
        return rows


def _literals(place: Place) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return literal(place.at, posts.c.accepted_at.type), literal(place.id, posts.c.id.type)


def _conditions(wanted: PostFilter) -> list[ColumnElement[bool]]:
    equal: dict[ColumnElement[Any], object] = {
        posts.c.urgency: wanted.urgency.rank if wanted.urgency is not None else None,
        posts.c.shock: wanted.shock,
        posts.c.story_id: wanted.story,
        posts.c.source: wanted.source,
    }
    found = [column == value for column, value in equal.items() if value is not None]
    if wanted.topic is Topic.NONE:
        found.append(posts.c.topics.is_(None))
    elif wanted.topic is not None:
        found += [posts.c.topics.is_not(None), posts.c.topics.any_() == wanted.topic.value]
    if wanted.since is not None:
        found.append(posts.c.accepted_at >= wanted.since)
    if wanted.query is not None:
        found.append(posts.c.search.op("@@", is_comparison=True)(cast(wanted.query, TSQUERY)))
    return found
