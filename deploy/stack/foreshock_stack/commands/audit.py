"""`./run audit`: is everything that was accepted still there, once, and was everything told that had to be?"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from foreshock_notify.adapters import audit as notify_audit
from foreshock_notify.adapters import rules_file
from foreshock_notify.domain.notification import delivery_id
from foreshock_shared.runtime import database
from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.addresses import Addresses, running_stack
from foreshock_stack.audit.accepted import client_ids
from foreshock_stack.audit.look import LOOKS, Look, believed, look, stands_still
from foreshock_stack.environment import Environment

PAUSE_SECONDS: Final = 0.5
SHOWN: Final = 20
"""Differences of one kind that are printed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the audit came to."""

    look: Look
    untold: list[str] = field(default_factory=list)
    """Alerts and deliveries that are not as they must be."""
    unseen: str | None = None
    """Why alerts could not be looked at."""

    @property
    def status(self) -> int:
        if self.untold or not self.look.clean:
            return 1
        return 2 if self.unseen else 0


def run(environment: Environment, ledger: Path | None, wait: float) -> int:
    """Look until all agrees, nothing changes any more, or the time is up; then say what was found."""
    client = frozenset(client_ids(ledger)) if ledger else frozenset[UUID]()
    findings = asyncio.run(_audit(environment, client, wait))
    _report(findings, client)
    return findings.status


async def _audit(environment: Environment, client: frozenset[UUID], wait: float) -> Findings:
    addresses = running_stack(environment)
    redis = shared_redis.connect(addresses.redis)
    try:
        async with shared_redis.translated(), database.translated():
            postgres = await database.connect(addresses.database_admin, application_name="foreshock-audit")
            try:
                found = await _look_on(redis, postgres, client, wait)
            finally:
                await postgres.close()
            return await _alerts(environment, addresses, found)
    finally:
        await redis.aclose()


async def _look_on(redis: Redis, postgres: asyncpg.Connection, client: frozenset[UUID], wait: float) -> Look:
    deadline = time.monotonic() + wait
    looks = [await look(redis, postgres, client)]
    while not (looks[-1].clean and looks[-1].settled) and not stands_still(looks):
        if time.monotonic() > deadline and len(looks) >= LOOKS:
            break
        await asyncio.sleep(PAUSE_SECONDS)
        looks.append(await look(redis, postgres, client))
    return looks[-1] if looks[-1].clean else believed(looks[-LOOKS:])


async def _alerts(environment: Environment, addresses: Addresses, found: Look) -> Findings:
    """Stored shocks against incidents, revisions against deliveries, deliveries against their ids."""
    try:
        rules = rules_file.load(environment.config_dir / "rules.yaml", environment.passed)
    except ConfigurationError as error:
        return Findings(found, unseen=f"the rules cannot be read here: {error}")
    now = datetime.now(UTC)
    judged_at = now + notify_audit.SETTLED if found.settled else now  # nothing is on its way: nothing need be left out
    pool = await database.connect_pool(addresses.database_admin, application_name="foreshock-audit")
    try:
        wrong = [str(each) for each in await notify_audit.differences(pool, rules, judged_at)]
        return Findings(found, wrong + await _foreign_ids(pool))
    finally:
        await pool.close()


async def _foreign_ids(pool: asyncpg.Pool) -> list[str]:
    """Deliveries under another id than the one that follows from what they tell: a second telling would look new."""
    rows = await pool.fetch("SELECT incident_id, receiver, revision, id FROM notify.deliveries")
    return [
        f"revision {row['revision']} of incident {row['incident_id']} is told to {row['receiver']} under {row['id']}"
        for row in rows
        if row["id"] != delivery_id(row["incident_id"], row["receiver"], row["revision"])
    ]


def _report(findings: Findings, client: frozenset[UUID]) -> None:
    found = findings.look
    for name, count in found.counts.items():
        print(f"{name:<16}{count:>12,}")
    if client:
        print(f"{'client ledger':<16}{len(client):>12,}")
    _list("ledger", [str(each) for each in found.missing])
    _list("lost", [f"{each} was answered 202 and is nowhere" for each in sorted(found.lost)])
    _list("stored twice", [f"{post} has {rows} rows" for post, rows in found.twice])
    _list("store", [f"{each} (keys against rows)" for each in found.tables])
    _list("alerts", findings.untold)
    if findings.unseen:
        print(f"alerts were not compared: {findings.unseen}", file=sys.stderr)
    if not found.settled:
        print(f"still on their way: {len(found.in_flight):,} posts, {found.untold:,} entries before notify")
    print(
        {0: "the books agree", 1: "THE BOOKS DIFFER", 2: "the books agree as far as they could be read"}[
            findings.status
        ]
    )


def _list(what: str, lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        print(f"{what}: {line}")
    if len(lines) > SHOWN:
        print(f"{what}: and {len(lines) - SHOWN:,} more")
