"""Putting stories right by hand: what moves, what is told, and what later posts do."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from redis.asyncio import Redis
from support.judged import DIRECTIVE, DIRECTIVE_TEXT, NOON, a_judged_post, effect, judged

from foreshock_shared.contracts.events import PostClassified, PostStored
from foreshock_shared.contracts.judgement import Action, EffectStatus, Topic
from foreshock_shared.contracts.streams import STORED, Field, Lane
from foreshock_store.adapters.corrections import CorrectionRefused, Corrections, Signed, UnknownStory
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.postgres import Archive
from foreshock_store.adapters.story_book import StoryBook

pytestmark = pytest.mark.servers

LATER = NOON + timedelta(hours=1)
SIGNED = Signed("someone@desk", "the same reactor", LATER)
OUTAGE = "Reactor outage darkens the Lindholm datacentre campus, training clusters offline until further notice"
FIRE = "A transformer burnt at Vessby: no power for the accelerators of Halcyon since four this morning"

LIFT = judged(
    Topic.POLICY,
    entities=("m:Aurora 5", "m:Borealis 5", "v:Northwind", "j:Freedonia"),
    does=effect(Action.LIFT, "Aurora 5", "Borealis 5", place="Freedonia", status=EffectStatus.LIFTED),
    shock=True,
)

Desk = tuple[Archive, Corrections]


@pytest.fixture
def new_desk(pool: asyncpg.Pool, redis: Redis) -> Callable[[], Desk]:
    """A replica of the store: a memory of its own over the same database."""

    def make() -> Desk:
        book = StoryBook(timedelta(days=10), 5_000)
        return Archive(pool, Partitions(pool), book), Corrections(pool, book, redis)

    return make


def post(text: str, minutes: int = 0) -> PostClassified:
    return a_judged_post(text, judged(Topic.COMPUTE), at=NOON + timedelta(minutes=minutes))


async def told(redis: Redis) -> dict[UUID, PostStored]:
    """What the public stream says of each post, of two events the later."""
    found: dict[UUID, PostStored] = {}
    for lane in Lane:
        entries: Any = await redis.xrange(STORED.key(lane))
        for _, fields in entries:
            many = json.loads(fields[Field.DATA.encode()])
            found |= {p.id: p for p in map(PostStored.model_validate, many)}
    return found


async def keep(archive: Archive, one: PostClassified, at: datetime = LATER) -> PostStored:
    (stored,) = await archive.keep([one], at)
    return stored


async def test_merged_posts_are_published_with_their_new_story_and_a_higher_number(
    new_desk: Callable[[], Desk], redis: Redis, pool: asyncpg.Pool
) -> None:
    archive, corrections = new_desk()
    stays, gone = await keep(archive, post(OUTAGE)), await keep(archive, post(FIRE, 1))
    assert stays.story.id != gone.story.id

    assert await corrections.merge(gone.story.id, stays.story.id, SIGNED) == 1
    await corrections.tell()

    (moved,) = (await told(redis)).values()
    assert (moved.id, moved.story.id, moved.story.moves) == (gone.id, stays.story.id, 1)
    assert moved.story.headline == stays.story.headline
    row = await pool.fetchrow("SELECT posts, origins FROM store.stories WHERE id = $1", stays.story.id)
    assert row is not None
    assert (row["posts"], row["origins"]) == (2, 2)
    record = await pool.fetchrow("SELECT kind, made_by, note, told_at FROM store.story_corrections")
    assert record is not None
    assert (record["kind"], record["made_by"], record["note"]) == ("merge", SIGNED.by, SIGNED.note)
    assert record["told_at"] is not None


async def test_a_story_is_headed_by_a_shock_as_long_as_it_has_one(
    new_desk: Callable[[], Desk], pool: asyncpg.Pool
) -> None:
    archive, corrections = new_desk()
    calm, shock = await keep(archive, post(OUTAGE)), await keep(archive, a_judged_post(DIRECTIVE_TEXT, DIRECTIVE))

    await corrections.merge(shock.story.id, calm.story.id, SIGNED)
    merged = await pool.fetchval("SELECT headline FROM store.stories WHERE id = $1", calm.story.id)
    await corrections.split(calm.story.id, [shock.id], SIGNED)
    parted = await pool.fetchval("SELECT headline FROM store.stories WHERE id = $1", calm.story.id)

    assert (merged, parted) == (shock.story.headline, calm.story.headline)


async def test_what_ended_a_merged_story_is_published_as_the_end_of_the_one_that_goes_on(
    new_desk: Callable[[], Desk], redis: Redis
) -> None:
    archive, corrections = new_desk()
    stays, gone = await keep(archive, post(OUTAGE)), await keep(archive, a_judged_post(DIRECTIVE_TEXT, DIRECTIVE))
    lift = await keep(archive, a_judged_post("Freedonia lifts its directive: Aurora 5 and Borealis 5 are back.", LIFT))
    assert lift.story.ends == gone.story.id

    assert await corrections.merge(gone.story.id, stays.story.id, SIGNED) == 1
    await corrections.tell()

    published = await told(redis)
    assert published[gone.id].story.id == stays.story.id
    now = published[lift.id].story
    assert (now.id, now.ends, now.moves) == (lift.story.id, stays.story.id, 1)
    assert set(published) == {gone.id, lift.id}


async def test_later_posts_that_resemble_a_merged_story_join_the_one_that_stays_on_every_replica(
    new_desk: Callable[[], Desk],
) -> None:
    (archive, corrections), (other, _) = new_desk(), new_desk()
    stays, gone = await keep(archive, post(OUTAGE)), await keep(archive, post(FIRE, 1))
    await keep(other, post("Something else about Tern and its wafers entirely", 2))
    await corrections.merge(gone.story.id, stays.story.id, SIGNED)

    for number, replica in enumerate((other, archive, new_desk()[0])):
        copy = await keep(replica, post(f"RT @desk{number}: {FIRE}", 3 + number))
        report = await keep(
            replica, post(f"Vessby transformer burnt, Halcyon accelerators dark, day {number}", 4 + number)
        )
        assert copy.story.id == report.story.id == stays.story.id


async def test_what_was_split_off_stays_apart(new_desk: Callable[[], Desk], redis: Redis) -> None:
    archive, corrections = new_desk()
    first = await keep(archive, a_judged_post(DIRECTIVE_TEXT, DIRECTIVE))
    second = await keep(
        archive, a_judged_post("Northwind turns Aurora 5 and Borealis 5 off, citing an order.", DIRECTIVE)
    )
    assert first.story.id == second.story.id

    story, moved = await corrections.split(first.story.id, [second.id], SIGNED)
    await corrections.tell()

    again = await keep(
        archive, a_judged_post("RT: Northwind turns Aurora 5 and Borealis 5 off, citing an order.", DIRECTIVE)
    )
    copy = await keep(new_desk()[0], a_judged_post(f"RT @x: {DIRECTIVE_TEXT}", DIRECTIVE))
    assert moved == 1
    assert (await told(redis))[second.id].story.id == again.story.id == story != first.story.id
    assert copy.story.id == first.story.id


async def test_the_first_urgent_post_of_a_story_is_never_that_of_two(
    new_desk: Callable[[], Desk], redis: Redis
) -> None:
    archive, corrections = new_desk()
    calm = await keep(archive, post(OUTAGE))
    first = await keep(archive, a_judged_post(DIRECTIVE_TEXT, DIRECTIVE))
    second = await keep(
        archive, a_judged_post("Northwind turns Aurora 5 and Borealis 5 off, citing an order.", DIRECTIVE)
    )
    assert (calm.story.first_urgent, first.story.first_urgent, second.story.first_urgent) == (None, first.id, first.id)

    await corrections.split(first.story.id, [first.id], SIGNED)
    await corrections.merge(second.story.id, calm.story.id, SIGNED)
    await corrections.tell()

    published = await told(redis)
    assert published[first.id].story.first_urgent is None
    assert published[second.id].story.first_urgent is None
    later = await keep(
        archive, a_judged_post("RT: Northwind turns Aurora 5 and Borealis 5 off, citing an order.", DIRECTIVE)
    )
    assert (later.story.id, later.story.first_urgent) == (calm.story.id, later.id)


async def test_the_post_that_opened_a_story_can_be_split_off(new_desk: Callable[[], Desk]) -> None:
    archive, corrections = new_desk()
    first = await keep(archive, a_judged_post(DIRECTIVE_TEXT, DIRECTIVE))
    await keep(archive, a_judged_post("Northwind turns Aurora 5 and Borealis 5 off, citing an order.", DIRECTIVE))

    story, _ = await corrections.split(first.story.id, [first.id], SIGNED)

    assert story != first.story.id


async def test_a_redelivered_post_is_told_as_it_was_corrected(new_desk: Callable[[], Desk]) -> None:
    archive, corrections = new_desk()
    one, other = post(OUTAGE), post(FIRE, 1)
    stays, gone = await keep(archive, one), await keep(archive, other)
    await corrections.merge(gone.story.id, stays.story.id, SIGNED)

    again = await keep(new_desk()[0], other)

    assert (again.story.id, again.story.moves) == (stays.story.id, 1)


async def test_a_correction_that_was_not_told_before_a_crash_is_told_by_another_replica(
    new_desk: Callable[[], Desk], redis: Redis
) -> None:
    archive, corrections = new_desk()
    stays, gone = await keep(archive, post(OUTAGE)), await keep(archive, post(FIRE, 1))
    await corrections.merge(gone.story.id, stays.story.id, SIGNED)
    assert await told(redis) == {}

    await new_desk()[1].tell()
    await new_desk()[1].tell()

    assert [p.story.id for p in (await told(redis)).values()] == [stays.story.id]
    assert sum([await redis.xlen(STORED.key(lane)) for lane in Lane]) == 1


async def test_a_story_older_than_the_window_can_be_corrected_too(new_desk: Callable[[], Desk]) -> None:
    archive, corrections = new_desk()
    old = await keep(archive, post(OUTAGE, -60 * 24 * 20))
    new = await keep(archive, post(FIRE))

    assert await corrections.merge(new.story.id, old.story.id, SIGNED) == 1


async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    new_desk: Callable[[], Desk], pool: asyncpg.Pool
) -> None:
    archive, corrections = new_desk()
    stays, gone = await keep(archive, post(OUTAGE)), await keep(archive, post(FIRE, 1))

    with pytest.raises(UnknownStory):
        await corrections.merge(uuid4(), stays.story.id, SIGNED)
    with pytest.raises(CorrectionRefused, match="itself"):
        await corrections.merge(stays.story.id, stays.story.id, SIGNED)
    with pytest.raises(CorrectionRefused, match="not in story"):
        await corrections.split(stays.story.id, [gone.id], SIGNED)
    with pytest.raises(CorrectionRefused, match="empty"):
        await corrections.split(stays.story.id, [stays.id], SIGNED)
    assert await pool.fetchval("SELECT count(*) FROM store.story_corrections") == 0

    await corrections.merge(gone.story.id, stays.story.id, SIGNED)
    with pytest.raises(CorrectionRefused, match="was merged into"):
        await corrections.merge(gone.story.id, stays.story.id, SIGNED)
