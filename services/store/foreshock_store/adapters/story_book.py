"""Stories in Postgres: one book for all replicas.

Assignment happens inside the transaction that stores the posts, under an advisory lock that ends with it; so for the
whole cluster there is one order of assignments, and two replicas that race make one story. Each replica keeps an engine
in memory and, when its turn comes, first reads the stories that others have changed since.

An engine that decided something which was then not committed is thrown away and read anew.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from foreshock_shared.contracts.events import PostClassified
from foreshock_shared.contracts.judgement import Classification
from foreshock_shared.contracts.post import Post
from foreshock_shared.runtime.database import Session
from foreshock_store.domain.copies import KEPT, Origin
from foreshock_store.domain.stories import Assignment, StoryEngine
from foreshock_store.domain.story import STATE, Changes, PostFacts, Story

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('foreshock store stories', 0))"
_CHANGED: Final = """
SELECT turn, state::text AS state FROM (
    SELECT turn, state FROM store.stories WHERE turn > $1 AND touched > $2 ORDER BY turn DESC LIMIT $3
) AS newest ORDER BY turn
"""
_STATES: Final = "SELECT state::text AS state FROM store.stories WHERE id = ANY($1::uuid[])"
_TEXTS: Final = """
SELECT t.id, t.story_id, t.number, t.exact, t.sample, t.names
FROM store.story_texts t JOIN store.stories s ON s.id = t.story_id
WHERE t.story_id = ANY($1::uuid[]) AND t.turn > $2 AND (t.number < $3 OR t.number >= s.origins - $3) ORDER BY t.turn
"""
_WRITE_TEXTS: Final = """
INSERT INTO store.story_texts (id, story_id, turn, number, exact, sample, names)
SELECT id, story_id, nextval('store.story_turns'), number, exact, sample, names
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::bytea[], $6::text[])
     AS t(id, story_id, number, exact, sample, names)
ON CONFLICT (id) DO UPDATE SET story_id = excluded.story_id, turn = excluded.turn, number = excluded.number,
    exact = excluded.exact, sample = excluded.sample, names = excluded.names
"""
_WRITE: Final = """
INSERT INTO store.stories (id, turn, headline, first_seen, last_seen, touched, posts, origins, shock, lifts, ends,
                              entities, state, merged_into)
SELECT id, nextval('store.story_turns'), headline, first_seen, last_seen, touched, posts, origins, shock, lifts,
       ends, entities::json, state::json, merged_into
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::int[], $7::int[],
            $8::bool[], $9::bool[], $10::uuid[], $11::text[], $12::text[], $13::uuid[])
     AS s(id, headline, first_seen, last_seen, touched, posts, origins, shock, lifts, ends, entities, state,
          merged_into)
ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, headline = excluded.headline, first_seen = excluded.first_seen,
    last_seen = excluded.last_seen, touched = excluded.touched, posts = excluded.posts, origins = excluded.origins,
    shock = excluded.shock, entities = excluded.entities, state = excluded.state, ends = excluded.ends,
    merged_into = excluded.merged_into
