"""What the two servers have in common: a folder, a port on loopback, a program that ends with us, a log.

`start` returns when the server answers, and fails with the end of its log if it does not. The port is chosen at the
first start and kept, so that an address that was given out stays right through a crash. A server may be started in any
thread that lives as long as the server should: the parent-death signal follows the thread that started it.
"""

import random
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from signal import SIGKILL, Signals
from typing import ClassVar

from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.servers import launch
from foreshock_stack.servers.account import Account, kept_secret, make_folder, require_reach

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_768)
"""Below the ports that systems give to outgoing connections: none of those can sit on a server's port meanwhile."""
PORT_CHOICES = 5
POLL_SECONDS = 0.02
LOG_TAIL_BYTES = 2_000


class ServerFailed(DependencyUnavailable):
    """A server did not come up; the message ends with the end of its log."""


class PortTaken(ServerFailed):
    """Somebody else has the port."""


class Server(ABC):
    """One embedded server below its own folder `home`."""

    name: ClassVar[str]
    stop_signals: ClassVar[tuple[Signals, ...]]
    """How to ask it to end, the kindest first; SIGKILL follows by itself."""

    def __init__(self, home: Path, account: Account, port: int = 0) -> None:
        self.home = home
        self.account = account
        self.port = port
        """0: any free port, chosen at the first start."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def password(self) -> str:
        return kept_secret(self.home / "password")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, within: float = 60) -> None:
        """Start it and wait until it answers. A port that was never given out is changed if somebody else has it."""
        if self.running():
            return None
        make_folder(self.home)
        require_reach(self.home, self.account)
        self._prepare()
        for choices_left in reversed(range(0 if self.port else PORT_CHOICES)):
            self.port = free_port()
            try:
                return self._start(within)
            except PortTaken:
                if not choices_left:
                    raise
        return self._start(within)

    def stop(self, within: float = 10) -> None:
        """Let it end in order, also while another thread starts it. What does not end in time is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        for signal in (*self.stop_signals, SIGKILL):
            process.send_signal(signal)
            try:
                process.wait(within / len(self.stop_signals))
            except subprocess.TimeoutExpired:
                continue
            return

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log_tail(self) -> str:
        """The end of what the program had to say at its last start."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - LOG_TAIL_BYTES))
            return log.read().decode(errors="replace").strip()

    @abstractmethod
    def _prepare(self) -> None:
        """Make what the program needs on disk; what is already there is kept."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server takes work, past any loading or recovery."""

    def _start(self, within: float) -> None:
        process = self._process = self._spawn(self._command())
        deadline = time.monotonic() + within
        while not self._answers():
            if process.poll() is not None:
                said = self.log_tail()
                failure = PortTaken if "already in use" in said else ServerFailed
                raise failure(f"{self.name} ended with status {process.returncode} at its start: {said}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerFailed(f"{self.name} does not answer {within:.0f} s after its start: {self.log_tail()}")
            time.sleep(POLL_SECONDS)

    def _spawn(self, program: list[str]) -> subprocess.Popen[bytes]:
        if self.log.exists():
            self.log.replace(self.log.with_name("log.before"))
        with self.log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 (our own programs and arguments)
                launch.command(program, on_parent_death=self.stop_signals[0], ids=self.account.ids),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data,
                env=CLEAN_ENVIRONMENT,
                start_new_session=True,
            )


CLEAN_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}
"""All that a server gets to see: the secrets of receivers are none of its business."""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise ServerFailed(f"no free port between {PORTS.start} and {PORTS.stop} on {LOOPBACK}")
