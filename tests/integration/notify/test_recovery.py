"""Receivers that fail for a while, or for good, and what a person does about it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import asyncpg
import pytest
from integration.notify.office import Office, freeze
from pydantic import SecretStr
from support.http_peer import Answer, HttpPeer
from support.waiting import eventually
from unit.notify.building import a_receiver, an_id, incident_of

from foreshock_notify.adapters import breakers, recovery
from foreshock_notify.adapters.outbox import LEASE, Outbox
from foreshock_notify.dispatch import Dispatch
from foreshock_notify.domain.breaker import COOL_DOWN, FAILURES
from foreshock_notify.domain.notification import delivery_id
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.domain.retry import PATIENCE
from foreshock_notify.pipeline import utc_now
from foreshock_shared.contracts.post import Tier

pytestmark = pytest.mark.servers

INCIDENT = incident_of("the directive")
FIRST = delivery_id(INCIDENT, "desk", 1)


@pytest.fixture
async def office(pool: asyncpg.Pool) -> AsyncIterator[Office]:
    office = Office(pool)
    yield office
    await office.dispatch.close()


def _desk(peer: HttpPeer) -> Receiver:
    return a_receiver("desk", f"{peer.url}/hook")


async def _is(found: object, wanted: object) -> bool:
    return bool(await found == wanted)  # type: ignore[misc]


async def _left_alone(office: Office) -> bool:
    return "desk" in await breakers.left_alone(office.pool)


async def _broken(office: Office, peer: HttpPeer) -> None:
    """A receiver that has failed so often that it is left alone, with more due for it than was tried."""
    peer.answer(Answer(500))
    await office.employ(_desk(peer))
    for n in range(FAILURES + 7):
        await office.post(f"post {n}", story=f"story {n}")
    await eventually(lambda: _left_alone(office))


async def _resume(office: Office) -> None:
    """Let the time that it is left alone for be over."""
    await office.pool.execute("UPDATE notify.receivers SET resume_at = now() - interval '1 s'")
    office.dispatch.wake(["desk"])


async def test_a_failing_receiver_is_left_alone_and_no_schedule_is_used_up(office: Office, http_peer: HttpPeer) -> None:
    await _broken(office, http_peer)
    await eventually(lambda: _settled(office))
    untried = [row for row in await office.deliveries() if row["attempt"] == 0]
    assert untried
    assert all(row["state"] == "pending" and row["due_at"] <= utc_now() for row in untried)
    outbox = Outbox(office.pool)
    assert await outbox.lease("desk", 9, utc_now(), freeze) == []
    due_at = await outbox.next_due("desk")
    assert due_at is not None
    assert due_at > utc_now()


async def _settled(office: Office) -> bool:
    return "in_flight" not in await office.states()


async def test_one_probe_goes_out_and_if_it_fails_it_is_left_alone_for_longer(
    office: Office, http_peer: HttpPeer
) -> None:
    await _broken(office, http_peer)
    await eventually(lambda: _settled(office))
    asked = len(http_peer.requests)
    await _resume(office)
    await eventually(lambda: _openings(office, 2))
    assert len(http_peer.requests) == asked + 1
    resume_at = (await breakers.left_alone(office.pool))["desk"]
    assert resume_at - utc_now() > COOL_DOWN * 1.5


async def _openings(office: Office, wanted: int) -> bool:
    return bool(await office.pool.fetchval("SELECT openings FROM notify.receivers") == wanted)


async def test_when_a_probe_arrives_everything_does(office: Office, http_peer: HttpPeer) -> None:
    await _broken(office, http_peer)
    http_peer.answer(Answer(204))
    await _resume(office)
    await eventually(lambda: _nobody_is_left_alone(office))
    await office.hurry()
    await eventually(lambda: _is(office.states(), ["delivered"] * (FAILURES + 7)))


async def _nobody_is_left_alone(office: Office) -> bool:
    return await breakers.left_alone(office.pool) == {}


async def test_two_replicas_send_one_probe(office: Office, http_peer: HttpPeer) -> None:
    await _broken(office, http_peer)
    await eventually(lambda: _settled(office))
    await office.dispatch.close()
    await office.pool.execute("UPDATE notify.receivers SET resume_at = now() - interval '1 s'")
    await office.pool.execute("UPDATE notify.deliveries SET due_at = now() - interval '1 s'")
    outboxes = [Outbox(office.pool) for _ in range(4)]
    taken = await asyncio.gather(*(each.lease("desk", 4, utc_now(), freeze) for each in outboxes))
    assert sum(map(len, taken)) == 1
    assert len(await outboxes[0].lease("desk", 4, utc_now() + LEASE + timedelta(seconds=1), freeze)) == 1


async def test_who_asks_for_time_is_given_it_by_all_deliveries(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(429, {"retry-after": "90"}))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: _left_alone(office))
    await office.post("second", story="another directive")
    assert await Outbox(office.pool).lease("desk", 9, utc_now(), freeze) == []
    until = (await breakers.left_alone(office.pool))["desk"]
    assert timedelta(seconds=80) < until - utc_now() <= timedelta(seconds=90)
    assert len(http_peer.requests) == 1


async def test_a_receiver_does_one_thing_at_a_time_where_its_entry_says_so(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(204, after=0.3))
    given = _desk(http_peer)
    await office.employ(Receiver("desk", given.format, given.url, given.secrets, True, concurrency=1))
    for n in range(3):
        await office.post(f"post {n}", story=f"story {n}")
    await eventually(lambda: _is(office.states(), ["delivered"] * 3))
    times = sorted(request.at for request in http_peer.requests)
    assert all(later - earlier >= 0.3 for earlier, later in pairwise(times))


async def test_a_body_that_is_refused_is_given_up_and_the_next_one_is_told(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(400), Answer(202, body=b'{"status": "success"}'))
    key = SecretStr("key")
    await office.employ(Receiver("desk", Format.PAGERDUTY, SecretStr(f"{http_peer.url}/enqueue"), (), True, key))
    await office.post("first")
    await eventually(lambda: _is(office.states(), ["failed"]))
    await office.post("notice", tier=Tier.OFFICIAL)
    await eventually(lambda: _is(office.states(), ["failed", "delivered"]))


# Sent again because a person says so


async def test_a_delivery_is_sent_again_under_the_same_id_with_the_same_body(
    office: Office, http_peer: HttpPeer
) -> None:
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: _is(office.states(), ["delivered"]))
    assert await recovery.resend(office.pool, FIRST, utc_now()) == "desk"
    office.dispatch.wake(["desk"])
    await eventually(lambda: len(http_peer.requests) == 2)
    await eventually(lambda: _is(office.states(), ["delivered"]))
    first, second = http_peer.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert await office.pool.fetchval("SELECT count(*) FROM notify.attempts") == 2


async def test_a_resend_after_all_patience_is_one_attempt(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(500))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: http_peer.requests)
    await eventually(lambda: _settled(office))
    await office.pool.execute(
        "UPDATE notify.deliveries SET state = 'failed', finished_at = now(), first_attempt_at = now() - $1::interval",
        PATIENCE + timedelta(hours=1),
    )
    await recovery.resend(office.pool, FIRST, utc_now())
    office.dispatch.wake(["desk"])
    await eventually(lambda: len(http_peer.requests) == 2)
    await eventually(lambda: _is(office.states(), ["failed"]))


async def test_what_is_under_way_or_replaced_is_not_sent_again(office: Office, http_peer: HttpPeer) -> None:
    assert await recovery.resend(office.pool, an_id("nothing"), utc_now()) is None
    await office.employ(_desk(http_peer))
    http_peer.answer(Answer(204, after=1), Answer(204))
    await office.post("first")
    await eventually(lambda: http_peer.requests)
    with pytest.raises(recovery.Unresendable, match="under way"):
        await recovery.resend(office.pool, FIRST, utc_now())
    await office.post("notice", tier=Tier.OFFICIAL)
    await eventually(lambda: _is(office.states(), ["delivered", "delivered"]))
    with pytest.raises(recovery.Unresendable, match="revision 2 of the incident has replaced it"):
        await recovery.resend(office.pool, FIRST, utc_now())
    assert await recovery.resend(office.pool, delivery_id(INCIDENT, "desk", 2), utc_now()) == "desk"


async def test_a_receiver_that_was_mended_is_told_what_it_missed(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(410))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: _suspended(office))
    await office.post("second", story="another directive")
    await office.post("old", story="an old directive")
    await office.pool.execute(
        "UPDATE notify.deliveries SET state = 'failed', finished_at = now() - interval '3 days', attempt = 1 "
        "WHERE incident_id = $1",
        incident_of("an old directive"),
    )
    http_peer.answer(Answer(204))
    again = await recovery.recover(office.pool, "desk", utc_now() - timedelta(days=1), utc_now())
    assert again == [FIRST]
    office.dispatch.wake(["desk"])
    await eventually(lambda: _is(_sorted_states(office), ["delivered", "delivered", "failed"]))
    assert await Outbox(office.pool).suspended() == {}
    assert await recovery.recover(office.pool, "nobody", utc_now(), utc_now()) is None


async def _sorted_states(office: Office) -> list[str]:
    return sorted(await office.states())


async def _suspended(office: Office) -> bool:
    return list(await Outbox(office.pool).suspended()) == ["desk"]


async def test_what_was_given_up_has_all_its_time_again(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(500))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: http_peer.requests)
    await eventually(lambda: _settled(office))
    await office.pool.execute(
        "UPDATE notify.deliveries SET state = 'failed', finished_at = now(), first_attempt_at = now() - $1::interval",
        PATIENCE + timedelta(hours=1),
    )
    await recovery.recover(office.pool, "desk", utc_now() - timedelta(hours=1), utc_now())
    office.dispatch.wake(["desk"])
    await eventually(lambda: len(http_peer.requests) == 2)
    await eventually(lambda: _is(office.states(), ["pending"]))


async def test_what_is_recovered_keeps_its_body_though_another_would_be_made_now(
    office: Office, http_peer: HttpPeer
) -> None:
    http_peer.answer(Answer(410), Answer(204))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: _suspended(office))
    await office.dispatch.close()
    office.dispatch = Dispatch(office.pool, "https://moved.example.org", rules=lambda: office.rules, key=b"a key")
    await office.dispatch.sync(office.rules.receivers)
    await recovery.recover(office.pool, "desk", utc_now() - timedelta(days=1), utc_now())
    office.dispatch.wake(["desk"])
    await eventually(lambda: _is(office.states(), ["delivered"]))
    first, second = http_peer.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
