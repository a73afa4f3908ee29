"""What is promised of the books once everything has come in and gone out, as the state machine of promises holds it."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import asyncpg
from unit.notify.building import incident_of

from foreshock_notify.domain.casebook import content
from foreshock_notify.domain.notification import Status
from foreshock_notify.domain.standing import TABLE
from foreshock_shared.contracts.events import PostStored

_OWED = """
    SELECT r.incident_id, r.revision, name, d.state, d.held, d.first_attempt_at, d.finished_at, digest.state AS digest,
           r.data->>'urgency' AS urgency,
           r.revision = max(r.revision) OVER (PARTITION BY r.incident_id, name) AS latest
    FROM notify.revisions AS r CROSS JOIN jsonb_object_keys(r.tell) AS name
    LEFT JOIN notify.deliveries AS d
        ON d.incident_id = r.incident_id AND d.revision = r.revision AND d.receiver = name
    LEFT JOIN notify.deliveries AS digest ON digest.id = d.digest_id
"""
_WITNESSES = """
    SELECT story_id, count(*) FILTER (WHERE independent) AS counted, count(DISTINCT source) AS sources,
           count(DISTINCT origin) AS texts
    FROM notify.decisions WHERE witness GROUP BY story_id
"""


async def compare(pool: asyncpg.Pool, posts: Collection[PostStored], receivers: Collection[str]) -> None:
    """Everything that the books must say."""
    await _incidents(pool)
    await _tellings(pool, receivers)
    await _decisions(pool, posts)


async def _incidents(pool: asyncpg.Pool) -> None:
    """One a story; their revisions have no gaps, and each step is one that the table knows."""
    revised: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in await pool.fetch("SELECT incident_id, revision, data FROM notify.revisions ORDER BY revision"):
        revised[row["incident_id"]].append(row)
    for row in await pool.fetch("SELECT id, story_id, revision, status FROM notify.incidents"):
        assert row["id"] == incident_of(row["story_id"])
        steps = revised[row["id"]]
        assert [step["revision"] for step in steps] == list(range(1, row["revision"] + 1))
        told = [Status(step["data"]["status"]) for step in steps]
        assert told[-1] == Status(row["status"]).told_as
        assert all(before == after or _may_follow(before, after) for before, after in pairwise(told)), told


def _may_follow(before: Status, after: Status) -> bool:
    steps = {(status.told_as, moved.told_as) for (status, _), (moved, _) in TABLE.items()}
    return (before, after) in steps


async def _tellings(pool: asyncpg.Pool, receivers: Collection[str]) -> None:
    """Whatever was owed has ended well or was kept back for a reason; the latest word of all was not replaced."""
    for row in await pool.fetch(_OWED):
        if row["name"] not in receivers:
            assert row["state"] is not None, dict(row)
            continue
        assert row["state"] in {"delivered", "superseded", "suppressed", "collected", "failed"}, dict(row)
        assert row["state"] not in {"suppressed", "collected"} or row["held"], dict(row)
        assert row["state"] != "collected" or row["digest"] == "delivered", dict(row)
        assert row["state"] != "superseded" or not row["latest"], dict(row)
        assert row["state"] != "failed" or row["finished_at"] - row["first_attempt_at"] > timedelta(hours=70), dict(row)
        critical = row["urgency"] == "critical"
        assert not critical or row["held"] not in {"quiet_hours", "throttled", "digest"}, dict(row)


async def _decisions(pool: asyncpg.Pool, posts: Collection[PostStored]) -> None:
    """Each post stands where the store has it and as it reads now, and is counted once."""
    rows = await pool.fetch("SELECT post_id, story_id, moves, content, accepted_at FROM notify.decisions")
    decided = {row["post_id"]: tuple(row)[1:] for row in rows}
    assert decided == {post.id: (post.story.id, post.story.moves, content(post), post.said_at) for post in posts}
    counted = await pool.fetchval("SELECT coalesce(sum(posts), 0) FROM notify.counts WHERE subject = '*'")
    assert counted == sum(post.origin == post.id for post in posts)
    for row in await pool.fetch(_WITNESSES):
        assert 0 < row["counted"] <= min(row["sources"], row["texts"]), dict(row)
