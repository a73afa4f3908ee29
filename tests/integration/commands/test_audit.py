"""The audit against real servers: clean books, and every damage said by name."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID, uuid5

import pytest

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.audit.books import Holding
from foreshock_stack.commands import audit

pytestmark = pytest.mark.servers

Books: TypeAlias = Any
Audited: TypeAlias = Callable[..., Awaitable[tuple[int, str]]]

MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
POSTS = [
    Holding(uuid5(UUID(int=3), str(number)), MIDNIGHT + timedelta(minutes=number, microseconds=123_456 + number))
    for number in range(12)
]


@pytest.fixture
def audited(books: Books, capsys: pytest.CaptureFixture[str]) -> Audited:
    async def run(ledger: Path | None = None) -> tuple[int, str]:
        status = await asyncio.to_thread(audit.run, books.environment, ledger, 0)
        return status, capsys.readouterr().out

    return run


async def test_books_that_agree_are_clean(books: Books, audited: Audited) -> None:
    await books.accept(*POSTS)
    await books.store(*POSTS)
    status, told = await audited()
    assert (status, "the books agree" in told) == (0, True)


async def test_a_post_on_its_way_is_no_loss(books: Books, audited: Audited) -> None:
    await books.accept(*POSTS)
    await books.store(*POSTS[:9])
    await books.send(*POSTS[9:])
    status, told = await audited()
    assert status == 0
    assert "still on their way: 3 posts" in told


async def test_a_stored_row_that_was_deleted_is_named(books: Books, audited: Audited) -> None:
    await books.accept(*POSTS)
    await books.store(*POSTS)
    await books.postgres.execute("DELETE FROM store.posts WHERE id = $1", POSTS[5].id)
    status, told = await audited()
    assert status == 1
    assert (
        f"{POSTS[5].minute}: 1 post accepted but not held anywhere, its id begins with {str(POSTS[5].id)[:8]}" in told
    )


async def test_an_entry_that_was_dropped_from_its_lane_is_named(books: Books, audited: Audited) -> None:
    await books.accept(*POSTS)
    await books.store(*POSTS[:10])
    await books.send(POSTS[10])
    dropped = await books.send(POSTS[11])
    assert (await audited())[0] == 0
    await books.redis.xdel("post.ingested", dropped)
    status, told = await audited()
    assert status == 1
    assert str(POSTS[11].id)[:8] in told


async def test_a_row_that_nobody_accepted_is_named(books: Books, audited: Audited) -> None:
    await books.accept(*POSTS[1:])
    await books.store(*POSTS)
    status, told = await audited()
    assert status == 1
    assert f"held but not in the ledger, its id begins with {str(POSTS[0].id)[:8]}" in told


async def test_a_clients_ledger_names_each_lost_id_in_full(books: Books, audited: Audited, tmp_path: Path) -> None:
    await books.accept(*POSTS)
    await books.store(*POSTS)
    ledger = tmp_path / "ids"
    ledger.write_text("".join(f"{post.id}\n" for post in POSTS))
    assert (await audited(ledger))[0] == 0
    await books.postgres.execute("DELETE FROM store.posts WHERE id = ANY($1::uuid[])", [POSTS[1].id, POSTS[2].id])
    status, told = await audited(ledger)
    assert status == 1
    assert all(f"lost: {post.id}" in told for post in POSTS[1:3])


async def test_a_line_of_a_ledger_that_is_no_id_is_named(books: Books, audited: Audited, tmp_path: Path) -> None:
    ledger = tmp_path / "ids"
    ledger.write_text(f"{POSTS[0].id}\nnot an id\n")
    with pytest.raises(ConfigurationError, match="line 2"):
        await audited(ledger)


async def test_a_post_under_two_days_is_stored_twice(books: Books, audited: Audited) -> None:
    await books.accept(*POSTS)
    await books.store(*POSTS)
    await books.postgres.execute(
        "INSERT INTO store.posts SELECT (p).* FROM (SELECT jsonb_populate_record(p, "
        "jsonb_build_object('accepted_at', p.accepted_at + interval '1 hour')) AS p "
        "FROM store.posts p WHERE id = $1) x",
        POSTS[0].id,
    )
    status, told = await audited()
    assert status == 1
    assert f"stored twice: {POSTS[0].id} has 2 rows" in told


async def test_without_readable_rules_the_ledger_is_still_compared(books: Books, audited: Audited) -> None:
    (books.environment.config_dir / "rules.yaml").write_text("rules: [{")
    await books.accept(*POSTS)
    await books.store(*POSTS)
    assert (await audited())[0] == 2
    await books.postgres.execute("DELETE FROM store.posts WHERE id = $1", POSTS[5].id)
    assert (await audited())[0] == 1


async def test_a_delivery_under_a_foreign_id_is_named(books: Books, audited: Audited) -> None:
    incident = UUID(int=1)
    await books.postgres.execute("SET session_replication_role = replica")  # the incident itself does not matter here
    await books.postgres.execute(
        "INSERT INTO notify.deliveries (incident_id, receiver, revision, id, kind, state, due_at, created_at) "
        "VALUES ($1, 'desk', 1, $2, 'opened', 'delivered', now(), now())",
        incident,
        UUID(int=2),
    )
    status, told = await audited()
    assert status == 1
    assert f"revision 1 of incident {incident} is told to desk under {UUID(int=2)}" in told


async def test_what_was_given_up_by_retention_is_not_missed(books: Books, audited: Audited) -> None:
    await books.accept(Holding(UUID(int=5), MIDNIGHT - timedelta(days=400)))
    assert (await audited())[0] == 0
