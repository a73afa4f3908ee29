"""Keepers of real programs and servers: what ends is started again, and what must end ends, with its children."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from support.servers import new_valkey
from support.waiting import eventually

from foreshock_shared.runtime import redis as shared_redis
from foreshock_stack.output import Output
from foreshock_stack.probe import ask
from foreshock_stack.servers.server import free_port
from foreshock_stack.supervisor import Keeper, Program, ProgramKeeper, ServerKeeper

pytestmark = pytest.mark.servers

SMALL_SERVICE = Path(__file__).parents[2] / "support" / "small_service.py"


def small_program(*arguments: str, silence_allowed: float = 30, first_answer_within: float = 30) -> Program:
    port = free_port()
    command = [sys.executable, "-I", str(SMALL_SERVICE), str(port), *arguments]
    return Program("small", command, {}, port, silence_allowed, first_answer_within)


@asynccontextmanager
async def kept(keeper: Keeper) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(keeper.keep())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def process_ids(program: Program, unlike: int = 0) -> tuple[int, int]:
    """Of the running program and the child that it has."""

    async def answers() -> tuple[int, int] | None:
        reply = await ask(program.port, "/livez")
        own, child = map(int, reply.body.split()) if reply else (unlike, 0)
        return (own, child) if own != unlike else None

    found = await eventually(answers)
    assert found
    return found


def gone(process: int) -> Callable[[], bool]:
    """No such process any more; one that only waits to be collected counts as gone."""

    def check() -> bool:
        try:
            return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    return check


def ended_by(process: int) -> bool:
    return gone(process)()


async def test_a_killed_program_is_started_again_and_its_children_do_not_outlive_it() -> None:
    program = small_program()
    async with kept(ProgramKeeper(program, Output(sys.stderr.buffer))):
        first, child = await process_ids(program)
        os.kill(first, signal.SIGKILL)
        second, _ = await process_ids(program, unlike=first)
        assert second != first
        await eventually(gone(child))


async def test_a_program_that_ends_with_success_is_started_again_too() -> None:
    program = small_program()
    async with kept(ProgramKeeper(program, Output(sys.stderr.buffer))):
        first, _ = await process_ids(program)
        os.kill(first, signal.SIGTERM)
        await process_ids(program, unlike=first)


async def test_a_program_that_does_not_answer_any_more_is_killed_and_started_again() -> None:
    program = small_program(silence_allowed=1, first_answer_within=5)
    async with kept(ProgramKeeper(program, Output(sys.stderr.buffer))):
        first, _ = await process_ids(program)
        os.kill(first, signal.SIGSTOP)
        await process_ids(program, unlike=first)
        assert ended_by(first)


async def test_when_told_to_stop_a_program_and_its_children_end() -> None:
    program = small_program()
    async with kept(ProgramKeeper(program, Output(sys.stderr.buffer))):
        own, child = await process_ids(program)
    assert ended_by(own)
    await eventually(gone(child))


async def test_a_program_that_does_not_listen_is_made_to_end() -> None:
    program = small_program("deaf-to-sigterm")
    async with kept(ProgramKeeper(program, Output(sys.stderr.buffer))):
        own, _ = await process_ids(program)
        began = asyncio.get_running_loop().time()
    assert ended_by(own)
    assert asyncio.get_running_loop().time() - began < 12


async def test_a_killed_valkey_is_started_again_with_its_data_at_the_same_address(own_folder: Path) -> None:
    server = new_valkey(own_folder, "valkey")
    keeper = ServerKeeper(server)
    await keeper.start()
    try:
        async with kept(keeper):
            client = shared_redis.connect(server.url)
            await client.set("kept", "yes")
            first = server.pid
            assert first
            os.kill(first, signal.SIGKILL)
            await eventually(lambda: server.pid != first)

            async def value() -> bytes | str | None:
                with suppress(RedisConnectionError):
                    return await client.get("kept")
                return None

            assert await eventually(value) == b"yes"
            await client.aclose()
    finally:
        await keeper.stop(5)
    assert not server.running()


async def test_a_server_can_be_stopped_in_the_middle_of_its_start(own_folder: Path) -> None:
    server = new_valkey(own_folder, "valkey")
    keeper = ServerKeeper(server)
    starting = asyncio.create_task(keeper.start())
    await asyncio.sleep(0)
    starting.cancel()
    await asyncio.wait([starting])
    await keeper.stop(5)
    assert not server.running()
