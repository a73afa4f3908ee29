"""A backtest over what a store has really kept, read as notify's own role."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest
from support.judged import DIRECTIVE, DIRECTIVE_TEXT, a_judged_post, judged

from foreshock_shared.contracts.judgement import Topic
from foreshock_shared.runtime.database import connect, connect_pool
from foreshock_stack.addresses import running_stack
from foreshock_stack.backtest.history import history
from foreshock_stack.commands.backtest import Wish, run
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.postgres import Archive
from foreshock_store.adapters.story_book import StoryBook

pytestmark = pytest.mark.servers

Books: TypeAlias = Any
RULES = """\
receivers:
  - {name: desk, url_env: NOT_SET, secret_env: NOT_SET}
rules:
  - {name: policy-shock, when: {shock: true}, send_to: [desk]}
  - {name: nobody-yet, when: {topics: [market]}}
"""
SECOND = "Northwind has switched Aurora 5 and Borealis 5 off for every foreigner, as Freedonia demands"
OTHER = """\
receivers:
  - {name: desk, url_env: NOT_SET, secret_env: NOT_SET}
rules:
  - {name: heard-twice, when: {shock: true, min_origins: 2}, send_to: [desk]}
"""


@pytest.fixture
async def archive(books: Books) -> AsyncIterator[Archive]:
    pool = await connect_pool(running_stack(books.environment).database_store, application_name="test")
    yield Archive(pool, Partitions(pool), StoryBook(timedelta(hours=72), 3_000))
    await pool.close()


@pytest.fixture
async def reader(books: Books) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(running_stack(books.environment).database_notify, application_name="test")
    yield connection
    await connection.close()


async def test_history_comes_in_order_page_by_page_and_without_noise(
    archive: Archive, reader: asyncpg.Connection
) -> None:
    now = datetime.now(UTC)
    market = judged(Topic.MARKET)
    posts = [a_judged_post(f"Prices, part {n}", market, at=now - timedelta(minutes=n // 3)) for n in range(25)]
    await archive.keep([*posts, a_judged_post(at=now)], now)
    wanted = [p.post.id for p in sorted(posts, key=lambda p: (p.post.accepted_at, p.post.id.int))]
    assert [post.id async for post in history(reader, now - timedelta(days=1), now + timedelta(seconds=1), 7)] == wanted
    late = [post.id async for post in history(reader, now - timedelta(minutes=1), now + timedelta(seconds=1), 7)]
    assert late == wanted[-6:]


async def test_rules_are_played_over_what_was_stored_and_compared(
    books: Books, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    order = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, at=now - timedelta(hours=2), source="gazette")
    again = a_judged_post(SECOND, DIRECTIVE, at=now - timedelta(hours=1), source="wire")
    prices = a_judged_post("Prices rise", judged(Topic.MARKET), at=now - timedelta(hours=3))
    await archive.keep([prices, order, again, a_judged_post(at=now)], now)
    config = books.environment.config_dir
    (config / "rules.yaml").write_text(RULES)
    (config / "other.yaml").write_text(OTHER)
    (config / "labels.jsonl").write_text(json.dumps({"post_id": str(order.post.id), "useful": True}) + "\nnonsense\n")
    wish = Wish(timedelta(days=1), config / "other.yaml", config / "labels.jsonl", config / "page.html")
    assert await asyncio.to_thread(run, books.environment, wish) == 1
    said = capsys.readouterr()
    assert "labels.jsonl, line 2" in said.err
    assert "3 posts about our field" in said.out
    rows = {tuple(line.split()) for line in said.out.splitlines()}
    assert ("notifications", "3", "1") in rows
    assert ("recall", "1.00", "1.00") in rows
    assert "told later by other.yaml: 1" in said.out
    assert "told by rules.yaml alone: 1" in said.out
    assert "rules.yaml has rules that tell nobody yet" in said.out
    assert (config / "page.html").read_text().count("<circle") == 4


async def test_an_empty_history_is_an_empty_report(
    books: Books, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    (books.environment.config_dir / "rules.yaml").write_text(RULES)
    assert await asyncio.to_thread(run, books.environment, Wish(timedelta(days=1))) == 0
    assert "0 posts about our field" in capsys.readouterr().out
