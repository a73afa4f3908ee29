"""Incidents and tellings, whatever happens: crashes at any word with the database, clocks that jump, posts that come
twice, late or moved, rules that change, receivers that fail. A state machine plays it out on a real Postgres and holds
the promises.

`STATE_MACHINE_EXAMPLES=2000` plays more games than the suite does.
"""

import asyncio
import os
from collections.abc import Coroutine
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from integration.notify.faults import Crash, Mortal
from integration.notify.sent import Sent
from support.servers import TestPostgres, role_url
from unit.notify.building import NOW, a_post, a_receiver, a_rule, a_rule_set, an_id

from foreshock_notify.adapters.hands import Hands
from foreshock_notify.adapters.ledger import Ledger
from foreshock_notify.adapters.outbox import Outbox, Parcel
from foreshock_notify.adapters.silences import Silences
from foreshock_notify.domain import retry
from foreshock_notify.domain.notification import IncidentData, Kind, incident_id, notify
from foreshock_notify.domain.retry import Answer
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.domain.silence import SilenceIn
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Urgency
from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.database import connect_pool

pytestmark = pytest.mark.servers

EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "12"))
PHASES = tuple(phase for phase in Phase if phase is not Phase.explain and (EXAMPLES > 20 or phase is not Phase.shrink))
RECEIVERS = ("desk", "night", "board", "boss", "slow")
STORIES = ("one", "two", "three")
TABLES = "incidents, decisions, deliveries, receivers, silences, counts, revisions, attempts"

_NIGHT = {"from": "20:00", "to": "07:00"}
_PLAIN = a_rule("plain", send_to=["desk"], escalate=[{"after": "15m", "to": ["boss"]}])
_NIGHTLY = a_rule("nightly", send_to=["night"], quiet=_NIGHT, digest={"at": ["08:00"]})
_SPARING = a_rule("sparing", send_to=["board"], throttle={"most": 1, "per": "1h"})
_SLOW = a_rule("slow", send_to=["slow"], **{"for": "5m"})
_ALL = [a_receiver(name) for name in RECEIVERS]
RULE_SETS = (
    a_rule_set(_PLAIN, _NIGHTLY, _SPARING, _SLOW, receivers=_ALL),
    a_rule_set(a_rule("plain", send_to=["desk", "slow"]), _SPARING, receivers=_ALL),
    a_rule_set(_PLAIN, a_rule("nightly", send_to=["night", "board"], digest={"every": "6h"}), receivers=_ALL),
)
FUSE = st.one_of(st.none(), st.integers(0, 14))


