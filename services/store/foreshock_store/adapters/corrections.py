"""Corrections of stories by hand: one story goes on for another, or posts become a story of their own.

A correction takes its turn among the assignments of all replicas, under the same lock. Stories, posts, and the record
of what was done and by whom are one transaction; it is also the outbox: the posts that moved, and the lifts of a story
that went on as another, are published again as they stand until that is known to be done, so a crash after the commit
heals. A post says how often it was moved, which lets a reader tell an older event of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Classification
from foreshock_shared.contracts.streams import STORED, Lane
from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.database import Session, translated
from foreshock_shared.runtime.delivery import wire
from foreshock_shared.runtime.errors import PermanentError
from foreshock_store.adapters.story_book import StoryBook
from foreshock_store.domain.lanes import lane_of
from foreshock_store.domain.story import PostFacts, Story

MOST_POSTS: Final = 1_000
"""Posts that are split off at once; and the newest of the rest that the story is built anew from."""
_POSTS: Final = """
SELECT id, accepted_at, created_at, text, judgement::text AS judgement FROM store.posts
WHERE story_id = $1 AND (id = ANY($2::uuid[])) = $3 ORDER BY accepted_at DESC, id DESC LIMIT $4
"""
_MOVE: Final = """
UPDATE store.posts SET story_id = $3, story = jsonb_strip_nulls(jsonb_build_object(
    'id', $3::uuid, 'headline', $4::text, 'first_seen', $5::timestamptz, 'ends', $6::uuid, 'first_urgent', $7::uuid,
    'why', jsonb_build_array($8::text), 'moves', coalesce((story->>'moves')::int, 0) + 1))::json
WHERE story_id = $1 AND ($2::uuid[] IS NULL OR id = ANY($2::uuid[])) RETURNING id
"""
_LIFTS_FOLLOW: Final = """
UPDATE store.posts SET story = (story::jsonb || jsonb_build_object(
    'ends', $2::uuid, 'moves', coalesce((story->>'moves')::int, 0) + 1))::json
