"""A copy of the state folder of a stopped stack is a backup: it starts elsewhere and holds everything."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest
from support.waiting import eventually

from foreshock_stack.child import ChildStack
from foreshock_stack.commands import audit
from foreshock_stack.load import Load, directive, posts
from foreshock_stack.receiver import Receiver

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

ROWS = [*posts(Load(60, run="copied")), directive("the-one") | {"native_id": "order-1", "lang": "en"}]


async def push(stack: ChildStack, client: httpx2.AsyncClient) -> list[str]:
    answer = await client.post(f"{stack.environment.address('ingest')}/v1/posts", json=ROWS)
    assert answer.status_code == 202, answer.text
    return list(answer.json()["accepted"])


async def test_a_copied_state_folder_brings_everything_back_and_tells_nothing_again(
    stack: ChildStack, client: httpx2.AsyncClient, receiver: Receiver, own_folder: Path
) -> None:
    await stack.start()
    ids = await push(stack, client)
    await eventually(lambda: receiver.received)
    assert await asyncio.to_thread(audit.run, stack.environment, None, 30) == 0
    assert stack.stop() == 0
    told = {each.webhook_id for each in receiver.received}

    kept = own_folder / "kept"
    subprocess.run(["cp", "-a", str(own_folder / "state"), str(kept)], check=True)  # noqa: ASYNC221, S603, S607
    shutil.rmtree(own_folder / "state")
    stack.variables["FORESHOCK_STATE_DIR"] = str(kept)
    await stack.start()
    assert await push(stack, client) == ids
    assert await asyncio.to_thread(audit.run, stack.environment, None, 30) == 0
    assert {each.webhook_id for each in receiver.received} == told
    assert stack.stop() == 0
