"""Tellings that are held, collected and suppressed, as they stand in the tables and arrive at receivers."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest
from integration.notify.office import Office, freeze
from support.http_peer import HttpPeer
from support.waiting import eventually
from unit.notify.building import NOW, a_post, a_receiver, a_rule, a_rule_set, incident_of, later

from foreshock_notify.adapters import recovery
from foreshock_notify.adapters.hands import Hands
from foreshock_notify.adapters.ledger import Ledger
from foreshock_notify.adapters.outbox import Outbox, Parcel
from foreshock_notify.adapters.silences import Silences
from foreshock_notify.domain import retry
from foreshock_notify.domain.retry import Answer
from foreshock_notify.domain.rules import Rule, RuleSet
from foreshock_notify.domain.silence import SilenceIn
from foreshock_notify.pipeline import utc_now
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier

pytestmark = pytest.mark.servers

INCIDENT = incident_of("the directive")
MORNING = datetime.fromisoformat("2026-06-13T08:00:00Z")


class Desk:
    """A ledger and an outbox at a time of the test's choosing."""

    def __init__(self, pool: asyncpg.Pool, *rules: Rule) -> None:
        self.pool = pool
        self.rules: RuleSet = a_rule_set(*rules)
        self.now = NOW

    async def post(self, name: str = "first", **what: Any) -> None:
        what.setdefault("urgency", Urgency.MEDIUM)
        await Outbox(self.pool).know(self.rules.receivers.values())
        await Ledger(self.pool).enter(self.rules, [a_post(name, at=self.now, **what)], self.now)

    async def lease(self, receiver: str = "desk", at: datetime | None = None) -> list[Parcel]:
        self.now = at or self.now
        return await Outbox(self.pool).lease(receiver, 9, self.now, freeze, rules=self.rules)

    async def sent(self, receiver: str = "desk", at: datetime | None = None, status: int = 204) -> list[dict[str, Any]]:
        """What a courier of the receiver carries there and then."""
        parcels = await self.lease(receiver, at)
        for parcel in parcels:
            await self.answer(parcel, status)
        return [json.loads(parcel.body) for parcel in parcels]

    async def answer(self, parcel: Parcel, status: int) -> None:
        chance = Random(0)  # noqa: S311  no secret hangs on it
        verdict = retry.judge(Answer(status), parcel.attempt, parcel.first_attempt_at, self.now, chance)
        assert await Outbox(self.pool).record(parcel, Answer(status), verdict, self.now, self.now)

    async def states(self) -> list[tuple[str, str | None]]:
        rows = await self.pool.fetch(
            "SELECT state, held FROM notify.deliveries WHERE incident_id IS NOT NULL ORDER BY created_at, revision"
        )
        return [(row["state"], row["held"]) for row in rows]


def kinds(bodies: Sequence[dict[str, Any]]) -> list[str]:
    return [body["type"].removeprefix("foreshock.").removesuffix(".v1") for body in bodies]


async def test_what_is_held_is_sent_when_its_time_has_come(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(quiet={"from": "17:00", "to": "07:00"}))
    await desk.post()
    assert await desk.sent() == []
    assert await desk.states() == [("pending", "quiet_hours")]
    assert await Outbox(pool).next_due("desk") == datetime.fromisoformat("2026-06-13T07:00:00Z")
    assert kinds(await desk.sent(at=MORNING)) == ["incident.opened"]
    assert await desk.states() == [("delivered", None)]


async def test_the_digest_tells_what_was_kept_back_and_why_in_one_message(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(throttle={"most": 1, "per": "1h"}, digest={"at": ["08:00"]}))
    for n, urgency in enumerate((Urgency.LOW, Urgency.MEDIUM, Urgency.HIGH)):
        desk.now = later(seconds=n)
        await desk.post(f"post {n}", story=f"story {n}", urgency=urgency)
    assert kinds(await desk.sent()) == ["incident.opened"]
    assert await desk.states() == [("delivered", None), ("collected", "throttled"), ("collected", "throttled")]
    (digest,) = await desk.sent(at=MORNING)
    assert digest["type"] == "foreshock.digest.v1"
    told = [(i["incident"]["headline"], i["held"], i["kind"], i["rule"]) for i in digest["data"]["incidents"]]
    assert told == [
        ("The text of post 2", "throttled", "opened", "policy-shock"),
        ("The text of post 1", "throttled", "opened", "policy-shock"),
    ]


