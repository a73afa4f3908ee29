"""A whole stack as a child process with a state folder of its own, as the benchmark and the tests run it.

It is started by the very command that users type, on free ports, and nothing of it outlives `stop` or `kill`.
"""

import asyncio
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.addresses import Addresses, running_stack
from foreshock_stack.environment import SERVICES, Environment, read_environment
from foreshock_stack.probe import ask

STOP_SECONDS: Final = 25.0
BASES: Final = range(21_000, 31_000, 20)

RULES: Final = """\
receivers:
  - name: desk
    url: {url}
    secret_env: DESK_SECRET
    allow_private_addresses: true
rules:
  - name: policy-shock
    when: {{shock: true}}
    send_to: [desk]
"""


class ChildStack:
    """`./run up` (or another command that starts a stack) on `folder`, telling the receiver at `url` of every shock."""

    def __init__(self, folder: Path, receiver_url: str, receiver_secret: str) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.command: tuple[str, ...] = ("up",)
        config = folder / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "rules.yaml").write_text(RULES.format(url=receiver_url), encoding="utf-8")
        self.variables = {name: value for name, value in os.environ.items() if not name.startswith("FORESHOCK_")} | {
            "FORESHOCK_STATE_DIR": str(folder / "state"),
            "FORESHOCK_CONFIG_DIR": str(config),
            "FORESHOCK_PORT_BASE": str(free_port_base()),
            "FORESHOCK_API_KEY": secrets.token_hex(16),
            "DESK_SECRET": receiver_secret,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Environment:
        """The environment of the stack, for commands that look at it from outside."""
        return read_environment(self.variables)

    @property
    def addresses(self) -> Addresses:
        return running_stack(self.environment)

    @property
    def key(self) -> str:
        return self.variables["FORESHOCK_API_KEY"]

    @property
    def pid(self) -> int:
        if self._process is None:
            raise DependencyUnavailable("the stack has not been started")
        return self._process.pid

    async def start(self, within: float = 120) -> float:
        """Start it; answers the seconds until all four services were ready. Raises with the end of its log."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603  our own command, started at once
                [sys.executable, "-m", "foreshock_stack", *self.command],
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not await self.ready():
            if self._process.poll() is not None or time.monotonic() - began > within:
                self.kill()
                raise DependencyUnavailable(f"the stack was not ready after {within:.0f} s:\n{self.log_tail()}")
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def ready(self) -> bool:
        """Whether all four services say that they do their work."""
        environment = self.environment
        replies = [await ask(environment.port(name), "/readyz") for name in SERVICES]
        return all(reply is not None and reply.status == 200 for reply in replies)

    def stop(self) -> int | None:
        """SIGTERM; answers its exit status, None if it had to be killed."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.kill()

    def kill(self) -> None:
        """End it and everything below it as a crash would."""
        if self._process is not None:
            for pid in [*descendants(self._process.pid), self._process.pid]:
                _kill(pid)
            self._process.wait()
            self._process = None

    def crash(self, program: str) -> None:
        """SIGKILL the child whose command line holds `program`."""
        _kill(self._child(program))

    @contextmanager
    def paused(self, program: str) -> Iterator[None]:
        """Within this block the child does nothing at all."""
        pid = self._child(program)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def _child(self, program: str) -> int:
        for pid in descendants(self.pid):
            if program in command_line(pid):
                return pid
        raise DependencyUnavailable(f"no child of the stack runs {program}")

    def log_tail(self, size: int = 3_000) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-size:]


def descendants(pid: int) -> Iterator[int]:
    """All processes below this one, nearest first."""
    try:
        tasks = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return
    children = [int(child) for task in tasks for child in task.split()]
    yield from children
    for child in children:
        yield from descendants(child)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""  # it has ended meanwhile


def memory(pid: int) -> int:
    """Bytes that a process and everything below it keep in memory; what they share is counted once (PSS)."""
    return sum(_pss(each) for each in (pid, *descendants(pid)))


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0  # it has ended meanwhile
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port_base() -> int:
    """A port base whose four ports nobody listens on now; any of them, so that two who ask at once do not meet."""
    for base in random.sample(BASES, len(BASES)):  # not secret
        if all(_free(base + number) for number in range(1, len(SERVICES) + 1)):
            return base
    raise DependencyUnavailable(f"no four free ports in a row between {BASES.start} and {BASES.stop}")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
