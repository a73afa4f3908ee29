"""A stack's servers with its books, without its services: what the audit and `dead` look at."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis
from support.servers import TestPostgres, role_url

from foreshock_shared.contracts.post import id_checksum
from foreshock_shared.contracts.streams import INGESTED, Lane
from foreshock_shared.runtime.delivery.wire import entry_fields
from foreshock_stack.addresses import Addresses, published
from foreshock_stack.audit.books import Holding
from foreshock_stack.environment import Environment, read_environment

RULES = "receivers: []\nrules: []\n"
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Books:
    """Both books of a stack, to be written by hand."""

    environment: Environment
    redis: Redis
    postgres: asyncpg.Connection

    async def accept(self, *posts: Holding) -> None:
        """As ingest does: the ledger, and here nothing else."""
        for post in posts:
            key = f"ingest:ledger:{post.minute[:10]}"
            await self.redis.hincrby(key, f"{post.minute[11:]}:count", 1)
            await self.redis.hincrby(key, f"{post.minute[11:]}:sum", id_checksum(post.id))

    async def send(self, *posts: Holding, lane: Lane = Lane.NORMAL) -> bytes:
        """One entry on the way to classify."""
        payloads = [{"id": str(post.id), "accepted_at": post.accepted_at.isoformat()} for post in posts]
        fields = entry_fields(INGESTED, json.dumps(payloads).encode(), datetime.now(UTC))
        entry: Any = await self.redis.xadd(INGESTED.key(lane), dict[Any, Any](fields))
        return bytes(entry)

    async def store(self, *posts: Holding) -> None:
        """As the store does, for posts that are not about our field."""
        for post in posts:
            await self.postgres.execute(
                "INSERT INTO store.post_keys (id, accepted_at, content) VALUES ($1, $2, '')", post.id, post.accepted_at
            )
            await self.postgres.execute(
                "INSERT INTO store.posts"
                " (id, accepted_at, stored_at, source, source_kind, tier, text, judgement, urgency, shock)"
                " VALUES ($1, $2, now(), 's', 'social', 'social', 't', '{}', 0, false)",
                post.id,
                post.accepted_at,
            )


@pytest.fixture
async def books(redis: Redis, postgres: TestPostgres, valkey: object, tmp_path: Path) -> AsyncIterator[Books]:
    url = await postgres.new_database(migrate=("store", "notify"))
    config = tmp_path / "config"
    config.mkdir()
    (config / "rules.yaml").write_text(RULES)
    environment = read_environment(
        {"FORESHOCK_STATE_DIR": str(tmp_path / "state"), "FORESHOCK_CONFIG_DIR": str(config)}
    )
    environment.state_dir.mkdir()
    addresses = Addresses(
        redis=valkey.url,  # type: ignore[attr-defined]
        database_admin=url,
        database_store=role_url(url, "store"),
        database_notify=role_url(url, "notify"),
    )
    connection = await asyncpg.connect(url)
    name = f"store.posts_{MIDNIGHT:%Y%m%d}"
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF store.posts "
        f"FOR VALUES FROM ('{MIDNIGHT}') TO ('{MIDNIGHT + timedelta(days=1)}')"
    )
    async with AsyncExitStack() as at_end:
        at_end.enter_context(published(environment, addresses))
        at_end.push_async_callback(connection.close)
        yield Books(environment, redis, connection)
