"""What the store holds open while it runs: Postgres, Redis, and what works on them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import asyncpg
from pydantic import JsonValue

from foreshock_shared.runtime.database import connect_engine, connect_pool, head, migrate, translated
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_shared.runtime.redis import connect
from foreshock_store import metrics
from foreshock_store.adapters.corrections import Corrections
from foreshock_store.adapters.dead_letters import DeadLetterKeeper
from foreshock_store.adapters.index_book import IndexBook
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.postgres import Archive
from foreshock_store.adapters.public_stream import PublicStream
from foreshock_store.adapters.reader import Reader
from foreshock_store.adapters.schema import SCHEMA
from foreshock_store.adapters.story_book import StoryBook
from foreshock_store.domain.partitions import plan
from foreshock_store.domain.shock_index import By, latest
from foreshock_store.settings import StoreSettings

PACKAGE = "foreshock_store"


class Storage:
    """Its parts exist from `opened` on."""

    pool: asyncpg.Pool
    archive: Archive
    reader: Reader
    corrections: Corrections
    partitions: Partitions
    letters: DeadLetterKeeper
    public_stream: PublicStream
    index: IndexBook

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Bring the schema to head and open everything. Raises DependencyUnavailable while Postgres cannot be had."""
        settings = self._settings
        await migrate(settings.database_url, PACKAGE, SCHEMA)
        async with AsyncExitStack() as stack:
            engine = connect_engine(settings.database_url, application_name="foreshock-store-reads")
            stack.push_async_callback(engine.dispose)
            redis = connect(settings.redis_url)
            stack.push_async_callback(redis.aclose)
            self.pool = await connect_pool(settings.database_url, application_name="foreshock-store")
            stack.push_async_callback(self._close_pool)
            self.partitions = Partitions(self.pool)
            window = timedelta(hours=settings.story_window_hours)
            book = StoryBook(window, settings.active_stories)
            self.archive = Archive(self.pool, self.partitions, book)
            self.corrections = Corrections(self.pool, book, redis)
            self.reader = Reader(engine)
            self.letters = DeadLetterKeeper(redis, self.pool)
            keep = timedelta(hours=settings.public_stream_hours)
            self.public_stream = PublicStream(redis, keep, settings.public_stream_bytes)
            self.index = IndexBook(self.pool, self.partitions, settings.index_base_days, settings.index_base_from)
            yield

    async def tend_partitions(self, now: datetime) -> None:
        """Make the days to come, drop those past keeping; one replica at a time."""
        settings = self._settings
        async with translated():
            existing = await self.partitions.existing()
            wanted = plan(existing, now.date(), ahead=settings.partition_days_ahead, retention=settings.retention_days)
            await self.partitions.carry_out(wanted)
            await self._count_partitions(now)

    async def collect_letters(self) -> None:
        """Move dead letters into Postgres."""
        await self.letters.collect()

    async def tell_corrections(self) -> None:
        """Publish the posts that corrections have moved."""
        await self.corrections.tell()

    async def trim_public_stream(self) -> None:
        """Bring the public stream within its bounds."""
        await self.public_stream.trim()

    async def measure_index(self, now: datetime) -> None:
        """Gather what the shock index is made of, and show its latest values; a series without a base has none."""
        await self.index.gather(now)
        known = await self.index.known(now.date(), now)
        metrics.SHOCK_INDEX_BASE.set(len(known.base_days))
        found = {
            (by.value, name): latest(base, tellings, known.volumes, now)
            for by in By
            for name, base, tellings in known.bases(by)
        }
        for gauge in (metrics.SHOCK_INDEX, metrics.SHOCK_INDEX_LOW, metrics.SHOCK_INDEX_HIGH):
            gauge.clear()
        for labels, index in found.items():
            metrics.SHOCK_INDEX.labels(*labels).set(index.value)
            metrics.SHOCK_INDEX_LOW.labels(*labels).set(index.low)
            metrics.SHOCK_INDEX_HIGH.labels(*labels).set(index.high)

    async def check_database(self) -> dict[str, JsonValue]:
        """Whether Postgres answers, with the schema that this code was written for."""
        began = time.perf_counter()
        async with translated():
            revision = await self.pool.fetchval("SELECT version_num FROM store.alembic_version")
        if revision != head(PACKAGE):
            raise DependencyUnavailable(f"schema {SCHEMA} is at {revision}, this code needs {head(PACKAGE)}")
        return {"revision": revision, "milliseconds": round((time.perf_counter() - began) * 1000, 1)}

    async def check_partitions(self, now: datetime) -> dict[str, JsonValue]:
        """Whether tomorrow has a partition already."""
        async with translated():
            days, ahead = await self._count_partitions(now)
        if not ahead:
            raise DependencyUnavailable("tomorrow has no partition yet; see the log for why the chore cannot make it")
        return {"days": days, "days_ahead": ahead}

    async def _count_partitions(self, now: datetime) -> tuple[int, int]:
        """How many days have a partition, and how many of them lie after today."""
        days = await self.partitions.existing()
        ahead = sum(day > now.date() for day in days)
        metrics.PARTITION_DAYS_AHEAD.set(ahead)
        return len(days), ahead

    async def _close_pool(self) -> None:
        """Orderly if that is quick; a statement that hangs does not hold up the end."""
        try:
            async with asyncio.timeout(5):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()
