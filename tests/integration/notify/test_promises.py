"""Incidents and tellings, whatever happens: two replicas that die at any word, clocks that jump to and fro, posts that
come twice, late, edited or moved, stories merged and split, rules that change or break, receivers that fail. A state
machine plays it out on a real Postgres and holds the promises.

`STATE_MACHINE_EXAMPLES=2000` plays more games than the suite does; `--hypothesis-seed` plays others.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from integration.notify import books, sent
from integration.notify.rule_texts import RECEIVERS, SECRET_ENV, TEXTS
from integration.notify.world import World, survives
from support.servers import TestPostgres, role_url
from unit.notify.building import SECRET, incident_of

from foreshock_shared.contracts.judgement import Urgency
from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.database import connect_pool

pytestmark = pytest.mark.servers

EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "12"))
STEPS = 40
PHASES = tuple(phase for phase in Phase if phase is not Phase.explain and (EXAMPLES > 20 or phase is not Phase.shrink))

STORY = st.sampled_from(("one", "two", "three", "four"))
NAME = st.integers(0, 11).map("post {}".format)
NAMES = st.lists(NAME, min_size=1, max_size=4, unique=True)
RECEIVER = st.sampled_from(RECEIVERS)
REPLICA = st.integers(0, 1)
FUSE = st.one_of(st.none(), st.integers(0, 28))
URGENCY = st.sampled_from(Urgency)
SHOCK = st.sampled_from([True, True, False])
POSTS = st.lists(
    st.fixed_dictionaries(
        {
            "name": NAME,
            "story": STORY,
            "source": st.integers(0, 3).map("source {}".format),
            "copy_of": st.one_of(st.none(), st.none(), NAME),
            "tier": st.sampled_from([Tier.SOCIAL, Tier.SOCIAL, Tier.PRESS, Tier.OFFICIAL]),
            "urgency": URGENCY,
            "shock": SHOCK,
            "ends": st.one_of(st.none(), st.none(), STORY),
        }
    ),
    min_size=1,
    max_size=4,
)


def _where_there_are(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Only where the world has any of these."""
    return precondition(lambda game: bool(getattr(game.world, what)))