class Promises(RuleBasedStateMachine):
    """One game."""

    runner: asyncio.Runner
    pool: asyncpg.Pool

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.in_force: RuleSet = RULE_SETS[0]
        self.posts: dict[str, dict[str, Any]] = {}
        self.late: list[PostStored] = []
        self.unacknowledged: list[PostStored] = []
        self.sent: list[Sent] = []
        self.chance = Random(0)  # noqa: S311  no secret hangs on it
        self._do(self._clear())

    async def _clear(self) -> None:
        await self.pool.execute(f"TRUNCATE {', '.join(f'notify.{table}' for table in TABLES.split(', '))} CASCADE")
        await Outbox(self.pool).know(_ALL)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def _unless_it_dies(self, work: Coroutine[Any, Any, Any]) -> bool:
        try:
            self._do(work)
        except Crash:
            return False
        return True

    @rule(
        number=st.integers(0, 11),
        story=st.sampled_from(STORIES),
        source=st.integers(0, 3),
        tier=st.sampled_from([Tier.SOCIAL, Tier.SOCIAL, Tier.PRESS, Tier.OFFICIAL]),
        urgency=st.sampled_from(Urgency),
        shock=st.sampled_from([True, True, False]),
        ends=st.sampled_from([None, None, None, "one"]),
        fuse=FUSE,
    )
    def a_post_comes(
        self,
        number: int,
        story: str,
        source: int,
        tier: Tier,
        urgency: Urgency,
        shock: bool,
        ends: str | None,
        fuse: int | None,
    ) -> None:
        name = f"post {number}"
        told = {"source": f"source {source}", "tier": tier, "urgency": urgency, "shock": shock}
        told |= {"ends": ends if ends != story else None, "at": self.now}
        known = self.posts.setdefault(name, {"story": story, "moves": 0, **told})
        self._enter([a_post(name, **known)], fuse)

    def _enter(self, posts: list[PostStored], fuse: int | None) -> None:
        posts = [*self.unacknowledged, *posts]
        done = self._unless_it_dies(Ledger(Mortal(self.pool, fuse)).enter(self.in_force, posts, self.now))  # type: ignore[arg-type]
        self.unacknowledged = [] if done else posts

    @rule(number=st.integers(0, 11), story=st.sampled_from(STORIES), is_late=st.booleans(), fuse=FUSE)
    def a_post_is_moved(self, number: int, story: str, is_late: bool, fuse: int | None) -> None:
        known = self.posts.get(f"post {number}")
        if known is not None and known["story"] != story:
            known |= {"story": story, "moves": known["moves"] + 1, "ends": None}
            event = a_post(f"post {number}", **known)
            if is_late:
                self.late.append(event)
            else:
                self._enter([event], fuse)

    @rule(order=st.randoms(use_true_random=False), fuse=FUSE)
    def what_was_late_comes_in_any_order_and_twice(self, order: Random, fuse: int | None) -> None:
        events = [*self.late, *self.late]
        order.shuffle(events)
        self.late = []
        self._enter(events, fuse)

    @rule(minutes=st.sampled_from([1, 4, 6, 16, 61, 400, 800]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(
        receiver=st.sampled_from(RECEIVERS),
        answer=st.sampled_from([204, 204, 204, 500]),
        skew=st.sampled_from([0, 0, -20, 20]),
        fuse=FUSE,
    )
    def a_courier_goes(self, receiver: str, answer: int, skew: int, fuse: int | None) -> None:
        self._unless_it_dies(self._carry(receiver, answer, skew, fuse))

    async def _carry(self, receiver: str, answer: int, skew: int = 0, fuse: int | None = None) -> int:
        outbox, now = Outbox(Mortal(self.pool, fuse)), self.now + timedelta(seconds=skew)  # type: ignore[arg-type]

        def freeze(kind: Kind, data: IncidentData, at: Any) -> bytes:
            return notify(receiver, kind, data, at, "").model_dump_json().encode()

        parcels = await outbox.lease(receiver, 4, now, freeze, rules=self.in_force)
        for parcel in parcels:
            self.sent.append(Sent(receiver, parcel.id, parcel.body, arrived=False))
            await self._record(outbox, parcel, answer)
        return len(parcels)

    async def _record(self, outbox: Outbox, parcel: Parcel, status: int) -> None:
        verdict = retry.judge(Answer(status), parcel.attempt, parcel.first_attempt_at, self.now, self.chance)
        try:
            await outbox.record(parcel, Answer(status), verdict, self.now, self.now)
        finally:
            state = await self.pool.fetchval("SELECT state FROM notify.deliveries WHERE id = $1", parcel.id)
            self.sent[-1] = Sent(parcel.receiver, parcel.id, parcel.body, arrived=state == "delivered")

    @rule(story=st.sampled_from(STORIES), fuse=FUSE)
    def somebody_acknowledges(self, story: str, fuse: int | None) -> None:
        hands = Hands(Mortal(self.pool, fuse))  # type: ignore[arg-type]
        self._unless_it_dies(hands.acknowledge(incident_id(an_id(story)), "us", "", self.now))

    @rule(story=st.sampled_from(STORIES), fuse=FUSE)
    def somebody_retracts(self, story: str, fuse: int | None) -> None:
        hands = Hands(Mortal(self.pool, fuse))  # type: ignore[arg-type]
        self._unless_it_dies(hands.retract(self.in_force, incident_id(an_id(story)), "us", "false", self.now))

    @rule(fuse=FUSE)
    def what_is_idle_is_closed(self, fuse: int | None) -> None:
        self._unless_it_dies(Hands(Mortal(self.pool, fuse)).close_idle(self.in_force, self.now))  # type: ignore[arg-type]

    @rule(receiver=st.sampled_from(RECEIVERS), minutes=st.integers(1, 120))
    def somebody_silences(self, receiver: str, minutes: int) -> None:
        ends_at = self.now + timedelta(minutes=minutes)
        silence = SilenceIn(receivers=(receiver,), reason="a test", by="us", ends_at=ends_at)
        self._do(Silences(self.pool).add(silence, self.now))

    @rule(which=st.integers(0, len(RULE_SETS) - 1))
    def other_rules_come_into_force(self, which: int) -> None:
        self.in_force = RULE_SETS[which]
        self._do(Outbox(self.pool).reconsider(RECEIVERS, self.now))

    @invariant()
    def a_message_has_one_body_and_a_revision_one_message(self) -> None:
        bodies: dict[UUID, bytes] = {}
        messages: dict[tuple[str, str, int], UUID] = {}
        for sent in self.sent:
            assert bodies.setdefault(sent.message, sent.body) == sent.body
            if "incident" in sent.kind:
                ((incident, revision),) = sent.tells
                assert messages.setdefault((sent.receiver, incident, revision), sent.message) == sent.message

    @invariant()
    def nothing_comes_after_what_it_contradicts(self) -> None:
        latest: dict[tuple[str, str], int] = {}
        for sent in self.sent:
            for incident, revision in sent.tells:
                assert latest.get((sent.receiver, incident), 0) <= revision
                latest[sent.receiver, incident] = revision

    @invariant()
    def the_first_that_is_known_to_arrive_is_that_it_opened(self) -> None:
        heard: set[tuple[str, str]] = set()
        for sent in self.sent:
            if sent.arrived and "incident" in sent.kind:
                ((incident, _),) = sent.tells
                assert (sent.receiver, incident) in heard or sent.kind == "foreshock.incident.opened.v1"
                heard.add((sent.receiver, incident))

    def teardown(self) -> None:
        if hasattr(self, "posts"):
            self._do(self._settle())

    async def _settle(self) -> None:
        """Everything comes in, everybody answers, all waiting is over; then the books are compared."""
        await Ledger(self.pool).enter(self.in_force, [*self.unacknowledged, *self.late], self.now)
        for _ in range(12):
            self.now += timedelta(hours=9)
            for receiver in RECEIVERS:
                while await self._carry(receiver, 204):
                    pass
        await self._books()
        self.a_message_has_one_body_and_a_revision_one_message()
        self.nothing_comes_after_what_it_contradicts()
        self.the_first_that_is_known_to_arrive_is_that_it_opened()

    async def _books(self) -> None:
        incidents = await self.pool.fetch("SELECT id, story_id FROM notify.incidents")
        assert all(row["id"] == incident_id(row["story_id"]) for row in incidents)
        owed = await self.pool.fetch(
            "SELECT r.incident_id, r.revision, name, d.state, d.held, digest.state AS digest "
            "FROM notify.revisions AS r CROSS JOIN jsonb_object_keys(r.tell) AS name LEFT JOIN notify.deliveries AS d "
            "ON d.incident_id = r.incident_id AND d.revision = r.revision AND d.receiver = name "
            "LEFT JOIN notify.deliveries AS digest ON digest.id = d.digest_id"
        )
        for row in owed:
            assert row["state"] in {"delivered", "superseded", "suppressed", "collected"}, dict(row)
            assert row["state"] not in {"suppressed", "collected"} or row["held"], dict(row)
            assert row["state"] != "collected" or row["digest"] == "delivered", dict(row)
        decided = await self.pool.fetch("SELECT post_id, story_id, moves FROM notify.decisions")
        stands = {an_id(name): (an_id(known["story"]), known["moves"]) for name, known in self.posts.items()}
        assert {row["post_id"]: (row["story_id"], row["moves"]) for row in decided} == stands
        counted = await self.pool.fetchval("SELECT coalesce(sum(posts), 0) FROM notify.counts WHERE subject = '*'")
        assert counted == len(self.posts)
        await self._witnesses()

    async def _witnesses(self) -> None:
        """The origins of a story are those of the witnesses that are in it."""
        rows = await self.pool.fetch(
            "SELECT story_id, count(*) FILTER (WHERE independent) AS counted, count(DISTINCT source) AS sources "
            "FROM notify.decisions WHERE witness GROUP BY story_id"
        )
        for row in rows:
            assert row["counted"] == row["sources"], dict(row)


@pytest.mark.timeout(7_200)
def test_the_promises_hold_whatever_happens(postgres: TestPostgres) -> None:
    with asyncio.Runner() as runner:
        url = role_url(runner.run(postgres.new_database(migrate=["notify"])), "notify")
        pool = runner.run(connect_pool(url, application_name="tests", max_size=2))
        game = type("Game", (Promises,), {"runner": runner, "pool": pool})
        try:
            run_state_machine_as_test(
                game,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=40,
                    deadline=None,
                    phases=PHASES,
                    suppress_health_check=list(HealthCheck),
                    print_blob=True,
                ),
            )
        finally:
            pool.terminate()
