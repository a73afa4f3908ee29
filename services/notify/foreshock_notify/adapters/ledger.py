"""Decisions, incidents and deliveries, written together or not at all.

Guarantees:

- A post is decided once. When it comes again, alone or among others, on this replica or another, what was recorded
  stands and nothing is told anew.
- Incident, membership, revision and deliveries of a post are one transaction: an alert is neither lost between them nor
  told twice.
- Two replicas that hold posts of one story decide one after the other, under an advisory lock of the story that ends
  with the transaction; so they make one incident. Locks are taken in one order, rows are written in another one fixed
  order: there is no deadlock.
- Posts that can move no incident (nearly all) cost one bulk insert and no lock.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import asyncpg

from foreshock_notify.adapters import incident_rows
from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.domain.case import Change, Decision, Witnesses
from foreshock_notify.domain.casebook import Casebook, plain
from foreshock_notify.domain.explain import describe
from foreshock_notify.domain.notification import Kind, delivery_id
from foreshock_notify.domain.rules import NoMatch, RuleSet, Verdict
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.runtime.database import translated

CHANNEL: Final = "foreshock_deliveries"
"""The channel on which other replicas hear of new deliveries; the payload is the receiver's name."""

_LOCK_CLASS: Final = 0x6E6F7469
"""Keeps these advisory locks apart from everybody else's in the same database."""

_LOCK: Final = "SELECT pg_advisory_xact_lock($1, key) FROM unnest($2::int[]) AS key"
_STORIES_WITH_INCIDENT: Final = "SELECT story_id FROM notify.incidents WHERE story_id = ANY($1::uuid[])"
_DECIDED: Final = "SELECT post_id FROM notify.decisions WHERE post_id = ANY($1::uuid[])"
_WITNESSES: Final = """
    SELECT story_id,
           count(*) FILTER (WHERE independent) AS count,
           array_agg(DISTINCT origin) FILTER (WHERE origin = ANY($2::uuid[])) AS texts,
           array_agg(DISTINCT source) FILTER (WHERE source = ANY($3::text[])) AS sources
    FROM notify.decisions
    WHERE witness AND story_id = ANY($1::uuid[])
    GROUP BY story_id
"""
_DECIDE: Final = """
    INSERT INTO notify.decisions
        (post_id, story_id, incident_id, reason, verdicts, witness, independent, origin, source, decided_at)
    SELECT post_id, story_id, incident_id, reason, verdicts::jsonb, witness, independent, origin, source, $10
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bool[], $7::bool[], $8::uuid[],
                $9::text[])
        AS new (post_id, story_id, incident_id, reason, verdicts, witness, independent, origin, source)
    ON CONFLICT (post_id) DO NOTHING
"""
_REVISE: Final = """
    INSERT INTO notify.revisions (incident_id, revision, reason, post_id, tell, data, decided_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_DELIVER: Final = """
    INSERT INTO notify.deliveries (incident_id, receiver, revision, id, kind, state, due_at, created_at)
    VALUES ($1, $2, $3, $4, $5, 'pending', $6, $6)
"""
_ANNOUNCE: Final = "SELECT pg_notify($1, name) FROM unnest($2::text[]) AS name"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a batch came to: the decisions that are new, and who is to be told because of them."""

    decisions: list[Decision]
    receivers: frozenset[str]


class Ledger:
    """The one writer of decisions and incidents."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def enter(self, rules: RuleSet, posts: Sequence[PostStored], now: datetime) -> Entered:
        """Decide posts in their order and write down what follows. Raises as `database.translate` says."""
        settled = {post.id: plain(rules, post, now) for post in posts}
        async with translated(), self._pool.acquire() as connection:
            moving = await _moving(connection, settled, posts)
            weighty = list({post.id: post for post in posts if _is_weighty(settled[post.id], moving)}.values())
            light = [d for d in settled.values() if d is not None and not _is_weighty(d, moving)]
            if not weighty:
                await _write_decisions(connection, rules, light, now)
                return Entered(light, frozenset())
            async with connection.transaction():
                decisions = await _decide(connection, rules, weighty, now)
                receivers = await _write_changes(connection, rules, decisions, now)
                await _write_decisions(connection, rules, [*light, *decisions], now)
                await connection.execute(_ANNOUNCE, CHANNEL, sorted(receivers))
        return Entered([*light, *decisions], frozenset(receivers))


def _is_weighty(decision: Decision | None, moving: frozenset[UUID]) -> bool:
    """Whether a post must be decided under its story's lock."""
    return decision is None or decision.post.story.id in moving


