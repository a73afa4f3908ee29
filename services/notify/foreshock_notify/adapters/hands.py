"""Incidents changed by somebody, or by time: acknowledged, retracted, closed. Each in one transaction, under the lock
of the story, with the tellings that follow."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from foreshock_notify.adapters import incident_rows, revision_rows
from foreshock_notify.adapters.incident_rows import Connection
from foreshock_notify.adapters.ledger import lock_stories
from foreshock_notify.adapters.revision_rows import FACTS, Revised
from foreshock_notify.domain import hands
from foreshock_notify.domain.case import Change, Incident
from foreshock_notify.domain.explain import describe_by_hand
from foreshock_notify.domain.lifetimes import IDLE
from foreshock_notify.domain.notification import IncidentData
from foreshock_notify.domain.rules import RuleSet
from foreshock_shared.runtime.database import translated

_STORY: Final = "SELECT story_id FROM notify.incidents WHERE id = $1"
_LATEST: Final = "SELECT data, facts FROM notify.revisions WHERE incident_id = $1 ORDER BY revision DESC LIMIT 1"
_IDLE: Final = """
    SELECT id FROM notify.incidents
    WHERE last_post_at < $1 AND status IN ('unconfirmed', 'corroborated', 'official') ORDER BY last_post_at LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class Done:
    """An incident after somebody has put a hand to it; `changed` is False where that was not possible any more."""

    incident: Incident
    changed: bool
    receivers: frozenset[str] = frozenset()


class Hands:
    """Changes that no post makes."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def acknowledge(self, rules: RuleSet, incident: UUID, by: str, note: str, now: datetime) -> Done | None:
        """Take an incident on; None where there is none of this id."""
        said = f"{by}: {note}" if note else by
        return await self._change(
            rules, incident, lambda found: hands.acknowledge(rules, found, by, note, now), said, now
        )

    async def retract(self, rules: RuleSet, incident: UUID, by: str, reason: str, now: datetime) -> Done | None:
        """Say that what was reported is not so; None where there is no incident of this id."""
        return await self._change(rules, incident, hands.retract, f"{by}: {reason}", now)

    async def close_idle(self, rules: RuleSet, now: datetime) -> frozenset[str]:
        """Close what nothing was heard of for long; who is to be told."""
        async with translated():
            idle = [row["id"] for row in await self._pool.fetch(_IDLE, now - IDLE)]
        receivers: frozenset[str] = frozenset()
        for incident in idle:
            done = await self._change(rules, incident, lambda found: _close_if_idle(found, now), None, now)
            receivers |= done.receivers if done else frozenset()
        return receivers

    async def _change(
        self,
        rules: RuleSet,
        incident: UUID,
        decide: Callable[[Incident], Change | None],
        said: str | None,
        now: datetime,
    ) -> Done | None:
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            found = await _locked(connection, incident)
            if found is None:
                return None
            change = decide(found)
            if change is None:
                return Done(found, changed=False)
            await incident_rows.keep(connection, [change.incident])
            if not change.revised:
                return Done(change.incident, changed=True)
            (latest,) = await connection.fetch(_LATEST, incident)
            before = IncidentData.model_validate(latest["data"])
            facts = latest["facts"] and FACTS.validate_python(latest["facts"])
            revised = Revised(change, describe_by_hand(change, before.why, said), facts, None)
            receivers = await revision_rows.write(connection, rules, [revised], now)
        return Done(change.incident, changed=True, receivers=receivers)


def _close_if_idle(incident: Incident, now: datetime) -> Change | None:
    return hands.close(incident) if incident.last_post_at < now - IDLE else None


async def _locked(connection: Connection, incident: UUID) -> Incident | None:
    story = await connection.fetchval(_STORY, incident)
    if story is None:
        return None
    await lock_stories(connection, [story])
    return next(iter(await incident_rows.of_ids(connection, [incident])), None)
