"""Feeds for tests: their documents, a runner that reads one as in life, and what is remembered of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from redis.asyncio import Redis
from support.http_peer import HttpPeer
from support.ingest import written

from foreshock_ingest.adapters.acceptor import Acceptor
from foreshock_ingest.adapters.pressure import Pressure
from foreshock_ingest.adapters.runner import Runner
from foreshock_ingest.adapters.sources.feed import FeedConfig
from foreshock_ingest.adapters.sources.tools import Tools
from foreshock_ingest.adapters.sources.web import Web
from foreshock_ingest.domain.pressure import Limits

LIMITS = Limits(backlog_entries=1_000, memory_percent=90, dead_letter_bytes=10**9)
Running: TypeAlias = Callable[..., AbstractAsyncContextManager[Runner]]


def feed(*items: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()


def item(n: int, text: str = "Text") -> str:
    guid = f'<guid isPermaLink="false">g{n}</guid>'
    return f"<item>{guid}<title>Title {n}</title><description>{text}</description></item>"


def feed_runner(redis: Redis, http_peer: HttpPeer, folder: Path) -> Running:
    """`async with running(key=…)`: a runner of one feed, `/feed` of the peer, with these keys of its configuration."""

    @asynccontextmanager
    async def run(*, lease_again: float = 0.2, total: float = 30.0, **changes: Any) -> AsyncIterator[Runner]:
        values = {"url": f"{http_peer.url}/feed", "allow_private_addresses": True} | changes
        config = FeedConfig.model_validate({"name": "gazette", "kind": "feed", **values})
        config = config.model_copy(update={"interval": 0.1})  # sooner than a configuration may ask for
        tools = Tools(folder, Web(pause=0, total_seconds=total))
        pressure = Pressure(redis, LIMITS)
        runner = Runner(redis, Acceptor(redis), pressure, {"gazette": config.source(tools)}, lease_again)
        async with pressure.watching(), runner.running():
            yield runner
        await tools.web.close()

    return run


async def state(redis: Redis) -> dict[str, str]:
    found: dict[bytes, bytes] = await redis.hgetall("ingest:source:gazette")  # type: ignore[assignment]  # of our clients
    return {name.decode(): value.decode() for name, value in found.items()}


async def native_ids(redis: Redis) -> list[str]:
    return [post["native_id"] for post in await written(redis)]


async def failed(redis: Redis) -> str:
    return (await state(redis)).get("error", "")