async def _moving(
    connection: Connection, settled: Mapping[UUID, Decision | None], posts: Sequence[PostStored]
) -> frozenset[UUID]:
    """Stories that have an incident, or may have one after this batch."""
    stories = list({post.story.id for post in posts})
    found = {row["story_id"] for row in await connection.fetch(_STORIES_WITH_INCIDENT, stories)}
    return frozenset(found | {post.story.id for post in posts if settled[post.id] is None})


async def _decide(connection: Connection, rules: RuleSet, posts: list[PostStored], now: datetime) -> list[Decision]:
    stories = {post.story.id for post in posts} | {post.story.ends for post in posts if post.story.ends}
    await connection.execute(_LOCK, _LOCK_CLASS, sorted({_lock_key(story) for story in stories}))
    decided = {row["post_id"] for row in await connection.fetch(_DECIDED, [post.id for post in posts])}
    posts = [post for post in posts if post.id not in decided]
    if not posts:
        return []
    casebook = Casebook(
        await incident_rows.of_stories(connection, stories), await _witnesses(connection, stories, posts)
    )
    return casebook.decide(rules, posts, now)


async def _witnesses(connection: Connection, stories: set[UUID], posts: list[PostStored]) -> dict[UUID, Witnesses]:
    """Who has reported these stories, as far as it matters to these posts."""
    texts, sources = list({post.origin for post in posts}), list({post.source for post in posts})
    return {
        row["story_id"]: Witnesses(row["count"], frozenset(row["texts"] or ()), frozenset(row["sources"] or ()))
        for row in await connection.fetch(_WITNESSES, list(stories), texts, sources)
    }


async def _write_changes(connection: Connection, rules: RuleSet, decisions: list[Decision], now: datetime) -> set[str]:
    changes = [(decision, change) for decision in decisions for change in decision.changes]
    latest = {change.incident.id: change.incident for _, change in changes}
    revised = [(decision, change) for decision, change in changes if change.revised]
    await incident_rows.keep(connection, latest.values())
    if not revised:
        return set()
    await connection.executemany(_REVISE, [_revision(rules, decision, change, now) for decision, change in revised])
    deliveries = [delivery for _, change in revised for delivery in _deliveries(rules, change, now)]
    await connection.executemany(_DELIVER, deliveries)
    return {receiver for _, receiver, *_ in deliveries}


async def _write_decisions(connection: Connection, rules: RuleSet, decisions: list[Decision], now: datetime) -> None:
    names = tuple([rule.name for rule in rules.rules])
    rows = sorted((_decision(names, decision) for decision in decisions), key=lambda row: row[0])
    if rows:
        await connection.execute(_DECIDE, *map(list, zip(*rows, strict=True)), now)


def _decision(rules: tuple[str, ...], decision: Decision) -> tuple[Any, ...]:
    post = decision.post
    own = next((c.incident.id for c in decision.changes if c.incident.story_id == post.story.id), None)
    return (
        post.id,
        post.story.id,
        own,
        decision.reason.value,
        _verdicts(rules, decision.verdicts),
        decision.witness,
        decision.independent,
        post.origin,
        post.source,
    )


@lru_cache(maxsize=4_096)
def _verdicts(rules: tuple[str, ...], verdicts: tuple[Verdict, ...]) -> str:
    said = ("matched" if not isinstance(verdict, NoMatch) else verdict.reason.value for verdict in verdicts)
    return json.dumps(dict(zip(rules, said, strict=True)))


def _revision(rules: RuleSet, decision: Decision, change: Change, now: datetime) -> tuple[Any, ...]:
    incident = change.incident
    tell = {receiver: kind.value for receiver, kind in _told(rules, change).items()}
    data = describe(rules, decision, change).model_dump(mode="json")
    return incident.id, incident.revision, change.reason.value, decision.post.id, tell, data, now


def _deliveries(rules: RuleSet, change: Change, now: datetime) -> list[tuple[Any, ...]]:
    incident, revision = change.incident.id, change.incident.revision
    return [
        (incident, receiver, revision, delivery_id(incident, receiver, revision), kind.value, now)
        for receiver, kind in _told(rules, change).items()
    ]


def _told(rules: RuleSet, change: Change) -> dict[str, Kind]:
    """Who is told, of those that there are: an incident may name a receiver that has since been taken away."""
    return {receiver: kind for receiver, kind in change.tell.items() if receiver in rules.receivers}


def _lock_key(story: UUID) -> int:
    return int.from_bytes(story.bytes[:4], "big", signed=True)
