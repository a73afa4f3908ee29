"""The hot path: a batch of judged posts into Postgres, in one transaction and few statements.

Guarantees, whatever comes twice, out of order, or on two replicas at once:
- A post is kept once. The narrow, unpartitioned `post_keys` decides who is first; who is, writes the row.
- What is first stands: a redelivered post keeps its story, its `accepted_at` and its `stored_at`.
- A later acceptance of a known id is kept as a revision; the one with the latest `accepted_at` is what the post is now,
  also if it came first.
- What is returned is read back as it stands in the database, for every post of the batch that is relevant there, in the
  order in which the batch has them: what was accepted first is told first.

Rows are written in the order of their ids, so that two writers never wait for each other crosswise.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from foreshock_shared.contracts.events import PostClassified, PostStored
from foreshock_shared.runtime.database import Session, translated
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.revisions import keep_later
from foreshock_store.adapters.rows import COLUMNS, NOISE_COLUMNS, Column, columns
from foreshock_store.adapters.story_book import StoryBook
from foreshock_store.domain.canary import as_noise
from foreshock_store.domain.partitions import day_of
from foreshock_store.domain.stories import Assignment

_CLAIM: Final = """
INSERT INTO store.post_keys (id, accepted_at, content)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::bytea[])
ON CONFLICT DO NOTHING RETURNING id
"""
CANARIES_KEPT: Final = timedelta(days=1)
_KEEP_CANARIES: Final = """
INSERT INTO store.canaries (id, accepted_at, stored_at)
SELECT id, accepted_at, $3 FROM unnest($1::uuid[], $2::timestamptz[]) AS c(id, accepted_at) ON CONFLICT DO NOTHING
"""
_FORGET_CANARIES: Final = "DELETE FROM store.canaries WHERE stored_at < $1"


def _insert_of(columns: Sequence[Column]) -> str:
    names = ", ".join(c.name for c in columns)
    arrays = ", ".join(f"${n}::{c.type}[]" for n, c in enumerate(columns, 1))
    values = ", ".join(c.expression for c in columns)
    return (
        f"INSERT INTO store.posts ({names}, stored_at) "  # noqa: S608 - built from the column list of our own code
        f"SELECT {values}, ${len(columns) + 1} FROM unnest({arrays}) AS post({names})"
    )


_INSERT_NOISE: Final = _insert_of(NOISE_COLUMNS)
_INSERT_RELEVANT: Final = _insert_of(COLUMNS)
_TOLD: Final = """
SELECT p.id, p.story::text AS story, p.origin FROM store.post_keys k
JOIN store.posts p ON p.id = k.id AND p.accepted_at = k.accepted_at
WHERE k.id = ANY($1::uuid[]) AND p.story_id IS NOT NULL
"""
_AS_STORED: Final = """
SELECT k.id, payload::text AS payload FROM store.post_keys k
JOIN store.v_posts p ON p.id = k.id AND p.accepted_at = k.accepted_at
WHERE k.id = ANY($1::uuid[])
"""


class Archive:
    """Keeps posts."""

    def __init__(self, pool: asyncpg.Pool, partitions: Partitions, book: StoryBook) -> None:
        self._pool = pool
        self._partitions = partitions
        self._book = book

    async def keep(self, posts: Sequence[PostClassified], now: datetime) -> list[PostStored]:
        """Keep these posts; answers those of them that are relevant, as they are stored.

        Raises PermanentError where a post cannot be kept (nothing of the batch is, then), RetryableError where the
        database is at fault.
        """
        days = {day_of(p.post.accepted_at, now) for p in posts}
        relevant = [p for p in posts if p.classification.relevant]
        async with translated():
            await self._partitions.ensure(days)
            try:
                if relevant:
                    async with self._book.turn():
                        return await self._keep(posts, relevant, now)
                return await self._keep(posts, relevant, now)
            except asyncpg.CheckViolationError as error:
                self._partitions.forget()
                raise DependencyUnavailable("a partition was dropped meanwhile; it is made again") from error

    async def _keep(
        self, posts: Sequence[PostClassified], relevant: Sequence[PostClassified], now: datetime
    ) -> list[PostStored]:
        async with self._pool.acquire() as connection, connection.transaction():
            stories = await self._stories(connection, relevant) if relevant else {}
            first, later = _first_of_each_id(posts)
            fresh = await self._insert(connection, first, stories, now)
            known = [p for p in first if p.post.id not in fresh] + later
            if known:
                await keep_later(connection, known, stories)
            asked = {p.post.id for p in relevant} | {p.post.id for p in known}
            return await _as_stored(connection, dict.fromkeys(p.post.id for p in posts if p.post.id in asked))

    async def _stories(self, connection: Session, relevant: Sequence[PostClassified]) -> dict[UUID, Assignment]:
        """The stories of the batch: as they were told for what is stored already, assigned now for the rest."""
        await self._book.lock(connection)
        rows = await connection.fetch(_TOLD, [p.post.id for p in relevant])
        told = {row["id"]: Assignment.told(row["story"], row["origin"]) for row in rows}
        return told | await self._book.assign(connection, (p for p in relevant if p.post.id not in told))

    async def _insert(
        self,
        connection: Session,
        posts: Sequence[PostClassified],
        stories: dict[UUID, Assignment],
        now: datetime,
    ) -> set[UUID]:
        """Write the posts that nobody has written; answers their ids."""
        ids = [p.post.id for p in posts]
        moments = [p.post.accepted_at for p in posts]
        rows = await connection.fetch(_CLAIM, ids, moments, [bytes.fromhex(p.post.content) for p in posts])
        fresh = {row["id"] for row in rows} if len(rows) < len(ids) else set(ids)
        mine = posts if len(fresh) == len(ids) else [p for p in posts if p.post.id in fresh]
        for relevant, statement in ((False, _INSERT_NOISE), (True, _INSERT_RELEVANT)):
            if some := [p for p in mine if p.classification.relevant is relevant]:
                await connection.execute(statement, *columns(some, stories), now)
        return fresh

    async def rehearse(self, canaries: Sequence[PostClassified], now: datetime) -> None:
        """Do with canaries what is done with posts, on the same tables and under the same lock, and take it back.

        Only a row of their own is committed, which goes after `CANARIES_KEPT`. No story takes them in. Raises as `keep`
        does.
        """
        first, _ = _first_of_each_id(canaries)
        async with translated():
            await self._partitions.ensure({day_of(each.post.accepted_at, now) for each in first})
            async with self._pool.acquire() as connection, connection.transaction():
                await self._book.lock(connection)
                trial = connection.transaction()
                await trial.start()
                await self._insert(connection, [as_noise(each) for each in first], {}, now)
                await trial.rollback()
                ids, moments = [each.post.id for each in first], [each.post.accepted_at for each in first]
                await connection.execute(_KEEP_CANARIES, ids, moments, now)
                await connection.execute(_FORGET_CANARIES, now - CANARIES_KEPT)


def _first_of_each_id(posts: Sequence[PostClassified]) -> tuple[list[PostClassified], list[PostClassified]]:
    """One acceptance of each id, the earliest, in the order of ids; and the others."""
    ordered = sorted(posts, key=lambda p: (p.post.id.bytes, p.post.accepted_at))
    first = {p.post.id: p for p in reversed(ordered)}
    if len(first) == len(ordered):
        return ordered, []
    chosen = {id(p) for p in first.values()}
    return [p for p in ordered if id(p) in chosen], [p for p in ordered if id(p) not in chosen]


async def _as_stored(connection: Session, ids: Collection[UUID]) -> list[PostStored]:
    if not ids:
        return []
    rows = await connection.fetch(_AS_STORED, list(ids))
    stored = {row["id"]: PostStored.model_validate_json(row["payload"]) for row in rows}
    return [stored[each] for each in ids if each in stored]