class Promises(RuleBasedStateMachine):
    """One game."""

    runner: ClassVar[asyncio.Runner]
    pool: ClassVar[asyncpg.Pool]
    rules_file: ClassVar[Path]
    played: ClassVar[Counter[str]] = Counter()

    @initialize(posts=POSTS)
    def begin(self, posts: list[dict[str, Any]]) -> None:
        self.world = World(self.pool, self.rules_file)
        self._do(self.world.begin())
        self.posts_come(posts, is_late=False, replica=0, fuse=None)
        self.played["games"] += 1

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def _unless_it_dies(self, work: Coroutine[Any, Any, Any]) -> bool:
        survived: bool = self._do(survives(work))
        self.played["deaths"] += not survived
        return survived

    def _known(self, names: list[str]) -> list[str]:
        return [name for name in names if name in self.world.posts]

    @rule(posts=POSTS, is_late=st.sampled_from([False, False, True]), replica=REPLICA, fuse=FUSE)
    def posts_come(self, posts: list[dict[str, Any]], is_late: bool, replica: int, fuse: int | None) -> None:
        for post in posts:
            self.world.write(**post)
        names = self._known([post["name"] for post in posts])
        self._unless_it_dies(self.world.publish(names, replica, fuse, is_late=is_late))

    @rule(name=NAME, urgency=URGENCY, shock=SHOCK, is_late=st.booleans(), replica=REPLICA, fuse=FUSE)
    def a_post_is_edited(
        self, name: str, urgency: Urgency, shock: bool, is_late: bool, replica: int, fuse: int | None
    ) -> None:
        if name in self.world.posts:
            self.world.edit(name, urgency=urgency, shock=shock)
            self._unless_it_dies(self.world.publish([name], replica, fuse, is_late=is_late))

    @rule(story=STORY, names=NAMES, into=STORY, is_late=st.booleans(), replica=REPLICA, fuse=FUSE)
    def a_story_is_split(
        self, story: str, names: list[str], into: str, is_late: bool, replica: int, fuse: int | None
    ) -> None:
        parted = [name for name in self._known(names) if self.world.posts[name]["story"] == story != into]
        self.world.move(parted, into)
        self._unless_it_dies(self.world.publish(parted, replica, fuse, is_late=is_late))

    @rule(gone=STORY, stays=STORY, is_late=st.booleans(), order=st.randoms(), replica=REPLICA, fuse=FUSE)
    def two_stories_are_merged(
        self, gone: str, stays: str, is_late: bool, order: Random, replica: int, fuse: int | None
    ) -> None:
        if gone != stays:
            moved = self.world.merge(gone, stays)
            order.shuffle(moved)
            self._unless_it_dies(self.world.publish(moved, replica, fuse, is_late=is_late))

    @_where_there_are("late")
    @rule(order=st.randoms(), replica=REPLICA, fuse=FUSE)
    def what_was_late_comes_in_any_order_and_twice(self, order: Random, replica: int, fuse: int | None) -> None:
        self._unless_it_dies(self.world.what_was_late_comes(order, replica, fuse))

    @rule(names=NAMES)
    def posts_come_again_on_both_replicas_at_once(self, names: list[str]) -> None:
        self._do(self.world.both_replicas_hold(self._known(names)))

    @rule(minutes=st.sampled_from([1, 4, 6, 16, 61, 400, 800]))
    def time_passes(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)

    @rule(seconds=st.sampled_from([5, 40, 600, 5_000, 90_000]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.world.now -= timedelta(seconds=seconds)

    @rule(
        receiver=RECEIVER,
        replica=REPLICA,
        answer=st.sampled_from([204, 204, 204, 204, 500, 500, 410]),
        skew=st.sampled_from([0, 0, -20, 20]),
        is_slow=st.sampled_from([False, False, False, True]),
        fuse=FUSE,
    )
    def a_courier_goes(
        self, receiver: str, replica: int, answer: int, skew: int, is_slow: bool, fuse: int | None
    ) -> None:
        self._unless_it_dies(self.world.carry(receiver, replica, answer, skew=skew, fuse=fuse, is_slow=is_slow))

    @rule(receiver=RECEIVER)
    def couriers_of_both_replicas_go_at_once(self, receiver: str) -> None:
        self._do(self.world.both_replicas_carry(receiver))

    @rule(receiver=RECEIVER, replica=REPLICA, answer=st.sampled_from([204, 500, 410]))
    def an_answer_comes_when_the_lease_has_passed_on(self, receiver: str, replica: int, answer: int) -> None:
        self._do(self.world.carry(receiver, replica, answer, is_slow=True))
        self.world.now += timedelta(minutes=1)
        self._do(self.world.carry(receiver, 1 - replica, 204))
        self._do(self.world.answers_come())

    @_where_there_are("unanswered")
    @rule()
    def late_answers_come(self) -> None:
        self._do(self.world.answers_come())

    @rule(story=STORY, by=st.sampled_from(["us", "them"]), replica=REPLICA, fuse=FUSE)
    def somebody_acknowledges(self, story: str, by: str, replica: int, fuse: int | None) -> None:
        incident = incident_of(story)
        asked = "SELECT acknowledged FROM notify.incidents WHERE id = $1"
        before = self._do(self.pool.fetchval(asked, incident))
        self._unless_it_dies(
            self.world.hands(fuse).acknowledge(self.world.rules_of(replica), incident, by, "", self.world.now)
        )
        assert before is None or self._do(self.pool.fetchval(asked, incident)) == before

    @rule(story=STORY, replica=REPLICA, fuse=FUSE)
    def somebody_retracts(self, story: str, replica: int, fuse: int | None) -> None:
        world, incident = self.world, incident_of(story)
        self._unless_it_dies(world.hands(fuse).retract(world.rules_of(replica), incident, "us", "false", world.now))

    @rule(replica=REPLICA, fuse=FUSE)
    def what_is_idle_is_closed(self, replica: int, fuse: int | None) -> None:
        self._unless_it_dies(self.world.hands(fuse).close_idle(self.world.rules_of(replica), self.world.now))

    @rule(receiver=RECEIVER, minutes=st.integers(1, 120))
    def somebody_silences(self, receiver: str, minutes: int) -> None:
        self._do(self.world.silence(receiver, minutes))

    @_where_there_are("sent")
    @rule(number=st.integers(0, 60), fuse=FUSE)
    def somebody_sends_a_delivery_again(self, number: int, fuse: int | None) -> None:
        self._unless_it_dies(self.world.resend(number, fuse))

    @_where_there_are("sent")
    @rule(receiver=RECEIVER, fuse=FUSE)
    def somebody_recovers_a_receiver(self, receiver: str, fuse: int | None) -> None:
        self._unless_it_dies(self.world.recover(receiver, fuse))

    @rule(which=st.integers(0, len(TEXTS) - 1))
    def the_rules_file_is_edited(self, which: int) -> None:
        self.world.edit_rules(TEXTS[which])

    @rule(replica=REPLICA, fuse=FUSE)
    def a_replica_reads_the_rules(self, replica: int, fuse: int | None) -> None:
        before = self.world.rules_of(replica)
        self._unless_it_dies(self.world.read_rules(replica, fuse))
        assert self.world.rules_of(replica) is before or self.world.rules_of(replica).rules

    @invariant()
    def what_was_sent_keeps_the_promises(self) -> None:
        self.played["steps"] += 1
        if hasattr(self, "world"):
            said = self.world.sent
            sent.a_message_has_one_body_and_a_revision_one_message(said)
            sent.nothing_comes_after_what_it_contradicts(said)
            sent.the_first_that_is_known_to_arrive_is_that_it_opened(said)
            sent.what_is_known_to_have_arrived_is_not_sent_again_unasked(said)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self._do(self.world.settle())
            self.what_was_sent_keeps_the_promises()
            self.played["sent"] += len(self.world.sent)
            posts = [self.world.event(name) for name in self.world.posts]
            self._do(books.compare(self.pool, posts, self.world.rules_of(0).receivers))


@pytest.mark.timeout(20_000)
def test_the_promises_hold_whatever_happens(
    postgres: TestPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET_ENV, SECRET)
    with asyncio.Runner() as runner:
        url = role_url(runner.run(postgres.new_database(migrate=["notify"])), "notify")
        pool = runner.run(connect_pool(url, application_name="tests", max_size=4))
        runner.run(pool.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off"))
        played: Counter[str] = Counter()
        parts = {"runner": runner, "pool": pool, "rules_file": tmp_path / "rules.yaml", "played": played}
        game = type("Game", (Promises,), parts)
        try:
            run_state_machine_as_test(
                game,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    phases=PHASES,
                    suppress_health_check=list(HealthCheck),
                    print_blob=True,
                ),
            )
        finally:
            pool.terminate()
            print(dict(played))
