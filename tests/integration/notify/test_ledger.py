"""Decisions, incidents and deliveries are written together, once, whoever races."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from support.servers import TestPostgres, role_url
from unit.notify.building import NOW, a_post, a_rule, a_rule_set, an_id, incident_of, later

from foreshock_notify.adapters import schema, upkeep
from foreshock_notify.adapters.hands import Hands
from foreshock_notify.adapters.ledger import Ledger
from foreshock_notify.domain.case import Reason
from foreshock_notify.domain.notification import delivery_id
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.database import connect_engine
from foreshock_shared.runtime.errors import DependencyUnavailable

pytestmark = pytest.mark.servers

RULES = a_rule_set()
INCIDENT = incident_of("the directive")


async def _rows(pool: asyncpg.Pool, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await pool.fetch(f"SELECT * FROM notify.{table}")]  # noqa: S608  names of our tables


async def test_an_alert_is_incident_member_revision_and_delivery(pool: asyncpg.Pool) -> None:
    entered = await Ledger(pool).enter(RULES, [a_post("first")], NOW)
    assert entered.receivers == {"desk"}
    (incident,) = await _rows(pool, "incidents")
    assert (incident["id"], incident["status"], incident["receivers"]) == (INCIDENT, "unconfirmed", ["desk"])
    (decision,) = await _rows(pool, "decisions")
    assert (decision["incident_id"], decision["reason"]) == (INCIDENT, "opened")
    assert decision["verdicts"] == {"policy-shock": "matched"}
    (revision,) = await _rows(pool, "revisions")
    assert (revision["revision"], revision["tell"], revision["post_id"]) == (1, {"desk": "opened"}, an_id("first"))
    (delivery,) = await _rows(pool, "deliveries")
    assert (delivery["id"], delivery["state"]) == (delivery_id(INCIDENT, "desk", 1), "pending")


async def test_what_is_not_told_is_recorded_with_its_reason(pool: asyncpg.Pool) -> None:
    rules = a_rule_set(a_rule("shocks"), a_rule("funding", topics=["funding"], urgency_at_least="high"))
    quiet = a_post("quiet", shock=False, topics=[Topic.FUNDING], urgency=Urgency.LOW)
    await Ledger(pool).enter(rules, [quiet], NOW)
    (decision,) = await _rows(pool, "decisions")
    assert (decision["reason"], decision["incident_id"]) == ("no_rule", None)
    assert decision["verdicts"] == {"shocks": "not_a_shock", "funding": "not_urgent_enough"}


async def test_a_post_that_comes_again_is_told_once_and_its_decision_stands(pool: asyncpg.Pool) -> None:
    ledger, post = Ledger(pool), a_post("first")
    await ledger.enter(RULES, [post], NOW)
    again = await ledger.enter(a_rule_set(a_rule("other", send_to=["board"])), [post, post], later(hours=1))
    assert (again.decisions, again.receivers) == ([], frozenset())
    assert len(await _rows(pool, "deliveries")) == 1
    (decision,) = await _rows(pool, "decisions")
    assert (decision["reason"], decision["decided_at"]) == ("opened", NOW)


async def test_incidents_go_on_where_the_last_batch_has_left_them(pool: asyncpg.Pool) -> None:
    ledger = Ledger(pool)
    batches = [
        [a_post("first")],
        [a_post("copy", copy_of="first"), a_post("comment", shock=False)],
        [a_post("second")],
        [a_post("third", source="source of second"), a_post("notice", tier=Tier.OFFICIAL)],
        [a_post("lift", story="the lift", ends="the directive")],
    ]
    reasons = [[d.reason for d in (await ledger.enter(RULES, batch, NOW)).decisions] for batch in batches]
    silent = Reason.JOINED_SILENTLY
    assert reasons == [
        [Reason.OPENED],
        [silent, silent],
        [Reason.UPDATED_CORROBORATED],
        [silent, Reason.UPDATED_OFFICIAL],
        [Reason.LIFTED],
    ]
    found = {row["story_id"]: row for row in await _rows(pool, "incidents")}
    directive = found[an_id("the directive")]
    assert (directive["status"], directive["revision"], directive["origins"]) == ("lifted", 4, 3)
    assert found[an_id("the lift")]["revision"] == 1
    members = [row for row in await _rows(pool, "decisions") if row["incident_id"] == INCIDENT]
    assert len(members) == 6


async def test_a_comment_in_the_batch_that_opens_an_incident_is_a_member_of_it(pool: asyncpg.Pool) -> None:
    await Ledger(pool).enter(RULES, [a_post("first"), a_post("comment", shock=False)], NOW)
    assert {row["incident_id"] for row in await _rows(pool, "decisions")} == {INCIDENT}


async def test_a_source_that_repeats_and_then_writes_counts_once_over_batches(pool: asyncpg.Pool) -> None:
    told = [
        a_post("a", source="x"),
        a_post("b", source="y", copy_of="a"),
        a_post("c", source="y"),
        a_post("d", source="y"),
    ]
    for post in told:
        await Ledger(pool).enter(RULES, [post], NOW)
    (incident,) = await _rows(pool, "incidents")
    assert incident["origins"] == 2


async def test_replicas_that_race_on_one_story_make_one_incident(pool: asyncpg.Pool) -> None:
    posts = [a_post(f"post {n}", source=f"outlet {n}") for n in range(24)]
    replicas = [Ledger(pool) for _ in range(6)]
    await asyncio.gather(*(replica.enter(RULES, posts[n::6], NOW) for n, replica in enumerate(replicas)))
    (incident,) = await _rows(pool, "incidents")
    assert incident["origins"] == 24
    assert sorted(row["kind"] for row in await _rows(pool, "deliveries")) == ["opened", "updated"]


async def test_replicas_that_are_given_the_same_batch_decide_it_once(pool: asyncpg.Pool) -> None:
    posts = [a_post(f"post {n}", story=f"story {n % 7}", shock=n % 3 == 0) for n in range(60)]
    replicas = [Ledger(pool) for _ in range(5)]
    await asyncio.gather(
        *(replica.enter(RULES, posts if n % 2 else posts[::-1], NOW) for n, replica in enumerate(replicas))
    )
    assert len(await _rows(pool, "decisions")) == 60
    revisions = [(row["incident_id"], row["revision"]) for row in await _rows(pool, "revisions")]
    assert len(set(revisions)) == len(revisions)
    assert sum(row["revision"] == 1 for row in await _rows(pool, "revisions")) == 7
    assert {row["subject"]: row["posts"] for row in await _rows(pool, "counts")}["*"] == 60


async def test_nothing_is_left_behind_when_the_batch_cannot_be_written(pool: asyncpg.Pool) -> None:
    await pool.execute("DROP TABLE notify.attempts, notify.deliveries")
    with pytest.raises(DependencyUnavailable):
        await Ledger(pool).enter(RULES, [a_post("first")], NOW)
    assert await _rows(pool, "incidents") == []
    assert await _rows(pool, "decisions") == []


async def test_a_receiver_that_was_taken_away_is_written_no_delivery(pool: asyncpg.Pool) -> None:
    await Ledger(pool).enter(RULES, [a_post("first")], NOW)
    await Ledger(pool).enter(a_rule_set(a_rule(send_to=())), [a_post("second")], NOW)
    assert [row["revision"] for row in await _rows(pool, "deliveries")] == [1]


async def test_a_schema_that_is_not_there_yet_is_no_fault_of_the_posts(postgres: TestPostgres) -> None:
    url = role_url(await postgres.new_database(), "notify")
    async with asyncpg.create_pool(url, min_size=0) as bare:
        with pytest.raises(DependencyUnavailable):
            await Ledger(bare).enter(RULES, [a_post("first")], NOW)


async def test_the_tables_are_as_the_schema_describes_them(postgres: TestPostgres) -> None:
    engine = connect_engine(await postgres.new_database(migrate=["notify"]), application_name="tests")
    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(_differences)
    finally:
        await engine.dispose()
    assert [difference for difference in differences if "alembic_version" not in str(difference)] == []


def _differences(connection: Connection) -> list[Any]:
    def ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "schema" or name == schema.SCHEMA

    context = MigrationContext.configure(connection, opts={"include_schemas": True, "include_name": ours})
    return list(compare_metadata(context, schema.metadata))


async def test_an_idle_incident_is_closed_told_and_reopened_by_a_new_witness(pool: asyncpg.Pool) -> None:
    ledger, hands = Ledger(pool), Hands(pool)
    await ledger.enter(RULES, [a_post("first")], NOW)
    assert await hands.close_idle(RULES, later(hours=71)) == frozenset()
    assert await hands.close_idle(RULES, later(hours=73)) == {"desk"}
    (incident,) = await _rows(pool, "incidents")
    assert (incident["status"], incident["revision"]) == ("closed", 2)
    closing = (await _rows(pool, "revisions"))[-1]
    assert (closing["reason"], closing["tell"]) == ("idle", {"desk": "closed"})
    assert closing["data"]["why"]["changed"] == ["status unconfirmed → closed"]
    assert await hands.close_idle(RULES, later(hours=73)) == frozenset()
    again = await ledger.enter(RULES, [a_post("again")], later(hours=74))
    assert [decision.reason for decision in again.decisions] == [Reason.REOPENED]


async def test_decisions_of_no_incident_are_dropped_in_time_and_members_are_kept(pool: asyncpg.Pool) -> None:
    posts = [a_post("first"), a_post("quiet", story="another", shock=False)]
    await Ledger(pool).enter(RULES, posts, NOW)
    await upkeep.tidy(pool, later(days=8))
    assert [row["post_id"] for row in await _rows(pool, "decisions")] == [an_id("first")]
    await upkeep.tidy(pool, later(days=401))
    assert await _rows(pool, "deliveries") == await _rows(pool, "decisions") == []
