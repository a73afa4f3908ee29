"""The one atomic step, on a real server: never a second entry, never a mark without its entry, both books alike."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis
from support.ingest import entries, ledger, posts, rows, verdicts, written
from support.proxy import proxy_before
from support.waiting import eventually

from foreshock_ingest.adapters.accept_script import Memory
from foreshock_ingest.adapters.acceptor import Acceptor
from foreshock_ingest.adapters.lane_writer import PACED
from foreshock_ingest.domain.batching import Verdict
from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.contracts.post import id_checksum
from foreshock_shared.contracts.streams import ENTRY_LIMIT, INGESTED, Field, Lane
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_shared.runtime.redis import connect
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


async def test_an_accepted_post_is_in_an_entry_that_the_next_service_can_read(redis: Redis) -> None:
    [outcome] = await Acceptor(redis).accept(posts(1, metrics={"likes": 3}), revisions=False)
    [[payload]] = await entries(redis)
    read = PostIngested.model_validate(payload)
    assert (read.id, read.text, read.metrics) == (outcome.post_id, "A directive", {"likes": 3.0})
    [fields] = await rows(redis, INGESTED.name)
    assert fields[Field.TYPE.encode()] == INGESTED.event.encode()
    assert {field.encode() for field in (Field.SPECVERSION, Field.ID, Field.SOURCE, Field.TIME)} < set(fields)


async def test_the_same_post_again_changes_nothing_and_has_the_same_id(redis: Redis) -> None:
    acceptor = Acceptor(redis)
    first = await acceptor.accept(posts(3), revisions=False)
    again = await acceptor.accept(posts(3), revisions=False)
    assert verdicts(again) == [Verdict.SAME] * 3
    assert [each.post_id for each in again] == [each.post_id for each in first]
    assert len(await written(redis)) == 3
    assert (await ledger(redis))["count"] == 3


async def test_other_content_under_an_id_is_a_conflict_for_those_who_do_not_edit(redis: Redis) -> None:
    acceptor = Acceptor(redis)
    await acceptor.accept(posts(1), revisions=False)
    assert verdicts(await acceptor.accept(posts(1, "Another text"), revisions=False)) == [Verdict.CONFLICT]
    assert verdicts(await acceptor.accept(posts(1), revisions=False)) == [Verdict.SAME]
    assert len(await written(redis)) == 1


async def test_other_content_under_an_id_is_a_revision_for_those_who_edit(redis: Redis) -> None:
    ticks = iter(datetime(2026, 6, 12, 17, n, tzinfo=UTC) for n in range(60))
    acceptor = Acceptor(redis, clock=lambda: next(ticks))
    await acceptor.accept(posts(1), revisions=True)
    [revision] = await acceptor.accept(posts(1, "An edited text"), revisions=True)
    assert revision.verdict is Verdict.REVISION
    first, second = await written(redis)
    assert first["id"] == second["id"]
    assert first["accepted_at"] < second["accepted_at"]
    assert (await ledger(redis))["count"] == 2


async def test_duplicates_within_one_call_make_one_post(redis: Redis) -> None:
    outcomes = await Acceptor(redis).accept([*posts(2), *posts(2), *posts(1, "Another")], revisions=False)
    assert verdicts(outcomes) == [Verdict.NEW, Verdict.NEW, Verdict.SAME, Verdict.SAME, Verdict.CONFLICT]
    assert len(await written(redis)) == 2


async def test_revisions_within_one_call_follow_each_other(redis: Redis) -> None:
    acceptor = Acceptor(redis)
    outcomes = await acceptor.accept([*posts(1, "a"), *posts(1, "b"), *posts(1, "b"), *posts(1, "a")], revisions=True)
    assert verdicts(outcomes) == [Verdict.NEW, Verdict.REVISION, Verdict.SAME, Verdict.REVISION]
    assert [post["text"] for post in await written(redis)] == ["a", "b", "a"]
    assert verdicts(await acceptor.accept(posts(1, "a"), revisions=False)) == [Verdict.SAME]


async def test_clients_that_race_with_the_same_ids_make_one_post_each(redis: Redis, valkey: Valkey) -> None:
    other = connect(valkey.url)
    acceptors = [Acceptor(redis), Acceptor(other)]
    calls = [acceptor.accept(posts(50), revisions=False) for acceptor in acceptors for _ in range(10)]
    answers = await asyncio.gather(*calls)
    assert len({tuple(each.post_id for each in answer) for answer in answers}) == 1
    assert sum(verdicts(answer).count(Verdict.NEW) for answer in answers) == 50
    assert len(await written(redis)) == 50
    await other.aclose()


async def test_clients_that_race_with_different_contents_have_one_winner(redis: Redis, valkey: Valkey) -> None:
    other = connect(valkey.url)
    a, b = Acceptor(redis), Acceptor(other)
    answers = await asyncio.gather(a.accept(posts(1, "a"), revisions=False), b.accept(posts(1, "b"), revisions=False))
    assert sorted(verdicts([*answers[0], *answers[1]])) == [Verdict.CONFLICT, Verdict.NEW]
    assert len(await written(redis)) == 1
    await other.aclose()


async def test_a_lost_answer_is_asked_for_again_without_a_second_entry(redis: Redis, valkey: Valkey) -> None:
    async with proxy_before(valkey.url) as proxy:
        client = connect(proxy.url)
        acceptor = Acceptor(client)
        await acceptor.accept(posts(1, source="warm-up"), revisions=False)
        proxy.lose_next_answer_to(b"EVALSHA")
        outcomes = await acceptor.accept(posts(450), revisions=False)
        await client.aclose()
    assert proxy.lost == 1
    assert all(outcome.accepted for outcome in outcomes)
    assert len(await written(redis)) == 451
    assert (await ledger(redis))["count"] == 451


async def test_when_the_server_is_out_of_reach_it_says_so_and_a_later_try_heals(redis: Redis, valkey: Valkey) -> None:
    async with proxy_before(valkey.url) as proxy:
        client = connect(proxy.url)
        acceptor = Acceptor(client)
        await acceptor.accept(posts(5), revisions=False)
        proxy.cut()
        with pytest.raises(DependencyUnavailable):
            await acceptor.accept(posts(6), revisions=False)
        proxy.refusing = False
        assert verdicts(await acceptor.accept(posts(6), revisions=False)) == [Verdict.SAME] * 5 + [Verdict.NEW]
        await client.aclose()
    assert len(await written(redis)) == 6


async def test_a_server_that_forgot_its_scripts_is_given_them_again(redis: Redis) -> None:
    acceptor = Acceptor(redis)
    await acceptor.accept(posts(1), revisions=False)
    await redis.script_flush()
    assert verdicts(await acceptor.accept(posts(2), revisions=False)) == [Verdict.SAME, Verdict.NEW]


async def test_an_entry_that_cannot_be_written_leaves_neither_mark_nor_ledger(redis: Redis) -> None:
    await redis.set(INGESTED.name, "not a stream")
    acceptor = Acceptor(redis)
    with pytest.raises(DependencyUnavailable, match="WRONGTYPE"):
        await acceptor.accept(posts(3), revisions=False)
    assert await redis.keys("ingest:*") == []
    await redis.delete(INGESTED.name)
    assert verdicts(await acceptor.accept(posts(3), revisions=False)) == [Verdict.NEW] * 3


async def test_the_ledger_counts_and_adds_up_what_is_in_the_entries(redis: Redis) -> None:
    acceptor = Acceptor(redis)
    await acceptor.accept(posts(500), revisions=False)
    await acceptor.accept(posts(30, tier="official", source="gazette"), revisions=True)
    await acceptor.accept(posts(10, "Edited", tier="official", source="gazette"), revisions=True)
    every = await written(redis)
    assert await ledger(redis) == {"count": 540, "sum": sum(id_checksum(UUID(post["id"])) for post in every)}


async def test_the_ledger_is_kept_by_the_minute_and_for_its_time_only(redis: Redis) -> None:
    acceptor = Acceptor(redis, Memory(ledger_seconds=500), lambda: datetime(2026, 6, 12, 23, 59, 59, tzinfo=UTC))
    await acceptor.accept(posts(2), revisions=False)
    assert await redis.hget("ingest:ledger:2026-06-12", "23:59:count") == b"2"
    assert 0 < await redis.ttl("ingest:ledger:2026-06-12") <= 500


async def test_urgent_posts_take_their_own_lane_also_from_one_call(redis: Redis) -> None:
    mixed = [*posts(2), *posts(2, source="gazette", tier="official"), *posts(1, source="lab", tier="provider")]
    outcomes = await Acceptor(redis).accept(mixed, revisions=False)
    assert len(await entries(redis, Lane.NORMAL)) == 1
    [urgent] = await entries(redis, Lane.URGENT)
    assert [UUID(post["id"]) for post in urgent] == [outcome.post_id for outcome in outcomes[2:]]


async def test_what_arrives_while_a_write_is_in_flight_shares_the_next_entry(redis: Redis) -> None:
    acceptor = Acceptor(redis)
    await acceptor.accept(posts(1, source="warm-up"), revisions=False)
    one_by_one = [acceptor.accept([post], revisions=False) for post in posts(300)]
    await asyncio.gather(*one_by_one)
    sizes = [len(entry) for entry in await entries(redis)][1:]
    assert sum(sizes) == 300
    assert len(sizes) <= 4
    assert max(sizes) <= ENTRY_LIMIT


async def test_what_was_accepted_before_is_answered_at_once_while_nobody_reads(redis: Redis) -> None:
    acceptor = Acceptor(redis)
    for n in range(12):  # the lane is long from the middle on, until it is clear that nobody reads
        await acceptor.accept(posts(1, source=f"s{n}"), revisions=False)
    await redis.config_resetstat()
    for _ in range(10):
        assert verdicts(await acceptor.accept(posts(1, source="s0"), revisions=False)) == [Verdict.SAME]
    stats = await redis.info("commandstats")
    assert stats["cmdstat_xlen"]["calls"] == 10 * len(PACED), (
        "one look at each lane, no waiting for it to become shorter"
    )


@pytest.mark.parametrize("lane", PACED)
async def test_a_long_lane_that_is_read_holds_back_normal_posts_and_no_urgent_ones(redis: Redis, lane: str) -> None:
    ids = [await redis.xadd(lane, {"data": "[]"}) for _ in range(2 * PACED[lane])]
    acceptor = Acceptor(redis)
    normal = asyncio.create_task(acceptor.accept(posts(1), revisions=False))

    async def looks() -> int:
        return int((await redis.info("commandstats"))["cmdstat_xlen"]["calls"])

    await redis.config_resetstat()
    await redis.xlen(lane)
    urgent = await acceptor.accept(posts(1, source="gazette", tier="official"), revisions=False)
    assert verdicts(urgent) == [Verdict.NEW]
    await eventually(lambda: _more_than(looks, 4 * len(PACED)), within=5)
    await redis.xdel(lane, *ids)
    assert verdicts(await normal) == [Verdict.NEW]


async def _more_than(count: Callable[[], Awaitable[int]], least: int) -> bool:
    return await count() > least


async def test_an_entry_stays_within_its_bytes(redis: Redis) -> None:
    await Acceptor(redis).accept(posts(40, "x" * 90_000), revisions=False)
    sizes = [len(fields[Field.DATA.encode()]) for fields in await rows(redis, INGESTED.name)]
    assert len(sizes) == 4
    assert max(sizes) <= 1_000_100


async def test_marks_take_bounded_room_and_what_came_last_is_remembered(redis: Redis) -> None:
    acceptor = Acceptor(redis, Memory(seen_posts=100))
    for n in range(30):
        await acceptor.accept(posts(20, source=f"s{n}"), revisions=False)
    assert await redis.hlen("ingest:seen:0") + await redis.hlen("ingest:seen:1") <= 200
    assert verdicts(await acceptor.accept(posts(20, source="s29"), revisions=False)) == [Verdict.SAME] * 20
    assert verdicts(await acceptor.accept(posts(20, source="s25"), revisions=False)) == [Verdict.SAME] * 20


async def test_a_post_that_keeps_coming_is_never_forgotten(redis: Redis) -> None:
    acceptor = Acceptor(redis, Memory(seen_posts=50))
    await acceptor.accept(posts(1, source="old"), revisions=False)
    for n in range(20):
        await acceptor.accept(posts(20, source=f"s{n}"), revisions=False)
        assert verdicts(await acceptor.accept(posts(1, source="old"), revisions=False)) == [Verdict.SAME]


async def test_marks_are_also_rotated_by_age(redis: Redis) -> None:
    now = datetime(2026, 6, 12, tzinfo=UTC)
    acceptor = Acceptor(redis, Memory(seen_seconds=60), lambda: now)
    await acceptor.accept(posts(1, source="old"), revisions=False)
    for n in range(3):
        now += timedelta(seconds=61)
        await acceptor.accept(posts(1, source=f"s{n}"), revisions=False)
    assert await redis.hlen("ingest:seen:0") + await redis.hlen("ingest:seen:1") <= 2
