"""`GET /v1/posts`, `/v1/posts/{id}`, `/v1/stories`, `/v1/stories/{id}`; each needs the bearer key."""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from foreshock_shared.contracts.base import Instant
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.runtime.problems import Problem, require_key
from foreshock_store.adapters.reader import Place, PostFilter, Reader, StoryFilter
from foreshock_store.api.items import (
    PostDetail,
    PostItem,
    PostPage,
    Revision,
    StoryDetail,
    StoryItem,
    StoryPage,
)
from foreshock_store.api.paging import from_cursor, to_cursor
from foreshock_store.domain.search import query

LATEST: Final = 50
"""Posts that a story is shown with."""


class Paged(BaseModel):
    """Which page; a parameter that nobody knows is refused, since it would silently not filter."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=1_000)
    cursor: str | None = Field(None, max_length=64)
    since: Instant | None = None
    shock: bool | None = None


class PostsAsked(Paged):
    """The parameters of `/v1/posts`."""

    topic: Topic | None = None
    urgency: Urgency | None = None
    story: UUID | None = None
    source: str | None = Field(None, max_length=512, pattern=r"^[^\x00]*$")
    q: str | None = Field(None, max_length=500)

    def as_filter(self) -> PostFilter:
        """What to look for. Raises Problem 400 for a `q` without any word."""
        asked = query(self.q) if self.q is not None else None
        if self.q is not None and asked is None:
            raise Problem(400, "q: holds no word to look for")
        return PostFilter(self.topic, self.urgency, self.shock, self.story, self.source, self.since, asked)


def read_api(reader: Callable[[], Reader], key: SecretStr) -> APIRouter:
    """The routes, over a reader that exists once the service has started."""
    router = APIRouter(prefix="/v1", tags=["read"], dependencies=[Depends(require_key(key))])

    @router.get("/posts")
    async def list_posts(asked: Annotated[PostsAsked, Query()]) -> PostPage:
        """Posts, newest first."""
        rows = await reader().posts(asked.as_filter(), from_cursor(asked.cursor), asked.limit + 1)
        items = [PostItem.from_row(row) for row in rows[: asked.limit]]
        more = len(rows) > asked.limit
        return PostPage(items=items, next=to_cursor(Place(items[-1].accepted_at, items[-1].id)) if more else None)

    @router.get("/posts/{post_id}")
    async def show_post(post_id: UUID) -> PostDetail:
        """One post as it is now, with every revision."""
        row = await reader().post(post_id)
        if row is None:
            raise Problem(404, f"no post {post_id} is stored")
        revisions = [Revision.from_row(r) for r in await reader().revisions(post_id)]
        more = {name: row[name] for name in ("stored_at", "story", "first")}
        return PostDetail(**dict(PostItem.from_row(row)), **more, revisions=revisions)

    @router.get("/stories")
    async def list_stories(asked: Annotated[Paged, Query()]) -> StoryPage:
        """Stories, the most recently told first."""
        wanted = StoryFilter(asked.shock, asked.since)
        rows = await reader().stories(wanted, from_cursor(asked.cursor), asked.limit + 1)
        items = [StoryItem(**row) for row in rows[: asked.limit]]
        more = len(rows) > asked.limit
        return StoryPage(items=items, next=to_cursor(Place(items[-1].last_seen, items[-1].id)) if more else None)

    @router.get("/stories/{story_id}")
    async def show_story(story_id: UUID) -> StoryDetail:
        """One story with its newest posts."""
        row = await reader().story(story_id)
        if row is None:
            raise Problem(404, f"no story {story_id} is known")
        latest = await reader().posts(PostFilter(story=story_id), None, LATEST)
        return StoryDetail(
            **row, ended_by=await reader().ended_by(story_id), latest=[PostItem.from_row(r) for r in latest]
        )

    return router