async def test_a_digest_that_fails_goes_out_again_with_the_same_id_and_body(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(digest={"at": ["08:00"]}))
    await desk.post()
    await desk.sent()
    (first,) = await desk.sent(at=MORNING, status=500)
    (second,) = await desk.sent(at=MORNING + timedelta(minutes=1))
    assert first == second


async def test_a_digest_that_is_out_of_date_gives_way_to_a_new_one(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(digest={"at": ["08:00"]}))
    await desk.post("a", story="one")
    await desk.post("b", story="two")
    await desk.sent()
    (first,) = await desk.sent(at=MORNING, status=500)
    desk.now = MORNING + timedelta(minutes=1)
    await desk.post("c", story="two", urgency=Urgency.CRITICAL)
    again, update = sorted(await desk.sent(), key=lambda body: str(body["type"]))
    assert update["data"]["urgency"] == "critical"
    assert again["id"] != first["id"]
    assert [item["incident"]["headline"] for item in again["data"]["incidents"]] == ["The text of a"]


async def test_a_digest_that_gave_way_to_a_new_one_is_not_sent_again(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(digest={"at": ["08:00"]}))
    await desk.post()
    await desk.sent()
    (digest,) = await desk.lease(at=MORNING)
    await desk.answer(digest, 500)
    await desk.post("notice", tier=Tier.OFFICIAL)
    await desk.sent(at=MORNING + timedelta(minutes=1))
    with pytest.raises(recovery.Unresendable, match="stands in a later digest"):
        await recovery.resend(pool, digest.id, desk.now)


