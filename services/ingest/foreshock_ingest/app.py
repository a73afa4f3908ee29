"""The one place where ingest is put together.

push ────► credentials ► pressure ► body ► parsing ─┐
                                                    ├─► acceptor ──► post.ingested (urgent or normal)
sources ─► lease ► pages ► pressure ────────────────┘       └─ dedupe marks and accepted ledger, in the same step
canary ──┘            └─ state and dead letters, after it
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import JsonValue
from redis.asyncio import Redis

from foreshock_ingest import metrics
from foreshock_ingest.adapters.accept_script import Memory
from foreshock_ingest.adapters.acceptor import Acceptor
from foreshock_ingest.adapters.credentials import Credentials
from foreshock_ingest.adapters.pressure import Pressure
from foreshock_ingest.adapters.runner import Runner
from foreshock_ingest.adapters.sources.canary import Canary
from foreshock_ingest.adapters.sources.tools import Tools
from foreshock_ingest.adapters.sources_file import load_sources
from foreshock_ingest.api import Push
from foreshock_ingest.domain.pressure import Limits
from foreshock_ingest.domain.source import Source
from foreshock_ingest.settings import IngestSettings
from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.streams import Group
from foreshock_shared.runtime.redis import check_durability, connect
from foreshock_shared.runtime.service import Service
from foreshock_shared.runtime.settings import load

DAY_SECONDS = 86_400


def build(settings: IngestSettings | None = None) -> Service:
    """The service, not yet running. Raises ConfigurationError."""
    settings = settings or load(IngestSettings)
    redis = connect(settings.redis_url)
    memory = Memory(settings.seen_posts, int(settings.seen_days * DAY_SECONDS), settings.ledger_days * DAY_SECONDS)
    acceptor = Acceptor(redis, memory)
    limits = Limits(settings.backlog_entries, settings.memory_percent, settings.dead_letter_bytes)
    pressure = Pressure(redis, limits)
    credentials = Credentials(settings.api_key, settings.webhook_secret)
    push = Push(acceptor, pressure, credentials, settings.body_limit, settings.batch_limit)
    tools = Tools(settings.config_dir)
    configured = load_sources(settings.config_dir / "sources.yaml")
    sources: dict[str, Source] = {each.name: each.source(tools) for each in configured}
    if settings.canary_seconds:
        sources[CANARY_SOURCE] = Canary(settings.canary_seconds)
    metrics.CANARY_INTERVAL.set(settings.canary_seconds)
    runner = Runner(redis, acceptor, pressure, sources)

    async def durability() -> dict[str, JsonValue]:
        return dict(await check_durability(redis, settings.redis_durability))

    async def accepting() -> dict[str, JsonValue]:
        last = acceptor.last_success
        return {"last_success": last.isoformat() if last else None}

    return Service(
        name=Group.INGEST,
        title="Foreshock ingest",
        settings=settings,
        routers=[push.router()],
        background=[lambda: _connections(redis, tools), pressure.watching, runner.running],
        checks={"redis": durability, "pressure": pressure.health, "acceptor": accepting, "sources": runner.health},
    )


@asynccontextmanager
async def _connections(redis: Redis, tools: Tools) -> AsyncIterator[None]:
    """Closes what was opened, last of all."""
    try:
        yield
    finally:
        await tools.web.close()
        await redis.aclose()
