"""Leases: what a worker that dies, or only seems to, leaves behind."""

from datetime import datetime, timedelta

import asyncpg
import pytest
from integration.notify.office import Office, freeze
from unit.notify.building import a_receiver

from foreshock_notify.adapters.outbox import LEASE, Freeze, Outbox, Parcel
from foreshock_notify.domain.notification import IncidentData, Kind
from foreshock_notify.domain.retry import Answer, Outcome, Verdict
from foreshock_notify.pipeline import utc_now

pytestmark = pytest.mark.servers


def freeze_otherwise(kind: Kind, data: IncidentData, at: datetime) -> bytes:
    return b"a newer version of this software would word it so"


async def _leased(outbox: Outbox, at: datetime, freeze: Freeze = freeze) -> Parcel:
    (parcel,) = await outbox.lease("desk", 9, at, freeze)
    return parcel


async def test_after_a_killed_worker_the_same_id_and_body_go_out_again(pool: asyncpg.Pool) -> None:
    outbox, office = Outbox(pool), Office(pool)
    await outbox.know([a_receiver()])
    await office.post("first")
    taken = await _leased(outbox, utc_now())
    assert await outbox.lease("desk", 9, utc_now(), freeze) == []
    again = await _leased(outbox, utc_now() + LEASE + timedelta(seconds=1), freeze_otherwise)
    assert (again.id, again.body, again.attempt) == (taken.id, taken.body, 2)
    assert again.lease != taken.lease


async def test_a_worker_given_up_for_dead_changes_nothing(pool: asyncpg.Pool) -> None:
    outbox, office = Outbox(pool), Office(pool)
    await outbox.know([a_receiver()])
    await office.post("first")
    late = await _leased(outbox, utc_now())
    current = await _leased(outbox, utc_now() + LEASE + timedelta(seconds=1))
    gone = Verdict(Outcome.GONE)
    assert not await outbox.record(late, Answer(410), gone, utc_now(), utc_now())
    assert await outbox.suspended() == {}
    assert await outbox.record(current, Answer(204), Verdict(Outcome.DELIVERED), utc_now(), utc_now())
    assert await office.states() == ["delivered"]
