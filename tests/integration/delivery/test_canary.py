"""Canaries are delivered like posts and counted as none."""

import pytest
from redis.asyncio import Redis
from support.lanes import Recorder, a_post, all_done, ids, publish, reading
from support.waiting import eventually

from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.streams import Lane
from foreshock_shared.runtime import metrics
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers


async def test_a_canary_is_handled_and_passed_on_and_not_counted(redis: Redis, valkey: Valkey) -> None:
    counters = [each.labels("classify", Lane.NORMAL.value) for each in (metrics.HANDLED, metrics.FORWARDED)]
    before = [each._value.get() for each in counters]
    posts = [a_post(source=CANARY_SOURCE), a_post()]
    recorder = Recorder()
    await publish(redis, *posts)
    async with reading(valkey.url, recorder.handle):
        await eventually(lambda: all_done(redis))
    assert recorder.seen == ids(posts)
    assert [each._value.get() for each in counters] == [count + 1 for count in before]