RETURNING turn
"""


class StoryBook:
    """This replica's copy of the active stories, and its turns at changing them."""

    def __init__(self, window: timedelta, most_active: int) -> None:
        self._window = window
        self._most_active = most_active
        self._one_at_a_time = asyncio.Lock()
        self._engine = StoryEngine(window, most_active)
        self._seen = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Surrounds the transaction: what fails inside leaves no trace in the engine."""
        async with self._one_at_a_time:
            try:
                yield
            except BaseException:
                self._forget()
                raise

    async def assign(self, connection: Session, posts: Iterable[PostClassified]) -> dict[UUID, Assignment]:
        """The stories of these posts, in the order in which they were accepted; written, but not yet committed.

        Posts that were accepted together stay in the order in which they were sent.
        """
        ordered = sorted(posts, key=lambda p: p.post.accepted_at)
        if not ordered:
            return {}
        await self._catch_up(connection, ordered[-1].post.accepted_at)
        found: dict[UUID, Assignment] = {}
        for one in ordered:
            if one.post.id not in found:
                assignment = self._engine.assign(facts(one.post), one.classification, one.post.accepted_at)
                if assignment is not None:
                    found[one.post.id] = assignment
        await self._write(connection, self._engine.take_changes())
        return found

    async def merge(self, connection: Session, gone: UUID, stays: UUID, now: datetime) -> Story:
        """Let one story go on for another, written but not yet committed; answers it."""
        await self._recall(connection, [gone, stays], now)
        story = self._engine.merge(gone, stays, now)
        await connection.execute("UPDATE store.stories SET ends = $2 WHERE ends = $1", gone, stays)
        await self._write(connection, self._engine.take_changes())
        return story

    async def split(
        self,
        connection: Session,
        whole: UUID,
        rest: Sequence[tuple[PostFacts, Classification]],
        parted: Sequence[tuple[PostFacts, Classification]],
        now: datetime,
    ) -> Story:
        """Make a story of its own of some posts, written but not yet committed; answers it."""
        await self._recall(connection, [whole], now)
        story = self._engine.split(whole, rest, parted, now)
        await self._write(connection, self._engine.take_changes())
        return story

    async def lock(self, connection: Session) -> None:
        """Wait for this transaction's turn among all replicas; held until it ends."""
        await connection.execute(_LOCK)

    async def _catch_up(self, connection: Session, now: datetime) -> None:
        rows = await connection.fetch(_CHANGED, self._seen, now - self._window, self._most_active)
        await self._absorb(connection, rows, self._seen)
        self._seen = max(self._seen, *(row["turn"] for row in rows)) if rows else self._seen

    async def _recall(self, connection: Session, ids: list[UUID], now: datetime) -> None:
        """Have these stories at hand, also where they are older than the window."""
        await self._catch_up(connection, now)
        if forgotten := [story for story in ids if not self._engine.holds(story)]:
            rows = await connection.fetch(_STATES, forgotten)
            await self._absorb(connection, rows, 0)

    async def _absorb(self, connection: Session, rows: Sequence[asyncpg.Record], seen: int) -> None:
        """Take over stories, and those of their texts that are newer than what was seen."""
        if not rows:
            return
        stories = [STATE.validate_json(row["state"]) for row in rows]
        texts = await connection.fetch(_TEXTS, [story.id for story in stories], seen, KEPT)
        self._engine.absorb(Changes(stories, [_origin(row) for row in texts]))

    async def _write(self, connection: Session, changes: Changes) -> None:
        """Texts before stories: who has seen the turn of a story has seen all its texts."""
        if changes.origins:
            latest = {origin.id: origin for origin in changes.origins}.values()
            await connection.execute(_WRITE_TEXTS, *zip(*map(_text_row, latest), strict=True))
        if not changes.stories:
            return
        columns = zip(*map(_row, changes.stories), strict=True)
        turns = await connection.fetch(_WRITE, *columns)
        self._seen = max(row["turn"] for row in turns)

    def _forget(self) -> None:
        self._engine = StoryEngine(self._window, self._most_active)
        self._seen = 0


def facts(post: Post) -> PostFacts:
    """A post as stories see it: it happened when the source says, unless that lies after its acceptance."""
    return PostFacts(post.id, post.text, min(post.created_at or post.accepted_at, post.accepted_at))


def _origin(row: asyncpg.Record) -> Origin:
    names = tuple(row["names"].split())
    return Origin(row["id"], row["story_id"], row["number"], row["exact"], row["sample"], names)


def _text_row(origin: Origin) -> tuple[object, ...]:
    return (origin.id, origin.story, origin.number, origin.exact, origin.sample, " ".join(origin.names))


def _row(story: Story) -> tuple[object, ...]:
    return (
        story.id,
        story.headline,
        story.first_seen,
        story.last_seen,
        story.touched,
        story.posts,
        story.origin_count,
        story.shock,
        story.lifts,
        story.ends,
        json.dumps([entity.model_dump(mode="json") for entity in story.entities.values()]),
        STATE.dump_json(story).decode(),
        story.merged_into,
    )
