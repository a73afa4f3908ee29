"""Canaries at the end of their way: written down, so that any replica knows of them after any restart, and told on.

A heartbeat is sent to each receiver named under `canary:` in rules.yaml, tried a few times within half a minute, and
then given up: sent hours later it would say that all is well now. Its absence is what pages.
"""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

import asyncpg
import httpx2
from structlog import get_logger

from foreshock_notify import metrics
from foreshock_notify.adapters.receivers import open_channel
from foreshock_notify.domain.canary import Heard, Round, heartbeat, listen
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.pipeline import utc_now
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.database import Session, translated

log = get_logger()

PAUSES: Final = (1.0, 5.0)
"""Seconds between the attempts at one heartbeat."""

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('foreshock notify canaries', 0))"
_HEARD: Final = "SELECT tier, accepted_at FROM notify.canaries"
_KEEP: Final = """
    INSERT INTO notify.canaries (tier, accepted_at, seen_at) SELECT t, a, $3 FROM unnest($1::text[], $2::timestamptz[])
        AS new (t, a)
    ON CONFLICT (tier) DO UPDATE SET accepted_at = excluded.accepted_at, seen_at = excluded.seen_at
    WHERE canaries.accepted_at < excluded.accepted_at
"""


class Canaries:
    """The book of canaries: one row for each tier."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def enter(self, canaries: Sequence[PostStored], now: datetime) -> Round:
        """Write down that these came through; what follows. Raises as `database.translate` says."""
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_LOCK)
            after = listen(await _heard(connection), canaries, now)
            tiers = [tier.value for tier in after.heard]
            await connection.execute(_KEEP, tiers, list(after.heard.values()), now)
        for canary in canaries:
            metrics.CANARY_SECONDS.labels(canary.tier.value).observe((now - canary.accepted_at).total_seconds())
        _show(after.heard)
        return after

    async def measure(self) -> Heard:
        """Set the gauges to what any replica has heard; answers it."""
        async with translated(), self._pool.acquire() as connection:
            heard = await _heard(connection)
        _show(heard)
        return heard


async def _heard(connection: Session) -> Heard:
    return {Tier(row["tier"]): row["accepted_at"] for row in await connection.fetch(_HEARD)}


def _show(heard: Heard) -> None:
    for tier, moment in heard.items():
        metrics.CANARY_LAST_SEEN.labels(tier.value).set(moment.timestamp())


async def beat(receiver: Receiver, accepted_at: datetime) -> bool:
    """Send one heartbeat; whether the receiver took it."""
    channel = open_channel(receiver, _tls())
    now = utc_now()
    event = heartbeat(receiver.name, accepted_at, now)
    body = event.model_dump_json().encode()
    try:
        for pause in (*PAUSES, None):
            answer = await channel.send(channel.sign(event.id, body, utc_now()), body, None)
            if answer.error is None:
                metrics.HEARTBEATS.labels(receiver.name, "delivered").inc()
                return True
            if pause is not None:
                await asyncio.sleep(pause)
    finally:
        await channel.close()
    metrics.HEARTBEATS.labels(receiver.name, "given_up").inc()
    log.warning("a heartbeat was not taken", receiver=receiver.name, error=answer.error)
    return False


@cache
def _tls() -> ssl.SSLContext:
    """Made when first needed: most stacks name nobody for heartbeats."""
    return httpx2.create_ssl_context(trust_env=False)
