"""`./run up` as a whole: it becomes ready, heals, ends in order, and leaves nothing behind however it ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.waiting import eventually

from foreshock_shared.runtime import redis as shared_redis
from foreshock_stack.child import ChildStack, command_line, descendants

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

PARTS = (
    "foreshock_ingest",
    "foreshock_classify",
    "foreshock_store",
    "foreshock_notify",
    "valkey-server",
    "bin/postgres",
)
NOBODY_LISTENS = "http://127.0.0.1:9/"


@pytest.fixture
def stack(own_folder: Path) -> Iterator[ChildStack]:
    child = ChildStack(own_folder, NOBODY_LISTENS, "whsec_" + "c2VjcmV0LW9mLXRoZS10ZXN0cy1vay1vay1vaw==")
    yield child
    child.kill()


def process_of(stack: ChildStack, part: str) -> int:
    """The process of a service or server; 0 while there is none."""
    return next((each for each in descendants(stack.pid) if part in command_line(each)), 0)


def still_there(processes: list[int]) -> list[str]:
    return [line for process in processes if (line := command_line(process))]


async def test_sigterm_ends_the_stack_in_time_with_status_0_and_leaves_no_process(stack: ChildStack) -> None:
    await stack.start()
    await eventually(lambda: stack.log_tail().count("Foreshock is ready") == 1)
    processes = list(descendants(stack.pid))
    began = time.monotonic()
    assert stack.stop() == 0
    assert time.monotonic() - began < 20
    assert still_there(processes) == []


async def test_ctrl_c_pressed_twice_ends_the_stack_like_sigterm(stack: ChildStack) -> None:
    await stack.start()
    processes = list(descendants(stack.pid))
    os.kill(stack.pid, signal.SIGINT)
    await asyncio.sleep(0.05)
    os.kill(stack.pid, signal.SIGINT)
    assert stack.stop() == 0
    assert still_there(processes) == []


async def test_when_the_stack_itself_is_killed_nothing_of_it_lives_on_and_it_starts_again(stack: ChildStack) -> None:
    await stack.start()
    processes = list(descendants(stack.pid))
    assert len(processes) >= 6
    os.kill(stack.pid, signal.SIGKILL)
    await eventually(lambda: not still_there(processes))
    stack.kill()
    await stack.start()


async def test_every_part_that_is_killed_comes_back_and_the_stack_is_ready_again(stack: ChildStack) -> None:
    await stack.start()
    client = shared_redis.connect(stack.addresses.redis)
    await client.set("kept", "yes")
    await client.aclose()
    killed = {part: process_of(stack, part) for part in PARTS}
    for process in killed.values():
        os.kill(process, signal.SIGKILL)

    async def all_back() -> bool:
        return await stack.ready() and not set(killed.values()) & {process_of(stack, part) for part in PARTS}

    await eventually(all_back, within=60)
    client = shared_redis.connect(stack.addresses.redis)
    assert await client.get("kept") == b"yes"
    await client.aclose()


async def test_a_second_stack_on_the_same_state_is_refused_by_name(stack: ChildStack) -> None:
    await stack.start()
    second = run_up(stack.variables)
    assert second.returncode == 2
    assert f"a stack already runs on {stack.environment.state_dir} (process {stack.pid})" in second.stderr
    assert await stack.ready()


def test_a_port_that_is_taken_is_named(stack: ChildStack) -> None:
    with socket.create_server(("127.0.0.1", stack.environment.port("store"))):
        refused = run_up(stack.variables)
    assert refused.returncode == 2
    assert f"port {stack.environment.port('store')} for store cannot be had" in refused.stderr


def test_a_missing_folder_of_settings_is_named(stack: ChildStack) -> None:
    refused = run_up(stack.variables | {"FORESHOCK_CONFIG_DIR": "/no/such/folder"})
    assert refused.returncode == 2
    assert "there is no folder /no/such/folder" in refused.stderr


def run_up(variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", "-m", "foreshock_stack", "up"]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
