"""The books compared. The store's view is stood in for by a table of its columns: id, accepted_at and the payload."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from support.servers import TestPostgres
from unit.notify.building import NOW, a_post, a_rule_set, an_id, incident_of, later

from foreshock_notify.adapters.audit import Fault, differences
from foreshock_notify.adapters.ledger import Ledger
from foreshock_shared.contracts.events import PostStored

pytestmark = pytest.mark.servers

RULES = a_rule_set()
INCIDENT = incident_of("the directive")


class Books:
    """What the store holds, and what notify has made of it."""

    def __init__(self, pool: asyncpg.Pool, admin: asyncpg.Connection) -> None:
        self.pool = pool
        self.admin = admin

    async def store(self, *posts: PostStored) -> None:
        rows = [(post.id, post.accepted_at, post.model_dump_json(exclude_none=True)) for post in posts]
        await self.admin.executemany("INSERT INTO store.v_posts VALUES ($1, $2, $3)", rows)

    async def both(self, *posts: PostStored) -> None:
        await self.store(*posts)
        await Ledger(self.pool).enter(RULES, posts, NOW)

    async def faults(self) -> list[tuple[Fault, object]]:
        return [(each.fault, each.subject) for each in await differences(self.pool, RULES, later(minutes=10))]


@pytest.fixture
async def books(postgres: TestPostgres, pool: asyncpg.Pool, database_url: str) -> AsyncIterator[Books]:
    admin = await asyncpg.connect(postgres.url_of(database_url.rpartition("/")[2]))
    await admin.execute(
        "CREATE TABLE store.v_posts (id uuid, accepted_at timestamptz, payload json);"
        "GRANT USAGE ON SCHEMA store TO foreshock_notify; GRANT SELECT ON store.v_posts TO foreshock_notify"
    )
    yield Books(pool, admin)
    await admin.close()


async def test_books_that_agree_show_no_difference(books: Books) -> None:
    await books.both(a_post("first"), a_post("second"), a_post("quiet", story="another", shock=False))
    assert await books.faults() == []


async def test_a_stored_shock_that_was_never_decided_is_named(books: Books) -> None:
    await books.both(a_post("first"))
    await books.store(a_post("lost", story="another directive"), a_post("quiet", story="x", shock=False))
    (lost,) = await differences(books.pool, RULES, later(minutes=10))
    assert (lost.fault, lost.subject) == (Fault.UNDECIDED_POST, an_id("lost"))
    assert "matches policy-shock, and was never decided" in str(lost)


async def test_a_post_that_was_too_old_when_it_was_stored_is_not_missed(books: Books) -> None:
    await books.store(a_post("old", created_at=NOW - timedelta(days=2)))
    assert await books.faults() == []


async def test_a_post_of_this_moment_may_still_be_on_its_way(books: Books) -> None:
    await books.store(a_post("new", at=later(minutes=9, seconds=50)))
    assert await books.faults() == []


async def test_a_deleted_incident_is_missed(books: Books) -> None:
    await books.both(a_post("first"))
    await books.pool.execute("DELETE FROM notify.incidents")
    assert await books.faults() == [(Fault.UNDECIDED_POST, an_id("first"))]


async def test_a_deleted_delivery_is_missed(books: Books) -> None:
    await books.both(a_post("first"))
    await books.pool.execute("DELETE FROM notify.deliveries")
    assert await books.faults() == [(Fault.MISSING_DELIVERY, INCIDENT)]


async def test_a_deleted_revision_is_missed(books: Books) -> None:
    await books.both(a_post("first"), a_post("second"))
    await books.pool.execute("DELETE FROM notify.revisions WHERE revision = 2")
    assert await books.faults() == [(Fault.MISSING_REVISION, INCIDENT)]
