"""Decisions as rows: one a post, with what it was decided from, and the counts that come with each new one.

A post is counted in the statement that writes its decision, and only if that wrote it: so it is counted once, however
often it is delivered.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.domain.burst import EVERYTHING, Count, Span, Tally, bucket
from foreshock_notify.domain.case import Decision, Member, Witnesses, recount
from foreshock_notify.domain.casebook import Entry, content
from foreshock_notify.domain.rules import Facts, Match, NoMatch, RuleSet, Verdict
from foreshock_shared.contracts.events import PostStored

_ENTRIES: Final = """
    SELECT post_id, story_id, moves, accepted_at, content, decided_at FROM notify.decisions
    WHERE post_id = ANY($1::uuid[])
"""
_WITNESSES: Final = """
    SELECT story_id,
           count(*) FILTER (WHERE independent) AS count,
           array_agg(DISTINCT origin) FILTER (WHERE origin = ANY($2::uuid[])) AS texts,
           array_agg(DISTINCT source) FILTER (WHERE independent AND source = ANY($3::text[])) AS sources
    FROM notify.decisions
    WHERE witness AND story_id = ANY($1::uuid[])
    GROUP BY story_id
"""
_MEMBERS: Final = """
    SELECT post_id, story_id, origin, source, witness, incident_id IS NOT NULL AS of_incident FROM notify.decisions
    WHERE (witness AND story_id = ANY($1::uuid[])) OR incident_id IN (
        SELECT id FROM notify.incidents WHERE story_id = ANY($1::uuid[]))
    ORDER BY decided_at, post_id
"""
_DECIDE: Final = """
    WITH decided AS (
        INSERT INTO notify.decisions
            (post_id, story_id, incident_id, reason, verdicts, witness, independent, origin, source, moves,
             accepted_at, content, decided_at)
        SELECT post_id, story_id, incident_id, reason, verdicts::jsonb, witness, independent, origin, source, moves,
               accepted_at, content, $16
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bool[], $7::bool[], $8::uuid[],
                    $9::text[], $10::int[], $11::timestamptz[], $12::bytea[])
            AS new (post_id, story_id, incident_id, reason, verdicts, witness, independent, origin, source, moves,
                    accepted_at, content)
        ON CONFLICT (post_id) DO NOTHING
        RETURNING post_id
    )
    INSERT INTO notify.counts AS kept (subject, bucket, posts)
    SELECT subject, bucket, count(*)
    FROM unnest($13::uuid[], $14::text[], $15::timestamptz[]) AS heard (post_id, subject, bucket)
    JOIN decided USING (post_id)
    GROUP BY subject, bucket ORDER BY subject, bucket
    ON CONFLICT (subject, bucket) DO UPDATE SET posts = kept.posts + excluded.posts
"""
_DECIDE_AGAIN: Final = """
    UPDATE notify.decisions
    SET story_id = $2, incident_id = $3, reason = $4, verdicts = $5::text::jsonb, witness = $6, independent = $7,
        origin = $8, source = $9, moves = $10, accepted_at = $11, content = $12
    WHERE post_id = $1
"""
_LATEST: Final = """
    UPDATE notify.decisions
    SET moves = greatest(decisions.moves, new.moves), accepted_at = greatest(decisions.accepted_at, new.said_at)
    FROM unnest($1::uuid[], $2::int[], $3::timestamptz[]) AS new (post_id, moves, said_at)
    WHERE decisions.post_id = new.post_id
      AND (decisions.moves < new.moves OR decisions.accepted_at IS NULL OR decisions.accepted_at < new.said_at)
"""
_INDEPENDENT: Final = """
    UPDATE notify.decisions SET independent = new.independent
    FROM unnest($1::uuid[], $2::bool[]) AS new (post_id, independent)
    WHERE decisions.post_id = new.post_id AND decisions.independent <> new.independent
"""
_SINCE: Final = "SELECT min(bucket) FROM notify.counts WHERE subject = $1"
_COUNTED: Final = """
    SELECT subject, coalesce(sum(posts) FILTER (WHERE bucket > $2), 0)::int AS recent,
           coalesce(sum(posts) FILTER (WHERE bucket <= $2), 0)::int AS usual
    FROM notify.counts WHERE subject = ANY($1::text[]) AND bucket > $3
    GROUP BY subject
