"""Ingest on the session's server, and a runner of one feed."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from support.feeds import Running, feed_runner
from support.http_peer import HttpPeer
from support.ingest import SECRET, serving

from foreshock_stack.servers.valkey import Valkey


@pytest.fixture
async def ingest(valkey: Valkey, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """The service with small limits and a secret for signatures."""
    async with serving(
        valkey.url, tmp_path, body_limit=2_000_000, batch_limit=100, webhook_secret=SecretStr(SECRET)
    ) as client:
        yield client


@pytest.fixture
def running(redis: Redis, http_peer: HttpPeer, tmp_path: Path) -> Running:
    return feed_runner(redis, http_peer, tmp_path)