async def test_more_than_a_digest_holds_goes_into_another(pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foreshock_notify.adapters.leasing.DIGEST_LIMIT", 2)
    desk = Desk(pool, a_rule(digest={"at": ["08:00"]}))
    for n in range(5):
        await desk.post(f"post {n}", story=f"story {n}")
    await desk.sent()
    told = []
    while bodies := await desk.sent(at=MORNING):
        told += [item["incident"]["headline"] for body in bodies for item in body["data"]["incidents"]]
    assert sorted(told) == [f"The text of post {n}" for n in range(5)]


async def test_what_ends_before_it_has_stood_is_never_told(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(**{"for": "5m"}))
    await desk.post()
    assert await desk.sent() == []
    desk.now = later(minutes=3)
    await Hands(pool).retract(desk.rules, INCIDENT, "us", "a hoax", desk.now)
    assert await desk.sent(at=later(minutes=9)) == []
    assert await desk.states() == [("superseded", "not_stood"), ("suppressed", "ended_early")]


async def test_a_retraction_is_told_with_its_reason_to_who_was_told(pool: asyncpg.Pool) -> None:
    desk = Desk(pool)
    await desk.post()
    await desk.sent()
    done = await Hands(pool).retract(desk.rules, INCIDENT, "us", "a hoax", desk.now)
    assert done is not None
    assert done.receivers == {"desk"}
    (told,) = await desk.sent()
    assert told["type"] == "foreshock.incident.retracted.v1"
    assert (told["data"]["status"], told["data"]["why"]["said"]) == ("retracted", "us: a hoax")
    assert not (await Hands(pool).retract(desk.rules, INCIDENT, "us", "again", desk.now)).changed  # type: ignore[union-attr]


async def test_nobody_is_roused_once_somebody_has_acknowledged(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(escalate=[{"after": "15m", "to": ["boss"]}, {"after": "30m", "to": ["chief"]}]))
    await desk.post()
    assert await desk.sent("boss") == await desk.sent("chief") == []
    assert kinds(await desk.sent("boss", later(minutes=15))) == ["incident.opened"]
    done = await Hands(pool).acknowledge(desk.rules, INCIDENT, "ann", "on it", later(minutes=20))
    assert done is not None
    assert done.changed
    assert await desk.sent("chief", later(minutes=31)) == []
    assert ("suppressed", "acknowledged") in await desk.states()


async def test_a_silence_keeps_back_until_it_ends(pool: asyncpg.Pool) -> None:
    desk = Desk(pool)
    asked = SilenceIn.model_validate(
        {"when": {"topics": ["policy"]}, "reason": "noise", "by": "us", "ends_at": later(hours=1)}
    )
    silence = await Silences(pool).add(asked, NOW)
    await desk.post("a", story="one")
    await desk.post("b", story="two", topics=[Topic.COMPUTE])
    assert [body["data"]["headline"] for body in await desk.sent()] == ["The text of b"]
    assert ("suppressed", "silenced") in await desk.states()
    assert await Silences(pool).end(silence.id, "us", later(minutes=5)) is not None
    assert await Silences(pool).end(silence.id, "us", later(minutes=6)) is None
    desk.now = later(minutes=6)
    await desk.post("c", story="one")
    assert kinds(await desk.sent()) == ["incident.opened"]


async def test_what_is_held_is_decided_anew_when_the_rules_have_changed(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(quiet={"from": "17:00", "to": "07:00"}))
    await desk.post()
    assert await desk.sent() == []
    desk.rules = a_rule_set(a_rule())
    await Outbox(pool).reconsider(["desk"], NOW)
    assert kinds(await desk.sent()) == ["incident.opened"]


async def test_an_incident_that_goes_on_as_another_is_told_once_and_names_it(pool: asyncpg.Pool) -> None:
    desk = Desk(pool)
    await desk.post("a", story="here")
    assert kinds(await desk.sent()) == ["incident.opened"]
    await desk.post("a", story="there", moves=1)
    (told,) = await desk.sent()
    assert (told["type"], told["data"]["status"]) == ("foreshock.incident.updated.v1", "closed")
    assert told["data"]["merged_into"] == str(incident_of("there"))
    assert ("suppressed", "told_before") in await desk.states()
    await desk.post("b", story="there")
    assert [body["data"]["status"] for body in await desk.sent()] == ["corroborated"]


async def test_who_was_not_told_of_an_incident_yet_hears_of_the_one_that_it_goes_on_as(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule(**{"for": "5m"}))
    await desk.post("a", story="here")
    assert await desk.sent() == []
    await desk.post("a", story="there", moves=1)
    told = await desk.sent(at=later(minutes=6))
    assert [(body["type"], body["data"]["incident_id"]) for body in told] == [
        ("foreshock.incident.opened.v1", str(incident_of("there")))
    ]


async def test_a_post_is_counted_once_however_often_it_comes(pool: asyncpg.Pool) -> None:
    desk = Desk(pool)
    for _ in range(3):
        await desk.post("a")
        await desk.post("quiet", story="another", shock=False)
    rows = await pool.fetch("SELECT subject, posts FROM notify.counts ORDER BY subject")
    assert {row["subject"]: row["posts"] for row in rows} == {"*": 2, "nova-5": 2, "policy": 2}


async def test_a_burst_is_one_incident_through_many_batches(pool: asyncpg.Pool) -> None:
    desk = Desk(pool, a_rule("rising", burst={"of": "compute", "at_least": 5}))
    desk.now = later(days=-2)
    for n in range(3):
        await desk.post(f"before {n}", story=f"old {n}", shock=False, topics=[Topic.COMPUTE])
    desk.now = NOW
    for n in range(12):
        await desk.post(f"post {n}", story=f"story {n}", shock=False, topics=[Topic.COMPUTE])
    (told,) = await desk.sent()
    assert told["data"]["headline"].startswith("5 posts on compute within 1h")
    assert told["data"]["rules"] == ["rising"]


async def test_a_digest_arrives_signed_through_the_real_courier(pool: asyncpg.Pool, http_peer: HttpPeer) -> None:
    office = Office(pool)
    try:
        await office.employ(a_receiver("desk", f"{http_peer.url}/hook"))
        office.rules = a_rule_set(a_rule(digest={"every": "5m"}), receivers=office.rules.receivers.values())  # type: ignore[arg-type]
        await office.post("first", urgency=Urgency.MEDIUM)
        await eventually(lambda: _collected(office))
        await pool.execute("UPDATE notify.deliveries SET due_at = $1 WHERE kind = 'digest'", utc_now())
        office.dispatch.wake(["desk"])
        await eventually(lambda: http_peer.requests)
        (request,) = http_peer.requests
        assert request.json()["type"] == "foreshock.digest.v1"
        assert request.headers["webhook-id"] == request.json()["id"]
    finally:
        await office.dispatch.close()


async def _collected(office: Office) -> bool:
    return "collected" in await office.states()
