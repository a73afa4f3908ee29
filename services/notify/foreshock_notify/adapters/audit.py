"""The books compared: what the store holds, what was decided about it, and who was to be told.

Three things can be wrong, and each is named with its ids:

- a stored post that a rule wants was never decided: its event was lost between store and notify, or its incident was
  deleted (which takes its decisions along);
- an incident stands at a revision that was never written down;
- a revision names a receiver for whom there is no delivery.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import asyncpg

from foreshock_notify.domain.lifetimes import KEEP_UNTOLD
from foreshock_notify.domain.rules import Facts, Match, RuleSet
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.runtime.database import translated

SETTLED: Final = timedelta(seconds=30)
"""Younger posts may still be on their way and are left out."""

_UNDECIDED: Final = """
    SELECT payload FROM store.v_posts AS post
    WHERE accepted_at BETWEEN $1 AND $2
      AND NOT EXISTS (SELECT FROM notify.decisions WHERE post_id = post.id)
"""
_UNREVISED: Final = """
    SELECT id, revision FROM notify.incidents AS incident
    WHERE NOT EXISTS (
        SELECT FROM notify.revisions AS kept
        WHERE kept.incident_id = incident.id AND kept.revision = incident.revision
    )
"""
_UNTOLD: Final = """
    SELECT incident_id, revision, receiver FROM notify.revisions, jsonb_object_keys(tell) AS receiver
    EXCEPT
    SELECT incident_id, revision, receiver FROM notify.deliveries
"""


class Fault(StrEnum):
    """What kind of difference it is."""

    UNDECIDED_POST = "undecided_post"
    MISSING_REVISION = "missing_revision"
    MISSING_DELIVERY = "missing_delivery"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the books do not agree on."""

    fault: Fault
    subject: UUID
    """The post or the incident."""
    detail: str

    def __str__(self) -> str:
        return self.detail


async def differences(pool: asyncpg.Pool, rules: RuleSet, now: datetime) -> list[Difference]:
    """Everything that the books do not agree on; empty when all is well.

    Posts are compared as far back as their decisions are kept. The pool is one of the role `foreshock_notify`, or of
    any role that may read both schemas.
    """
    async with translated(), pool.acquire() as connection, connection.transaction(readonly=True):
        found = [
            difference
            async for row in connection.cursor(_UNDECIDED, now - KEEP_UNTOLD, now - SETTLED)
            for difference in _undecided(rules, PostStored.model_validate(row["payload"]))
        ]
        found += [
            Difference(
                Fault.MISSING_REVISION,
                row["id"],
                f"incident {row['id']} stands at revision {row['revision']}, which was never written down",
            )
            for row in await connection.fetch(_UNREVISED)
        ]
        found += [
            Difference(
                Fault.MISSING_DELIVERY,
                row["incident_id"],
                f"revision {row['revision']} of incident {row['incident_id']} was to be told to {row['receiver']}, "
                "and there is no delivery",
            )
            for row in await connection.fetch(_UNTOLD)
        ]
    return found


def _undecided(rules: RuleSet, post: PostStored) -> Iterator[Difference]:
    """The difference that an undecided post is: none where no rule would have wanted it when it was stored."""
    verdicts = rules.judge(Facts.of(post, 1), post.stored_at)
    wanted = [rule.name for rule, verdict in zip(rules.rules, verdicts, strict=True) if isinstance(verdict, Match)]
    if wanted:
        yield Difference(
            Fault.UNDECIDED_POST,
            post.id,
            f"post {post.id} of story {post.story.id} matches {', '.join(wanted)}, and was never decided",
        )
