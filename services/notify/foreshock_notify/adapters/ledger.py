"""Decisions, incidents and tellings, written together or not at all.

Guarantees:

- A post is decided once. When it comes again, alone or among others, on this replica or another, what was recorded
  stands and nothing is told anew; unless it was moved to another story, or says something else (see `casebook`).
- Incident, membership, revision and tellings of a post are one transaction: an alert is neither lost between them nor
  told twice.
- Two replicas that hold posts of one story decide one after the other, under an advisory lock of the story that ends
  with the transaction; so they make one incident. Locks are taken in one order, rows are written in another one fixed
  order: there is no deadlock.
- Posts that can move no incident (nearly all) cost one look, one bulk insert and no lock.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from foreshock_notify.adapters import decision_rows, incident_rows, revision_rows
from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.adapters.revision_rows import CHANNEL, Revised
from foreshock_notify.domain.burst import Tally, burst_id
from foreshock_notify.domain.case import Decision
from foreshock_notify.domain.casebook import Casebook, Entry, count, is_news, plain
from foreshock_notify.domain.explain import describe
from foreshock_notify.domain.matchers import bursting_subjects
from foreshock_notify.domain.rules import Facts, RuleSet
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.runtime.database import translated

__all__ = ["CHANNEL", "Entered", "Ledger", "lock_stories"]

_LOCK_CLASS: Final = 0x6E6F7469
"""Keeps these advisory locks apart from everybody else's in the same database."""

_LOCK: Final = "SELECT pg_advisory_xact_lock($1, key) FROM unnest($2::int[]) AS key"
_STORIES_WITH_INCIDENT: Final = "SELECT story_id FROM notify.incidents WHERE story_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a batch came to: the decisions that are new, and who is to be told because of them."""

    decisions: list[Decision]
    receivers: frozenset[str]


class Ledger:
    """The one writer of decisions."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def enter(self, rules: RuleSet, posts: Sequence[PostStored], now: datetime) -> Entered:
        """Decide posts in their order and write down what follows. Raises as `database.translate` says."""
        async with translated(), self._pool.acquire() as connection:
            known = await decision_rows.entries(connection, posts)
            news = [post for post in posts if post.id not in known or is_news(known[post.id], post)]
            await decision_rows.keep_latest(
                connection, [post for post in posts if post.id in known and not is_news(known[post.id], post)]
            )
            tally = await decision_rows.tally(connection, rules.spans, news, now)
            settled = _settle(rules, news, known, deepcopy(tally), now)
            moving = await _moving(connection, settled, news)
            weighty = [post for post in news if post.id not in settled or post.story.id in moving]
            light = [decision for decision in settled.values() if decision.post.story.id not in moving]
            if not weighty:
                await decision_rows.write(connection, rules, light, now)
                return Entered(light, frozenset())
            for decision in light:
                count(tally, decision.post, now)
            async with connection.transaction():
                decisions, casebook = await _decide(connection, rules, weighty, tally, now)
                receivers = await _write_changes(connection, rules, decisions, now)
                await decision_rows.write(connection, rules, [*light, *decisions], now)
                if any(decision.again for decision in decisions):
                    await decision_rows.keep_independence(connection, casebook.recounted())
                await decision_rows.keep_latest(connection, weighty)
        return Entered([*light, *decisions], receivers)


async def lock_stories(connection: Connection, stories: Collection[UUID]) -> None:
    """Let nobody else decide about these stories until the transaction ends."""
    keys = {int.from_bytes(story.bytes[:4], "big", signed=True) for story in stories}
    await connection.execute(_LOCK, _LOCK_CLASS, sorted(keys))


def _settle(
    rules: RuleSet, posts: Sequence[PostStored], known: Mapping[UUID, Entry], tally: Tally, now: datetime
) -> dict[UUID, Decision]:
    """The decisions on posts that are new, come once, and can move no incident by themselves."""
    times = Counter(post.id for post in posts)
    settled: dict[UUID, Decision] = {}
    for post in posts:
        if post.id not in known:
            count(tally, post, now)
            decision = plain(rules, post, now, tally)
            if decision is not None and times[post.id] == 1:
                settled[post.id] = decision
    return settled


async def _moving(
    connection: Connection, settled: Mapping[UUID, Decision], posts: Sequence[PostStored]
) -> frozenset[UUID]:
    """Stories that have an incident, or may have one after this batch."""
    stories = list({post.story.id for post in posts})
    found = {row["story_id"] for row in await connection.fetch(_STORIES_WITH_INCIDENT, stories)}
    return frozenset(found | {post.story.id for post in posts if post.id not in settled})


async def _decide(
    connection: Connection, rules: RuleSet, posts: list[PostStored], tally: Tally, now: datetime
) -> tuple[list[Decision], Casebook]:
    before = await decision_rows.entries(connection, posts)
    stories = {post.story.id for post in posts} | {post.story.ends for post in posts if post.story.ends}
    stories |= {entry.story_id for entry in before.values()} | _burst_stories(rules, posts, now)
    await lock_stories(connection, stories)
    known = await decision_rows.entries(connection, posts)
    times = Counter(post.id for post in posts)
    unsettled = {entry.story_id for entry in known.values()}
    unsettled |= {post.story.id for post in posts if times[post.id] > 1 or post.id in known}
    casebook = Casebook(
        await incident_rows.of_stories(connection, stories | unsettled),
        await decision_rows.witnesses(connection, stories, posts),
        known,
        await decision_rows.members(connection, unsettled),
        tally,
    )
    return casebook.decide(rules, posts, now), casebook


def _burst_stories(rules: RuleSet, posts: Sequence[PostStored], now: datetime) -> set[UUID]:
    """The stories that bursts of these posts' subjects would be."""
    return {
        burst_id(rule.name, subject, now)
        for rule in rules.rules
        if rule.when.burst is not None
        for post in posts
        for subject in bursting_subjects(rule.when.burst, Facts.of(post, 0))
    }


async def _write_changes(
    connection: Connection, rules: RuleSet, decisions: list[Decision], now: datetime
) -> frozenset[str]:
    changes = [(decision, change) for decision in decisions for change in decision.changes]
    latest = {change.incident.id: change.incident for _, change in changes}
    await incident_rows.keep(connection, latest.values())
    revised = [
        Revised(
            change,
            describe(rules, decision, change),
            Facts.of(decision.post, change.incident.origins),
            decision.post.id,
            decision.post.traceparent,
        )
        for decision, change in changes
        if change.revised
    ]
    return await revision_rows.write(connection, rules, revised, now)
