"""Keeps programs and servers running until told to stop.

- Whatever ends is started again, whatever its status: soon the first time, then with growing pauses.
- A program whose /livez has been silent too long is killed and started again.
- Each child has a session of its own, ends with us (parent-death signal), and takes its own children with it.
- `keep` runs until it is cancelled. A program has then ended, by SIGTERM or, when it takes too long, by SIGKILL; a
  server goes on until `stop`, so that programs can finish their work on it.
"""

import asyncio
import os
import random
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from structlog import get_logger

from foreshock_stack.output import Output
from foreshock_stack.probe import ask
from foreshock_stack.restarts import Restarts, is_hung
from foreshock_stack.servers import launch
from foreshock_stack.servers.server import Server, ServerFailed

log = get_logger()

END_SECONDS = 9.0
"""A service gives itself eight."""
LOOK_EVERY = 0.1


class Keeper(Protocol):
    """Keeps one thing running until it is cancelled."""

    async def keep(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Program:
    """A service as a program: what to run, and the port on which it answers /livez."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    silence_allowed: float = 30.0
    """Seconds without an answer after which it is taken for dead."""
    first_answer_within: float = 300.0
    """Likewise before its first answer: classify may have to train first."""


class ProgramKeeper:
    """Keeps one program running."""

    def __init__(self, program: Program, output: Output) -> None:
        self.program = program
        self._output = output

    async def keep(self) -> None:
        restarts = Restarts()
        while True:
            started = monotonic()
            ended = await self._run_once()
            restarts = restarts.after(lived=monotonic() - started)
            pause = restarts.pause(random.random())  # noqa: S311 (spreads restarts, guards nothing)
            log.warning(
                "a service ended, and is started again", ended=self.program.name, how=ended, pause=round(pause, 2)
            )
            await asyncio.sleep(pause)

    async def _run_once(self) -> str:
        """Run it to its end and tell how it ended; when cancelled, make it end."""
        try:
            child = await self._spawn()
        except OSError as error:
            return f"not started: {error}"
        watch = asyncio.create_task(self._kill_when_hung(child))
        try:
            return _told(await child.wait())
        finally:
            watch.cancel()
            await _end(child, self.program.name)

    async def _spawn(self) -> Process:
        async with self._output.of(self.program.name) as stream:
            return await asyncio.create_subprocess_exec(
                *launch.command(self.program.command, on_parent_death=signal.SIGKILL),
                stdin=DEVNULL,
                stdout=stream,
                stderr=stream,
                env=dict(self.program.environment),
                start_new_session=True,
            )

    async def _kill_when_hung(self, child: Process) -> None:
        allowed, first_within = self.program.silence_allowed, self.program.first_answer_within
        started, last_answer = monotonic(), None
        while not is_hung(
            now=monotonic(), started=started, last_answer=last_answer, first_within=first_within, allowed=allowed
        ):
            await asyncio.sleep(allowed / 6)
            if await ask(self.program.port, "/livez"):
                last_answer = monotonic()
        log.error("a service does not answer any more, and is killed", killed=self.program.name)
        child.kill()


class ServerKeeper:
    """Keeps one embedded server running."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._starting: asyncio.Future[None] | None = None

    async def start(self) -> None:
        # In a thread of the loop's own pool, whose threads live as long as we do: see `Server`.
        self._starting = asyncio.ensure_future(asyncio.to_thread(self._server.start))
        await asyncio.shield(self._starting)

    async def keep(self) -> None:
        restarts = Restarts()
        while True:
            started = monotonic()
            while self._server.running():  # noqa: ASYNC110 (the end of a process is no event of ours)
                await asyncio.sleep(LOOK_EVERY)
            restarts = restarts.after(lived=monotonic() - started)
            said = self._server.log_tail()
            log.error("a server ended, and is started again", ended=self._server.name, said=said)
            await asyncio.sleep(restarts.pause(random.random()))  # noqa: S311 (spreads restarts, guards nothing)
            with suppress(ServerFailed):  # its log says why, and is told above at the next round
                await self.start()

    async def stop(self, within: float) -> None:
        """End it in order, also in the middle of a start."""
        while self._starting is not None and not self._starting.done():
            await asyncio.to_thread(self._server.stop, within)
            await asyncio.wait([self._starting], timeout=LOOK_EVERY)
        await asyncio.to_thread(self._server.stop, within)


async def _end(child: Process, name: str) -> None:
    """Make it end, by force if it takes too long, and whatever it has started with it."""
    if child.returncode is None:
        child.terminate()
        ended = asyncio.ensure_future(child.wait())
        _, late = await asyncio.wait([ended], timeout=END_SECONDS)
        if late:
            log.error("a service did not end in time, and is killed", killed=name)
            child.kill()
        await ended
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _told(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
