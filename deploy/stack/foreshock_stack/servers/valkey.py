"""Valkey, the Redis-protocol server: every write is on disk before it is answered, and nothing is ever evicted."""

import socket
from pathlib import Path
from signal import SIGTERM

from foreshock_stack.servers.account import Account
from foreshock_stack.servers.programs import Programs
from foreshock_stack.servers.server import LOOPBACK, Server

CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir {folder}
daemonize no
logfile ""
maxclients 500
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
aof-load-truncated yes
save ""
maxmemory {memory}
maxmemory-policy noeviction
"""


class Valkey(Server):
    name = "valkey"
    stop_signals = (SIGTERM,)

    def __init__(
        self, home: Path, programs: Programs, account: Account, *, memory: str = "512mb", port: int = 0
    ) -> None:
        super().__init__(home, account, port)
        self._program = programs.valkey
        self._memory = memory

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def _prepare(self) -> None:
        self.data.mkdir(exist_ok=True)
        self.account.take(self.data, 0o700)

    def _command(self) -> list[str]:
        # In a file, because a command line is for everybody to read.
        path = self.home / "valkey.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(
            CONFIGURATION.format(
                host=LOOPBACK, port=self.port, password=self.password, folder=_quoted(self.data), memory=self._memory
            ),
            encoding="utf-8",
        )
        self.account.take(path, 0o400)
        return [str(self._program), str(path)]

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\n") < 2:
                    more = connection.recv(1024)
                    if not more:
                        return False
                    answer += more
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")  # else -LOADING, while the append-only file is read


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