WHERE story_id IN (SELECT id FROM store.stories WHERE ends = $2) AND story->>'ends' = $1::text RETURNING id
"""
_RECORD: Final = """
INSERT INTO store.story_corrections (kind, story_id, other_id, posts, made_at, made_by, note)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_STORIES: Final = "SELECT id, merged_into FROM store.stories WHERE id = ANY($1::uuid[])"
_UNTOLD: Final = """
SELECT id, posts FROM store.story_corrections WHERE told_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_AS_STORED: Final = """
SELECT payload::text AS payload FROM store.post_keys k
JOIN store.v_posts p ON p.id = k.id AND p.accepted_at = k.accepted_at
WHERE k.id = ANY($1::uuid[]) ORDER BY k.accepted_at, k.id
"""


class CorrectionRefused(PermanentError):
    """What was asked for makes no sense as the stories stand."""


class UnknownStory(CorrectionRefused):
    """There is no such story."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who corrects, when, and why."""

    by: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Corrections:
    """Makes corrections, and tells them on the public stream."""

    pool: asyncpg.Pool
    book: StoryBook
    redis: Redis

    async def merge(self, gone: UUID, stays: UUID, signed: Signed) -> int:
        """Let `stays` go on for `gone`, and what ended `gone` end `stays`; answers how many posts moved.

        Raises CorrectionRefused.
        """
        if gone == stays:
            raise CorrectionRefused(f"story {gone} cannot be merged into itself")
        async with translated(), self.book.turn(), self.pool.acquire() as connection, connection.transaction():
            await self.book.lock(connection)
            await _require(connection, gone, stays)
            story = await self.book.merge(connection, gone, stays, signed.at)
            moved = await _move(connection, gone, None, story, "merged by hand into this story")
            lifts = [row["id"] for row in await connection.fetch(_LIFTS_FOLLOW, str(gone), stays)]
            await _record(connection, "merge", (gone, stays), [*moved, *lifts], signed)
        return len(moved)

    async def split(self, whole: UUID, posts: Sequence[UUID], signed: Signed) -> tuple[UUID, int]:
        """Make a story of its own of some posts; answers its id and their number. Raises CorrectionRefused."""
        chosen = list(dict.fromkeys(posts))
        if not 0 < len(chosen) <= MOST_POSTS:
            raise CorrectionRefused(f"name 1 to {MOST_POSTS} posts to split off, not {len(chosen)}")
        async with translated(), self.book.turn(), self.pool.acquire() as connection, connection.transaction():
            await self.book.lock(connection)
            await _require(connection, whole)
            parted = await _posts_of(connection, whole, chosen, named=True)
            if missing := set(chosen) - {facts.id for facts, _ in parted}:
                raise CorrectionRefused(f"post {min(missing, key=str)} is not in story {whole}; see `stories show`")
            rest = await _posts_of(connection, whole, chosen, named=False)
            if not rest:
                raise CorrectionRefused(f"story {whole} would be left empty: split off some of its posts, not all")
            story = await self.book.split(connection, whole, rest, parted, signed.at)
            moved = await _move(connection, whole, chosen, story, "split off by hand as a story of its own")
            await _record(connection, "split", (whole, story.id), moved, signed)
        return story.id, len(moved)

    async def tell(self) -> None:
        """Publish what was corrected and is not known to be told, oldest first."""
        while await self._tell_next():
            pass

    async def _tell_next(self) -> bool:
        async with translated(), self.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_UNTOLD)
            if row is None:
                return False
            payloads = await connection.fetch(_AS_STORED, row["posts"])
            await self._publish([PostStored.model_validate_json(r["payload"]) for r in payloads])
            told = "UPDATE store.story_corrections SET told_at = $2 WHERE id = $1"
            await connection.execute(told, row["id"], datetime.now(UTC))
        return True

    async def _publish(self, posts: Sequence[PostStored]) -> None:
        async with shared_redis.translated():
            for lane in Lane:
                for data in wire.pack(post.to_wire() for post in posts if lane_of(post) is lane):
                    fields: Any = wire.entry_fields(STORED, data, datetime.now(UTC))
                    await self.redis.xadd(STORED.key(lane), fields)


async def _require(connection: Session, *wanted: UUID) -> None:
    """Refuse stories that are not there, or have gone into another."""
    known = {row["id"]: row["merged_into"] for row in await connection.fetch(_STORIES, list(wanted))}
    for story in wanted:
        if story not in known:
            raise UnknownStory(f"no story {story} is known")
        if known[story] is not None:
            raise CorrectionRefused(f"story {story} was merged into {known[story]}; correct that one")


async def _posts_of(
    connection: Session, story: UUID, ids: list[UUID], *, named: bool
) -> list[tuple[PostFacts, Classification]]:
    """Posts of a story, those named or the others, oldest first."""
    rows = await connection.fetch(_POSTS, story, ids, named, MOST_POSTS)
    return [
        (
            PostFacts(row["id"], row["text"], min(row["created_at"] or row["accepted_at"], row["accepted_at"])),
            Classification.model_validate_json(row["judgement"]),
        )
        for row in reversed(rows)
    ]


async def _move(connection: Session, of: UUID, ids: list[UUID] | None, to: Story, why: str) -> list[UUID]:
    """Let posts of a story, all where none are named, belong to another."""
    rows = await connection.fetch(_MOVE, of, ids, to.id, to.headline, to.first_seen, to.ends, to.first_urgent, why)
    return [row["id"] for row in rows]


async def _record(
    connection: Session, kind: str, stories: tuple[UUID, UUID], posts: list[UUID], signed: Signed
) -> None:
    await connection.execute(_RECORD, kind, *stories, posts, signed.at, signed.by, signed.note)
