"""`POST /v1/stories/{id}/merge` and `/split`: putting right by hand what was taken for one event, or for two."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from foreshock_shared.contracts.base import Name
from foreshock_shared.runtime.problems import Problem, require_key
from foreshock_store.adapters.corrections import MOST_POSTS, CorrectionRefused, Corrections, Signed, UnknownStory


class Correction(BaseModel):
    """Who corrects, and why; kept with what was done."""

    model_config = ConfigDict(extra="forbid")

    by: Name = "api"
    note: Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")] = ""

    def signed(self) -> Signed:
        """As it is recorded."""
        return Signed(self.by, self.note, datetime.now(UTC))


class Merge(Correction):
    """The story that goes on."""

    into: UUID


class Split(Correction):
    """The posts that are another event."""

    posts: Annotated[list[UUID], Field(min_length=1, max_length=MOST_POSTS)]


class Corrected(BaseModel):
    """What came of a correction."""

    story: UUID
    """The story that the posts belong to now."""
    moved: int
    """Posts that moved; each is published again."""


def corrections_api(corrections: Callable[[], Corrections], key: SecretStr) -> APIRouter:
    """The routes, over what exists once the service has started."""
    router = APIRouter(prefix="/v1", tags=["correct"], dependencies=[Depends(require_key(key))])

    @router.post("/stories/{story_id}/merge")
    async def merge_story(story_id: UUID, asked: Merge) -> Corrected:
        """Move all posts of this story into another, which goes on for both."""
        try:
            return Corrected(story=asked.into, moved=await corrections().merge(story_id, asked.into, asked.signed()))
        except CorrectionRefused as error:
            raise _problem(error) from error

    @router.post("/stories/{story_id}/split")
    async def split_story(story_id: UUID, asked: Split) -> Corrected:
        """Make a story of its own of some of this one's posts."""
        try:
            story, moved = await corrections().split(story_id, asked.posts, asked.signed())
        except CorrectionRefused as error:
            raise _problem(error) from error
        return Corrected(story=story, moved=moved)

    return router


def _problem(error: CorrectionRefused) -> Problem:
    return Problem(404 if isinstance(error, UnknownStory) else 409, str(error))
