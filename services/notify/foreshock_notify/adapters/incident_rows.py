"""Incidents as rows: how the ledger reads them under a lock and writes them back."""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic import TypeAdapter

from foreshock_notify.domain.case import Acknowledged, Incident
from foreshock_notify.domain.notification import PostRef, Status
from foreshock_shared.contracts.judgement import Effect, Topic, Urgency

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

_OF_STORIES: Final = "SELECT * FROM notify.incidents WHERE story_id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
_KEEP: Final = """
    INSERT INTO notify.incidents
        (id, story_id, status, urgency, revision, headline, topics, effect, rules, receivers, origins, posts,
         first_seen, opened_at, last_post_at, acknowledged, merged_into)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    ON CONFLICT (id) DO UPDATE SET
        status = excluded.status, urgency = excluded.urgency, revision = excluded.revision, topics = excluded.topics,
        effect = excluded.effect, rules = excluded.rules, receivers = excluded.receivers, origins = excluded.origins,
        posts = excluded.posts, last_post_at = excluded.last_post_at, acknowledged = excluded.acknowledged,
        merged_into = excluded.merged_into
"""


_OF_IDS: Final = "SELECT * FROM notify.incidents WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
_ACKNOWLEDGED: Final = TypeAdapter(Acknowledged)


async def of_ids(connection: Connection, ids: Iterable[UUID]) -> list[Incident]:
    """These incidents, as far as there are any."""
    return [_incident(row) for row in await connection.fetch(_OF_IDS, list(ids))]


async def of_stories(connection: Connection, stories: Iterable[UUID]) -> dict[UUID, Incident]:
    """The incidents of these stories, by story."""
    rows = await connection.fetch(_OF_STORIES, list(stories))
    return {row["story_id"]: _incident(row) for row in rows}


async def keep(connection: Connection, incidents: Iterable[Incident]) -> None:
    """Write incidents as they are now."""
    await connection.executemany(_KEEP, [_row(incident) for incident in sorted(incidents, key=lambda each: each.id)])


def _row(incident: Incident) -> tuple[Any, ...]:
    return (
        incident.id,
        incident.story_id,
        incident.status.value,
        incident.urgency.value,
        incident.revision,
        incident.headline,
        [topic.value for topic in incident.topics],
        incident.effect and incident.effect.model_dump(mode="json"),
        list(incident.rules),
        list(incident.receivers),
        incident.origins,
        [post.model_dump(mode="json") for post in incident.posts],
        incident.first_seen,
        incident.opened_at,
        incident.last_post_at,
        incident.acknowledged and _ACKNOWLEDGED.dump_python(incident.acknowledged, mode="json"),
        incident.merged_into,
    )


def _incident(row: asyncpg.Record) -> Incident:
    return Incident(
        id=row["id"],
        story_id=row["story_id"],
        status=Status(row["status"]),
        urgency=Urgency(row["urgency"]),
        revision=row["revision"],
        headline=row["headline"],
        topics=tuple(map(Topic, row["topics"])),
        effect=row["effect"] and Effect.model_validate(row["effect"]),
        rules=tuple(row["rules"]),
        receivers=tuple(row["receivers"]),
        origins=row["origins"],
        posts=tuple(map(PostRef.model_validate, row["posts"])),
        first_seen=row["first_seen"],
        opened_at=row["opened_at"],
        last_post_at=row["last_post_at"],
        acknowledged=row["acknowledged"] and _ACKNOWLEDGED.validate_python(row["acknowledged"]),
        merged_into=row["merged_into"],
    )
