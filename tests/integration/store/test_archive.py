"""Posts into a real Postgres: once, whatever comes twice, out of order, or on two replicas at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest
from support.judged import DIRECTIVE, DIRECTIVE_TEXT, NOON, a_judged_post, judged
from support.servers import TestPostgres, role_url
from support.waiting import eventually

from foreshock_shared.contracts.events import PostClassified, PostStored
from foreshock_shared.contracts.judgement import Topic
from foreshock_shared.contracts.post import Post, PostIn
from foreshock_shared.runtime.database import connect_pool
from foreshock_shared.runtime.errors import PermanentError, RetryableError
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.postgres import Archive
from foreshock_store.adapters.story_book import StoryBook

pytestmark = pytest.mark.servers

LATER = NOON + timedelta(hours=1)
Replica = Callable[[], Awaitable[Archive]]


def revised(post: PostClassified, text: str, minutes: int) -> PostClassified:
    """The same post with another text, accepted later."""
    handed_in = PostIn.model_validate({**post.post.model_dump(exclude={"id", "accepted_at", "content"}), "text": text})
    accepted = Post.accept(handed_in, post.post.accepted_at + timedelta(minutes=minutes))
    return PostClassified(post=accepted, classification=post.classification)


async def book(pool: asyncpg.Pool) -> tuple[int, int]:
    """Keys and revisions: together, the acceptances that are kept."""
    row = await pool.fetchrow(
        "SELECT (SELECT count(*) FROM store.post_keys) AS keys, (SELECT count(*) FROM store.post_revisions) AS later"
    )
    assert row is not None
    return row["keys"], row["later"]


async def test_noise_is_kept_and_told_to_nobody(archive: Archive, pool: asyncpg.Pool) -> None:
    assert await archive.keep([a_judged_post(), a_judged_post()], LATER) == []
    assert await pool.fetchval("SELECT count(*) FROM store.posts WHERE topics IS NULL AND search IS NULL") == 2


async def test_a_relevant_post_is_told_with_its_story_and_judgement(archive: Archive) -> None:
    post = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, url="https://example.org/1")

    (stored,) = await archive.keep([a_judged_post(), post], LATER)

    assert (stored.id, stored.accepted_at, stored.stored_at) == (post.post.id, post.post.accepted_at, LATER)
    assert stored.classification == post.classification
    assert stored.story.headline.startswith("The government of Freedonia")
    assert stored.origin == post.post.id


async def test_posts_are_told_in_the_order_in_which_they_were_accepted(archive: Archive) -> None:
    batch = [a_judged_post(f"{DIRECTIVE_TEXT} Note {number}.", DIRECTIVE, at=NOON) for number in range(20)]
    ids = [one.post.id for one in batch]

    told = await archive.keep(batch, LATER)
    again = await archive.keep([a_judged_post(), *batch], LATER)

    assert [one.id for one in told] == [one.id for one in again] == ids != sorted(ids)
    assert {one.story.first_urgent for one in told} == {ids[0]}


async def test_what_is_told_is_what_notify_can_read(archive: Archive, admin_url: str) -> None:
    (stored,) = await archive.keep([a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)], LATER)

    notify = await asyncpg.connect(role_url(admin_url, "notify"))
    try:
        payload = await notify.fetchval("SELECT payload::text FROM store.v_posts WHERE id = $1", stored.id)
        assert PostStored.model_validate_json(payload) == stored
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await notify.fetch("SELECT * FROM store.posts")
    finally:
        await notify.close()


async def test_a_redelivered_batch_changes_nothing_and_is_told_the_same(archive: Archive, pool: asyncpg.Pool) -> None:
    batch = [a_judged_post(), a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)]

    first = await archive.keep(batch, LATER)
    second = await archive.keep([*batch, *batch], LATER + timedelta(minutes=5))

    assert first == second
    assert await book(pool) == (2, 0)
    assert await pool.fetchval("SELECT posts FROM store.stories") == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_latest_acceptance_is_current_in_whatever_order_they_come(
    archive: Archive, pool: asyncpg.Pool, order: tuple[int, ...]
) -> None:
    first = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)
    versions = [first, revised(first, "Second words on Aurora 5", 1), revised(first, "Third words on Aurora 5", 2)]

    for index in (*order, *order):
        await archive.keep([versions[index]], LATER)

    assert await book(pool) == (1, 2)
    assert await pool.fetchval("SELECT text FROM store.posts") == "Third words on Aurora 5"
    (stored,) = await archive.keep([first], LATER)
    assert (stored.excerpt, stored.said_at) == ("Third words on Aurora 5", versions[2].post.accepted_at)
    kept = await pool.fetch(
        "SELECT post->>'text' AS text FROM store.post_revisions "
        "UNION SELECT coalesce(first->>'text', text) FROM store.posts"
    )
    assert {row["text"] for row in kept} >= {version.post.text for version in versions}


async def test_versions_of_a_post_in_one_batch_are_all_kept(archive: Archive, pool: asyncpg.Pool) -> None:
    first = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)

    (stored,) = await archive.keep([revised(first, "Second words on Aurora 5", 1), first], LATER)

    assert await book(pool) == (1, 1)
    assert stored.excerpt == "Second words on Aurora 5"
    assert stored.accepted_at == first.post.accepted_at
    assert stored.said_at == first.post.accepted_at + timedelta(minutes=1)


async def test_the_same_content_accepted_again_is_entered_without_its_content(
    archive: Archive, pool: asyncpg.Pool
) -> None:
    first = a_judged_post()
    await archive.keep([first], LATER)
    await archive.keep([revised(first, first.post.text, 9)], LATER)

    assert await book(pool) == (1, 1)
    assert await pool.fetchval("SELECT post IS NULL FROM store.post_revisions")
    assert await pool.fetchval("SELECT first IS NULL FROM store.posts")


async def test_two_replicas_racing_on_one_event_make_one_story(new_replica: Replica, pool: asyncpg.Pool) -> None:
    replicas = [await new_replica(), await new_replica()]
    rounds = [
        [[a_judged_post(f"{DIRECTIVE_TEXT} Report {n} of desk {r}.", DIRECTIVE)] for r in range(2)] for n in range(8)
    ]

    stories = set()
    for batches in rounds:
        told = await asyncio.gather(*(each.keep(b, LATER) for each, b in zip(replicas, batches, strict=True)))
        stories |= {stored.story.id for batch in told for stored in batch}

    assert len(stories) == 1
    assert await pool.fetchval("SELECT posts FROM store.stories") == 16


async def test_two_replicas_racing_on_the_same_batch_tell_the_same(new_replica: Replica, pool: asyncpg.Pool) -> None:
    replicas = [await new_replica(), await new_replica()]
    batch = [a_judged_post(f"Story {n} about plant{n}", judged(Topic.COMPUTE)) for n in range(40)]

    one, other = await asyncio.gather(
        replicas[0].keep(batch, LATER), replicas[1].keep(batch[::-1], LATER + timedelta(seconds=1))
    )

    assert sorted(one, key=lambda p: p.id) == sorted(other, key=lambda p: p.id)
    assert await book(pool) == (40, 0)


async def test_writers_of_the_same_noise_in_opposite_order_do_not_deadlock(new_replica: Replica) -> None:
    replicas = [await new_replica(), await new_replica()]
    for _ in range(10):
        batch = [a_judged_post() for _ in range(200)]
        await asyncio.gather(replicas[0].keep(batch, LATER), replicas[1].keep(batch[::-1], LATER))


async def test_a_replica_goes_on_with_the_stories_of_another(new_replica: Replica) -> None:
    (first,) = await (await new_replica()).keep([a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)], LATER)
    (second,) = await (await new_replica()).keep([a_judged_post(f"Breaking: {DIRECTIVE_TEXT}", DIRECTIVE)], LATER)

    assert second.story.id == first.story.id
    assert second.origin == first.id


async def test_a_post_that_cannot_be_kept_leaves_nothing_of_its_batch(archive: Archive, pool: asyncpg.Pool) -> None:
    good = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)
    bad = PostClassified(
        post=good.post.model_copy(update={"id": a_judged_post().post.id, "text": "a\x00b"}),
        classification=good.classification,
    )
    with pytest.raises(PermanentError):
        await archive.keep([good, bad], LATER)

    assert await book(pool) == (0, 0)
    (stored,) = await archive.keep([good], LATER)
    assert stored.story.why == ["opens this story"]


async def test_a_post_of_a_day_long_past_makes_its_partition(archive: Archive, pool: asyncpg.Pool) -> None:
    old = a_judged_post(at=NOON - timedelta(days=200))
    await archive.keep([old, a_judged_post()], LATER)

    assert await pool.fetchval("SELECT count(*) FROM store.posts") == 2


async def test_a_hostile_date_chooses_no_partition(archive: Archive, pool: asyncpg.Pool) -> None:
    await archive.keep([a_judged_post(created_at="2099-01-01T00:00:00Z")], LATER)

    names = await pool.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'store.posts'::regclass"
    )
    assert [row["name"] for row in names] == ["posts_20260612"]


async def test_a_partition_dropped_under_a_writer_is_made_again(archive: Archive, pool: asyncpg.Pool) -> None:
    await archive.keep([a_judged_post()], LATER)
    await pool.execute("DROP TABLE store.posts_20260612")

    with pytest.raises(RetryableError):
        await archive.keep([a_judged_post()], LATER)
    await archive.keep([a_judged_post()], LATER)


async def test_while_the_server_is_down_nothing_is_lost_and_nobody_is_to_blame(
    own_postgres: TestPostgres,
) -> None:

    url = role_url(await own_postgres.new_database(migrate=["store"]), "store")
    async with await connect_pool(url, application_name="test") as pool:
        archive = Archive(pool, Partitions(pool), StoryBook(timedelta(hours=72), 3_000))
        first = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)
        (before,) = await archive.keep([first], LATER)
        own_postgres.kill()
        with pytest.raises(RetryableError):
            await archive.keep([a_judged_post(f"Also: {DIRECTIVE_TEXT}", DIRECTIVE)], LATER)
        own_postgres.start()

        async def again() -> list[PostStored]:
            return await archive.keep([first, a_judged_post(f"Also: {DIRECTIVE_TEXT}", DIRECTIVE)], LATER)

        after = await eventually(again, within=20)
    assert before in after
    assert {post.story.id for post in after} == {before.story.id}
