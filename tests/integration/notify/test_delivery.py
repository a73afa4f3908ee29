"""Deliveries, against a real Postgres and real HTTP receivers."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import standardwebhooks
from integration.notify.office import Office, freeze
from support.http_peer import Answer, HttpPeer, Request
from support.otlp import Collector
from support.waiting import eventually
from unit.notify.building import OTHER_SECRET, SECRET, a_post, a_receiver, an_id, incident_of

from foreshock_notify.adapters.outbox import Outbox
from foreshock_notify.adapters.receivers.wire import ANSWER_LIMIT
from foreshock_notify.domain.notification import delivery_id
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.pipeline import utc_now
from foreshock_shared.contracts.post import Tier

pytestmark = pytest.mark.servers

INCIDENT = incident_of("the directive")


@pytest.fixture
async def office(pool: asyncpg.Pool) -> AsyncIterator[Office]:
    office = Office(pool)
    yield office
    await office.dispatch.close()


@pytest.fixture
def other_peer() -> Iterator[HttpPeer]:
    peer = HttpPeer()
    yield peer
    peer.close()


def _types(peer: HttpPeer) -> list[str]:
    return [request.json()["type"].split(".")[2] for request in peer.requests]


def _desk(peer: HttpPeer, name: str = "desk", **what: Any) -> Receiver:
    return a_receiver(name, f"{peer.url}/hook", **what)


def _verify(request: Request, secret: str) -> None:
    standardwebhooks.Webhook(secret).verify(request.body, dict(request.headers))


async def test_a_shock_is_told_signed_and_recorded(office: Office, http_peer: HttpPeer) -> None:
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: http_peer.requests)
    (request,) = http_peer.requests
    _verify(request, SECRET)
    assert (request.method, request.path, request.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert request.headers["webhook-id"] == request.json()["id"] == str(delivery_id(INCIDENT, "desk", 1))
    assert request.json()["data"]["posts"][0]["id"] == str(an_id("first"))
    await eventually(lambda: _is(office.states(), ["delivered"]))
    attempts = await office.pool.fetch("SELECT attempt, status, outcome, error FROM notify.attempts")
    assert [tuple(row) for row in attempts] == [(1, 204, "delivered", None)]


async def _is(found: Any, wanted: object) -> bool:
    return bool(await found == wanted)


async def test_every_attempt_is_in_the_trace_of_the_post_that_caused_it_and_hands_it_on(
    office: Office, http_peer: HttpPeer, traces: Collector
) -> None:
    http_peer.answer(Answer(500), Answer(204))
    await office.employ(_desk(http_peer))
    posted = f"00-{'1' * 32}-{'a' * 16}-01"
    entered = await office.ledger.enter(office.rules, [a_post("first", at=utc_now()).traced(posted)], utc_now())
    office.dispatch.wake(entered.receivers)
    await eventually(lambda: len(traces.spans) == 2)
    first, second = traces.spans
    assert {span.name for span in traces.spans} == {"deliver desk"}
    assert {(span.trace, span.parent) for span in traces.spans} == {("1" * 32, "a" * 16)}
    assert [(span.failed, span.attributes["http.response.status_code"]) for span in traces.spans] == [
        (True, 500),
        (False, 204),
    ]
    assert second.attributes["http.request.resend_count"] == 1
    handed = [request.headers["traceparent"] for request in http_peer.requests]
    assert handed == [f"00-{'1' * 32}-{span.id}-01" for span in (first, second)]


async def test_a_delivery_of_what_is_not_traced_says_nothing_of_traces(office: Office, http_peer: HttpPeer) -> None:
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: http_peer.requests)
    assert "traceparent" not in http_peer.requests[0].headers


async def test_a_failed_delivery_is_sent_again_with_the_same_id_and_body(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(500, body=b"not now"), Answer(204))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: len(http_peer.requests) == 2)
    first, second = http_peer.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert 0.75 < second.at - first.at < 1.6
    _verify(second, SECRET)
    await eventually(lambda: _is(office.states(), ["delivered"]))
    errors = await office.pool.fetch("SELECT outcome, error FROM notify.attempts ORDER BY attempt")
    assert [tuple(row) for row in errors] == [("retry", "answered 500: not now"), ("delivered", None)]


async def test_a_redirect_is_a_failure_and_never_followed(
    office: Office, http_peer: HttpPeer, other_peer: HttpPeer
) -> None:
    http_peer.answer(Answer(307, {"location": f"{other_peer.url}/elsewhere"}))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: len(http_peer.requests) == 2)
    assert other_peer.requests == []
    assert await office.states() != ["delivered"]


async def test_gone_suspends_the_receiver_until_it_has_another_url(
    office: Office, http_peer: HttpPeer, other_peer: HttpPeer
) -> None:
    http_peer.answer(Answer(410))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: _suspended(office))
    await office.post("second", story="another directive")
    await office.hurry()
    other = Outbox(office.pool)
    assert await other.next_due("desk") is None
    assert await other.lease("desk", 9, utc_now(), freeze) == []
    assert len(http_peer.requests) == 1
    await office.employ(_desk(other_peer))
    await eventually(lambda: len(other_peer.requests) == 2)
    assert await other.suspended() == {}


async def _suspended(office: Office) -> bool:
    return list(await Outbox(office.pool).suspended()) == ["desk"]


async def test_retry_after_is_waited_for(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(503, {"retry-after": "600"}))
    await office.employ(_desk(http_peer))
    await office.post("first")
    (row,) = await eventually(lambda: _failed_once(office))
    assert 590 < (row["due_at"] - utc_now()).total_seconds() <= 600


async def _failed_once(office: Office) -> list[dict[str, Any]]:
    return [row for row in await office.deliveries() if row["state"] == "pending" and row["last_error"]]


async def test_a_private_address_is_refused_unless_the_receiver_allows_it(office: Office, http_peer: HttpPeer) -> None:
    await office.employ(_desk(http_peer, allow_private=False))
    await office.post("first")
    (row,) = await eventually(lambda: _failed_once(office))
    assert "no public address" in row["last_error"]
    assert http_peer.requests == []


async def test_a_url_never_shows_in_an_error(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(drop=True))
    await office.employ(a_receiver("desk", f"{http_peer.url}/hook/very-secret-token"))
    await office.post("first")
    (row,) = await eventually(lambda: _failed_once(office))
    assert "very-secret-token" not in row["last_error"]


async def test_an_answer_is_read_up_to_a_cap(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(200, body=b"x" * (ANSWER_LIMIT * 64)))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: _is(office.states(), ["delivered"]))


async def test_during_a_rotation_either_secret_verifies(office: Office, http_peer: HttpPeer) -> None:
    await office.employ(_desk(http_peer, secrets=[SECRET, OTHER_SECRET]))
    await office.post("first")
    await eventually(lambda: http_peer.requests)
    for secret in (SECRET, OTHER_SECRET):
        _verify(http_peer.requests[0], secret)


async def test_a_slow_receiver_delays_no_other(office: Office, http_peer: HttpPeer, other_peer: HttpPeer) -> None:
    http_peer.answer(Answer(204, after=8))
    await office.employ(_desk(http_peer, "slow"), _desk(other_peer, "quick"))
    for n in range(12):
        await office.post(f"post {n}", story=f"story {n}")
    await eventually(lambda: len(other_peer.requests) == 12, within=4)
    assert len(http_peer.requests) < 12


async def test_revisions_arrive_in_order(office: Office, http_peer: HttpPeer) -> None:
    await office.employ(_desk(http_peer))
    for count, (name, tier) in enumerate(
        (("first", Tier.SOCIAL), ("second", Tier.PRESS), ("notice", Tier.OFFICIAL)), 1
    ):
        await office.post(name, tier=tier)
        await eventually(lambda count=count: len(http_peer.requests) == count)  # type: ignore[misc]
    assert _types(http_peer) == ["opened", "updated", "updated"]
    assert [request.json()["data"]["revision"] for request in http_peer.requests] == [1, 2, 3]


async def test_nothing_is_sent_while_an_older_revision_is_in_flight(office: Office, http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(204, after=0.6), Answer(204))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: http_peer.requests)
    await office.post("second")
    await eventually(lambda: len(http_peer.requests) == 2)
    first, second = http_peer.requests
    assert second.at - first.at >= 0.6
    assert _types(http_peer) == ["opened", "updated"]


async def test_a_newer_revision_replaces_one_that_has_not_arrived_and_still_opens(
    office: Office, http_peer: HttpPeer
) -> None:
    http_peer.answer(Answer(500), Answer(204))
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: _failed_once(office))
    await office.post("notice", tier=Tier.OFFICIAL)
    await eventually(lambda: _is(office.states(), ["superseded", "delivered"]))
    assert _types(http_peer) == ["opened", "opened"]
    assert [request.json()["data"]["status"] for request in http_peer.requests] == ["unconfirmed", "official"]
    await office.post("lift", story="the lift", ends="the directive")
    await eventually(lambda: len(http_peer.requests) == 3)
    assert _types(http_peer)[-1] == "lifted"


async def test_two_workers_never_send_a_delivery_twice(pool: asyncpg.Pool, http_peer: HttpPeer) -> None:
    offices = [Office(pool), Office(pool)]
    try:
        for office in offices:
            await office.employ(_desk(http_peer))
        for n in range(40):
            await offices[0].post(f"post {n}", story=f"story {n}")
            offices[1].dispatch.wake(["desk"])
        await eventually(lambda: _is(offices[0].states(), ["delivered"] * 40))
        assert len({request.headers["webhook-id"] for request in http_peer.requests}) == len(http_peer.requests) == 40
    finally:
        await asyncio.gather(*(office.dispatch.close() for office in offices))


async def test_another_replica_is_woken_by_what_this_one_writes(pool: asyncpg.Pool, http_peer: HttpPeer) -> None:
    here, there = Office(pool), Office(pool)
    await there.employ(_desk(http_peer))
    here.rules = there.rules
    listening = asyncio.create_task(there.dispatch.listen())
    try:
        await eventually(lambda: _listening(pool))
        await here.post("first")
        await eventually(lambda: http_peer.requests, within=5)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await there.dispatch.close()


async def _listening(pool: asyncpg.Pool) -> bool:
    return bool(await pool.fetchval("SELECT true FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"))


async def test_a_database_that_begins_anew_while_we_run_is_told_who_receives(
    office: Office, http_peer: HttpPeer
) -> None:
    await office.employ(_desk(http_peer))
    await office.post("first")
    await eventually(lambda: len(http_peer.requests) == 1)
    await office.pool.execute("DELETE FROM notify.receivers")
    await office.post("second", story="another")
    await eventually(lambda: len(http_peer.requests) == 2)


async def test_a_receiver_that_is_taken_away_is_told_nothing_more(office: Office, http_peer: HttpPeer) -> None:
    await office.employ(_desk(http_peer))
    rules: RuleSet = office.rules
    await office.dispatch.sync({})
    entered = await office.ledger.enter(rules, [a_post("first")], utc_now())
    office.dispatch.wake(entered.receivers)
    assert await office.states() == ["pending"]
    await office.dispatch.sync(rules.receivers)
    await eventually(lambda: len(http_peer.requests) == 1)
    assert json.loads(http_peer.requests[0].body)["type"] == "foreshock.incident.opened.v1"
