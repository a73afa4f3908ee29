"""What the shock index is made of is gathered from real posts, survives them, and is read over HTTP and as gauges."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from pydantic import SecretStr
from support.judged import DIRECTIVE, DIRECTIVE_TEXT, NOON, a_judged_post

from foreshock_ingest.domain.canary import TEXT
from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.runtime.problems import install
from foreshock_stack.servers.valkey import Valkey
from foreshock_store.adapters.index_book import DAYS_AT_ONCE, KEPT, IndexBook
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.postgres import Archive
from foreshock_store.api.index import index_api
from foreshock_store.domain.partitions import plan
from foreshock_store.domain.shock_index import By
from foreshock_store.settings import StoreSettings
from foreshock_store.storage import Storage

pytestmark = pytest.mark.servers

DAY: Final = timedelta(days=1)
TODAY: Final = NOON.date()
MORNING: Final = datetime.combine(TODAY + DAY, NOON.time(), NOON.tzinfo) - timedelta(hours=5)
"""When the day of noon is over long enough to be counted."""
KEY: Final = {"authorization": "Bearer the-key"}
BASE: Final = 7


@pytest.fixture
def book(pool: asyncpg.Pool) -> IndexBook:
    return IndexBook(pool, Partitions(pool), BASE, None)


async def volumes(pool: asyncpg.Pool) -> dict[tuple[date, str], int]:
    return {(r["day"], r["source"]): r["posts"] for r in await pool.fetch("SELECT * FROM store.source_volumes")}


async def fill(pool: asyncpg.Pool, begin: datetime, days: int) -> None:
    """A story each half day, told by `wire`, which says a hundred things a day."""
    for n in range(2 * days):
        await pool.execute(
            "INSERT INTO store.shock_tellings VALUES ($1, 'wire', $1, $2, 3, 'press', 'freedonia', 'ban')",
            UUID(int=n),
            begin + n * DAY / 2,
        )
    for n in range(days):
        day = begin.date() + n * DAY
        await pool.execute("INSERT INTO store.source_volumes VALUES ($1, 'wire', 100)", day)


async def test_shocks_are_copied_with_what_they_do_and_where(
    archive: Archive, book: IndexBook, pool: asyncpg.Pool
) -> None:
    first = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, source="gazette", tier="official")
    posts = [
        first,
        a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, source="wire", tier="press"),
        a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, source="wire", tier="press"),
        a_judged_post(source="wire"),
    ]
    await archive.keep(posts, NOON + DAY)
    for _ in range(2):
        await book.gather(NOON + DAY)
    rows = await pool.fetch("SELECT * FROM store.shock_tellings ORDER BY source")
    assert [(r["origin"], r["source"], r["urgency"], r["tier"]) for r in rows] == [
        (first.post.id, "gazette", 3, "official"),
        (first.post.id, "wire", 3, "press"),
    ]
    assert {(r["jurisdiction"], r["action"]) for r in rows} == {("freedonia", "suspend")}


async def test_what_was_old_when_it_came_is_no_shock_of_that_day(
    archive: Archive, book: IndexBook, pool: asyncpg.Pool
) -> None:
    posts = [
        a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, created_at=NOON - 3 * DAY),
        a_judged_post("Another directive of another day bans Aurora 5", DIRECTIVE, created_at=NOON - DAY),
    ]
    await archive.keep(posts, NOON + DAY)
    await book.gather(NOON + DAY)
    assert await pool.fetchval("SELECT count(*) FROM store.shock_tellings") == 1


async def test_a_story_that_was_put_right_is_counted_as_it_is_now(
    archive: Archive, book: IndexBook, pool: asyncpg.Pool
) -> None:
    await archive.keep([a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)], NOON + DAY)
    await book.gather(NOON + DAY)
    await pool.execute("UPDATE store.posts SET story_id = $1", UUID(int=7))
    await book.gather(NOON + DAY)
    assert await pool.fetchval("SELECT story_id FROM store.shock_tellings") == UUID(int=7)
    await pool.execute("UPDATE store.posts SET shock = false")
    await book.gather(NOON + DAY)
    assert await pool.fetchval("SELECT count(*) FROM store.shock_tellings") == 0


async def test_a_day_is_counted_by_source_once_it_has_been_over_for_some_hours(
    archive: Archive, book: IndexBook, pool: asyncpg.Pool
) -> None:
    noise = [a_judged_post(source="feed", at=NOON + timedelta(hours=n)) for n in (-12, 0, 11)]
    later = a_judged_post(source="feed", at=NOON + DAY)
    shock = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, source="gazette")
    await archive.keep([*noise, later, shock], NOON + 2 * DAY)
    await book.gather(MORNING - timedelta(hours=2))
    assert await volumes(pool) == {}
    await book.gather(MORNING)
    assert await volumes(pool) == {(TODAY, "feed"): 3, (TODAY, "gazette"): 0}
    await archive.keep([a_judged_post(source="feed")], NOON + 2 * DAY)
    await book.gather(MORNING)
    assert await volumes(pool) == {(TODAY, "feed"): 3, (TODAY, "gazette"): 0}


async def test_days_on_which_nothing_came_do_not_hold_up_the_others(
    archive: Archive, book: IndexBook, pool: asyncpg.Pool
) -> None:
    partitions = Partitions(pool)
    await partitions.carry_out(plan([], TODAY, ahead=9, retention=30))
    await archive.keep([a_judged_post(at=NOON + 9 * DAY)], NOON + 9 * DAY)
    await book.gather(NOON + 11 * DAY)
    assert await volumes(pool) == {(TODAY + 9 * DAY, "test"): 1}


async def test_a_backlog_of_days_is_counted_a_few_at_a_time(
    archive: Archive, book: IndexBook, pool: asyncpg.Pool
) -> None:
    await archive.keep([a_judged_post(at=NOON - n * DAY) for n in range(5)], NOON + DAY)
    await book.gather(MORNING)
    assert len(await volumes(pool)) == DAYS_AT_ONCE
    await book.gather(MORNING)
    assert len(await volumes(pool)) == 5


async def test_one_replica_at_a_time_gathers(archive: Archive, book: IndexBook, pool: asyncpg.Pool) -> None:
    await archive.keep([a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)], NOON + DAY)
    async with pool.acquire() as other:
        await other.fetchval("SELECT pg_advisory_lock(hashtextextended('foreshock store index', 0))")
        await book.gather(MORNING)
        assert await pool.fetchval("SELECT count(*) FROM store.shock_tellings") == 0
        await other.fetchval("SELECT pg_advisory_unlock_all()")
    await book.gather(MORNING)
    assert await pool.fetchval("SELECT count(*) FROM store.shock_tellings") == 1


async def test_canaries_are_in_none_of_it(archive: Archive, book: IndexBook, pool: asyncpg.Pool) -> None:
    await archive.rehearse([a_judged_post(TEXT, DIRECTIVE, source=CANARY_SOURCE)], NOON)
    await book.gather(MORNING)
    assert await volumes(pool) == {}
    assert await pool.fetchval("SELECT count(*) FROM store.shock_tellings") == 0


async def test_it_outlives_the_posts(archive: Archive, book: IndexBook, pool: asyncpg.Pool) -> None:
    await archive.keep([a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)], NOON + DAY)
    await book.gather(MORNING)
    partitions = Partitions(pool)
    later = NOON + 40 * DAY
    await partitions.carry_out(plan(await partitions.existing(), later.date(), ahead=1, retention=30))
    await book.gather(later)
    assert await pool.fetchval("SELECT count(*) FROM store.posts") == 0
    assert await pool.fetchval("SELECT count(*) FROM store.shock_tellings") == 1
    assert len(await volumes(pool)) == 1


async def test_what_is_old_is_forgotten_but_for_the_base_period(book: IndexBook, pool: asyncpg.Pool) -> None:
    begin = NOON - KEPT - 30 * DAY
    await fill(pool, begin, 20)
    await fill_later(pool)
    await book.gather(NOON)
    assert min(day for day, _ in await volumes(pool)) == begin.date()
    assert len(await volumes(pool)) == BASE + 1
    assert await pool.fetchval("SELECT count(*) FROM store.shock_tellings") == 2 * BASE - 1


async def fill_later(pool: asyncpg.Pool) -> None:
    await pool.execute("INSERT INTO store.source_volumes VALUES ($1, 'wire', 100)", TODAY - DAY)


@pytest.fixture
async def http(book: IndexBook) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    install(app)
    app.include_router(index_api(lambda: book, SecretStr("the-key")))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://store") as http:
        yield http


async def test_it_is_read_by_day(http: httpx2.AsyncClient, pool: asyncpg.Pool) -> None:
    begin = datetime.now(NOON.tzinfo).replace(hour=0, minute=0) - 10 * DAY
    await fill(pool, begin, 9)
    answer = (await http.get("/v1/index", headers=KEY)).json()
    first, last = begin.date(), (begin + (BASE - 1) * DAY).date()
    assert answer["base"] == {"first": str(first), "last": str(last), "days": BASE, "needed": BASE}
    [series] = answer["series"]
    assert series["name"] == "all"
    assert [(each["day"], each["value"]) for each in series["days"]] == [
        (str(first + n * DAY), 100.0) for n in range(9)
    ]
    assert all(each["low"] < 100 < each["high"] for each in series["days"])
    since = {"since": str(last + DAY), "by": "jurisdiction"}
    [series] = (await http.get("/v1/index", params=since, headers=KEY)).json()["series"]
    assert (series["name"], len(series["days"])) == ("freedonia", 2)
    [series] = (await http.get("/v1/index?by=effect", headers=KEY)).json()["series"]
    assert series["name"] == "ban"


async def test_while_there_is_no_base_period_it_says_how_far_it_is(
    http: httpx2.AsyncClient, pool: asyncpg.Pool
) -> None:
    assert (await http.get("/v1/index", headers=KEY)).json()["series"] == []
    await fill(pool, datetime.now(NOON.tzinfo) - 6 * DAY, BASE - 1)
    answer = (await http.get("/v1/index", headers=KEY)).json()
    assert (answer["base"]["days"], answer["series"]) == (BASE - 1, [])


async def test_it_is_refused_without_the_key_and_for_what_it_does_not_know(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/v1/index")).status_code == 401
    assert (await http.get("/v1/index?by=author", headers=KEY)).status_code == 422
    assert (await http.get("/v1/index?form=day", headers=KEY)).status_code == 422


def shown(sample: str, /, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(sample, labels)


async def test_the_gauges_show_the_last_24_hours_and_nothing_before_there_is_a_base(
    valkey: Valkey, store_url: str, pool: asyncpg.Pool
) -> None:
    settings = StoreSettings(
        port=0,
        redis_url=SecretStr(valkey.url),
        database_url=SecretStr(store_url),
        api_key=SecretStr("the-key"),
        consumer="one",
        index_base_days=BASE,
    )
    storage = Storage(settings)
    async with storage.opened():
        await storage.measure_index(NOON)
        assert shown("foreshock_shock_index", by=By.ALL, name="all") is None
        assert shown("foreshock_shock_index_base_days") == 0
        await fill(pool, NOON - 9 * DAY, 9)
        await storage.measure_index(NOON)
        assert shown("foreshock_shock_index_base_days") == BASE
        for by, name in ((By.ALL, "all"), (By.JURISDICTION, "freedonia"), (By.EFFECT, "ban")):
            found = [shown(f"foreshock_shock_index{end}", by=by, name=name) for end in ("_low", "", "_high")]
            low, value, high = (each or 0 for each in found)
            assert value == pytest.approx(100 * BASE / (2 * BASE - 1))  # one story, where the base period had 13
            assert 0 < low < value < high
        await storage.measure_index(NOON + 2 * DAY)
        assert shown("foreshock_shock_index", by=By.ALL, name="all") == 0
        await pool.execute("DELETE FROM store.source_volumes")
        await storage.measure_index(NOON)
        assert shown("foreshock_shock_index", by=By.ALL, name="all") is None