"""


async def entries(connection: Connection, posts: Iterable[PostStored]) -> dict[UUID, Entry]:
    """What is known of those posts that were decided before."""
    rows = await connection.fetch(_ENTRIES, list({post.id for post in posts}))
    return {row["post_id"]: Entry(*list(row.values())[1:]) for row in rows}


async def witnesses(connection: Connection, stories: set[UUID], posts: Sequence[PostStored]) -> dict[UUID, Witnesses]:
    """Who has reported these stories, as far as it matters to these posts."""
    texts, sources = list({post.origin for post in posts}), list({post.source for post in posts})
    return {
        row["story_id"]: Witnesses(row["count"], frozenset(row["texts"] or ()), frozenset(row["sources"] or ()))
        for row in await connection.fetch(_WITNESSES, list(stories), texts, sources)
    }


async def members(connection: Connection, stories: set[UUID]) -> dict[UUID, list[Member]]:
    """The witnesses of stories and the members of their incidents, in the order in which they came."""
    found: dict[UUID, list[Member]] = {story: [] for story in stories}
    for row in await connection.fetch(_MEMBERS, list(stories)):
        if row["story_id"] in found:
            member = Member(row["post_id"], row["origin"], row["source"], row["witness"], row["of_incident"])
            found[row["story_id"]].append(member)
    return found


async def write(connection: Connection, rules: RuleSet, decisions: Sequence[Decision], now: datetime) -> None:
    """Write decisions, and count the posts that are new."""
    names = tuple([rule.name for rule in rules.rules])
    rows = sorted((_row(names, decision) for decision in decisions if not decision.again), key=lambda row: row[0])
    if rows:
        heard = [each for decision in decisions if not decision.again for each in _heard(decision.post)]
        counted = list(map(list, zip(*heard, strict=True))) or [[], [], []]
        await connection.execute(_DECIDE, *map(list, zip(*rows, strict=True)), *counted, now)
    again = [_row(names, decision) for decision in decisions if decision.again]
    if again:
        await connection.executemany(_DECIDE_AGAIN, again)


async def keep_latest(connection: Connection, posts: Iterable[PostStored]) -> None:
    """Remember how often posts have been moved and when they were last revised, where nothing else is new."""
    latest: dict[UUID, tuple[int, datetime]] = {}
    for post in posts:
        if post.story.moves or post.revised_at is not None:
            moves, said_at = latest.get(post.id, (0, post.said_at))
            latest[post.id] = max(moves, post.story.moves), max(said_at, post.said_at)
    if latest:
        ids = sorted(latest)
        await connection.execute(_LATEST, ids, *map(list, zip(*(latest[each] for each in ids), strict=True)))


async def keep_independence(connection: Connection, found: Iterable[list[Member]]) -> None:
    """Write down anew which witnesses are origins of their own, after some have left."""
    flags = sorted(flag for of_story in found for flag in recount(of_story)[1].items())
    if flags:
        await connection.execute(_INDEPENDENT, [post for post, _ in flags], [flag for _, flag in flags])


async def tally(connection: Connection, spans: frozenset[Span], posts: Sequence[PostStored], now: datetime) -> Tally:
    """What was counted of the subjects of these posts."""
    if not spans:
        return Tally()
    subjects = {EVERYTHING} | {subject for post in posts for subject in Facts.of(post, 0).subjects.values()}
    found = Tally(since=await connection.fetchval(_SINCE, EVERYTHING), spans=spans)
    for span in spans:
        for row in await connection.fetch(_COUNTED, list(subjects), now - span.within, now - span.over):
            found.counts[span, row["subject"]] = Count(row["recent"], row["usual"])
    return found


def _heard(post: PostStored) -> Iterator[tuple[UUID, str, datetime]]:
    """What a post counts for; a copy counts for nothing."""
    if post.origin == post.id:
        at = bucket(post.accepted_at)
        for subject in (EVERYTHING, *set(Facts.of(post, 0).subjects.values())):
            yield post.id, subject, at


def _row(rules: tuple[str, ...], decision: Decision) -> tuple[Any, ...]:
    post, own = decision.post, decision.own
    return (
        post.id,
        post.story.id,
        own.incident.id if own is not None else None,
        decision.reason.value,
        _verdicts(rules, decision.verdicts),
        decision.witness,
        decision.independent,
        post.origin,
        post.source,
        post.story.moves,
        post.said_at,
        content(post),
    )


@lru_cache(maxsize=4_096)
def _verdicts(rules: tuple[str, ...], verdicts: tuple[Verdict, ...]) -> str:
    return json.dumps(dict(zip(rules, map(_said, verdicts), strict=True)))


def _said(verdict: Verdict) -> str:
    if isinstance(verdict, NoMatch):
        return verdict.reason.value
    return "matched" if isinstance(verdict, Match) else "bursting"
