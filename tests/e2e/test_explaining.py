"""Why a post was told or not, asked of a whole stack by the command that users type."""

import asyncio
from typing import Any
from uuid import UUID

import httpx2
import pytest
from support.waiting import eventually

from foreshock_stack.child import ChildStack
from foreshock_stack.commands import why
from foreshock_stack.load import directive
from foreshock_stack.receiver import Receiver

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

ORDER = directive("the-one") | {"native_id": "order-1", "lang": "en"}
LAUNCH = {"source": "blog", "text": "Nvidia unveils its next GPU for data centres", "lang": "en"}
NOISE = {"source": "blog", "text": "plum cake again"}


async def push(client: httpx2.AsyncClient, stack: ChildStack, *rows: dict[str, Any]) -> list[UUID]:
    answer = await client.post(f"{stack.environment.address('ingest')}/v1/posts", json=list(rows))
    return [UUID(each) for each in answer.json()["accepted"]]


async def told(stack: ChildStack, post: UUID, capsys: pytest.CaptureFixture[str], status: int = 0) -> str:
    assert await asyncio.to_thread(why.run, stack.environment, post) == status
    return capsys.readouterr().out


async def test_the_path_of_any_post_is_told(
    stack: ChildStack, client: httpx2.AsyncClient, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    await stack.start()
    order, launch, noise = await push(client, stack, ORDER, LAUNCH, NOISE)
    await eventually(lambda: receiver.received, within=20)
    with stack.paused("foreshock_classify"):
        [late] = await push(client, stack, NOISE | {"text": "plum cake once more"})
        assert "on its way" in await told(stack, late, capsys)
    text = await told(stack, order, capsys)
    assert "a shock" in text
    assert "rule      policy-shock: matched: is a shock" in text
    assert "tells desk (opened)" in text
    assert "desk: opened, revision 1: delivered, 1 attempt" in text
    await eventually(lambda: _stored(client, stack, launch, noise))
    assert "policy-shock: not_a_shock: a shock is needed, it is none" in await told(stack, launch, capsys)
    assert "nothing in it is about our field" in await told(stack, noise, capsys)
    assert "never accepted here" in await told(stack, UUID(int=1), capsys, status=1)


async def _stored(client: httpx2.AsyncClient, stack: ChildStack, launch: UUID, noise: UUID) -> bool:
    store, notify = (stack.environment.address(name) for name in ("store", "notify"))
    answers = [await client.get(f"{store}/v1/posts/{noise}"), await client.get(f"{notify}/v1/posts/{launch}/decision")]
    return all(answer.status_code == 200 for answer in answers)
