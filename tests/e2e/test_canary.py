"""The canary in a whole stack: it sings while all is well, falls silent when a part is gone, and nobody sees it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.waiting import eventually

from foreshock_notify.domain.canary import HEARTBEAT
from foreshock_shared.contracts.streams import INGESTED, Lane
from foreshock_shared.runtime.redis import connect
from foreshock_stack.child import ChildStack
from foreshock_stack.commands import audit
from foreshock_stack.load import directive
from foreshock_stack.receiver import Receiver, new_secret

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

SECRET = new_secret()
DEADMAN = """\
  - name: deadman
    url: {url}
    secret_env: DESK_SECRET
    allow_private_addresses: true
rules:
  - name: everything
    when: {{urgency_at_least: low}}
    send_to: [desk]
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(SECRET) as receiver:
        yield receiver


@pytest.fixture
def stack(own_folder: Path, receiver: Receiver) -> Iterator[ChildStack]:
    """Not started yet; a round of canaries every second, and one receiver for all that is sent."""
    stack = ChildStack(own_folder, receiver.url, SECRET)
    rules = stack.environment.config_dir / "rules.yaml"
    text = rules.read_text().replace("rules:\n", DEADMAN.format(url=receiver.url))
    rules.write_text(text + "canary: {send_to: [deadman]}\n")
    stack.variables["FORESHOCK_CANARY_SECONDS"] = "1"
    yield stack
    stack.kill()


def beats(receiver: Receiver) -> int:
    return sum(each.event["type"] == HEARTBEAT and each.signed for each in receiver.received)


async def waiting(stack: ChildStack, count: int) -> bool:
    """Whether so many canaries wait for classify."""
    redis = connect(stack.addresses.redis)
    try:
        return sum([await redis.xlen(INGESTED.key(lane)) for lane in Lane]) >= count
    finally:
        await redis.aclose()


async def test_the_canary_sings_falls_silent_and_sings_again(
    stack: ChildStack, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await stack.start()
    await eventually(lambda: beats(receiver) >= 2, within=20)
    with stack.paused("foreshock_classify"):
        await eventually(lambda: waiting(stack, 4), within=20)
        silent = beats(receiver)
        await eventually(lambda: waiting(stack, 8), within=20)
        assert beats(receiver) == silent
    await eventually(lambda: beats(receiver) > silent, within=20)

    order = directive("the-one") | {"native_id": "order-1", "lang": "en"}
    answer = await client.post(f"{stack.environment.address('ingest')}/v1/posts", json=[order])
    [ident] = answer.json()["accepted"]
    told = await eventually(lambda: [each for each in receiver.received if each.event["type"] != HEARTBEAT], within=20)
    assert {post["id"] for each in told for post in each.data["posts"]} == {ident}
    listed = await client.get(f"{stack.environment.address('store')}/v1/posts")
    assert [item["id"] for item in listed.json()["items"]] == [ident]
    assert await asyncio.to_thread(audit.run, stack.environment, None, 20) == 0
    assert stack.stop() == 0
