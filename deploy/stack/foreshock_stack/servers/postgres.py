"""Postgres 18 on TCP only, with a password: every commit is on disk before it is answered.

The cluster is made once, whole before it gets its name. After a crash the server recovers by itself; a lock file that a
killed server left behind is removed as soon as no process works in the folder any more.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from signal import SIGINT, SIGQUIT

from foreshock_stack.servers import launch
from foreshock_stack.servers.account import Account, kept_secret
from foreshock_stack.servers.programs import Programs
from foreshock_stack.servers.server import CLEAN_ENVIRONMENT, LOOPBACK, POLL_SECONDS, Server, ServerFailed

SUPERUSER = "foreshock"
DATABASE = "postgres"
LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "cluster_name": "foreshock",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "32MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "io_method": "sync",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
LOCK_FILE = "postmaster.pid"
LOCK_FILE_STATUS_LINE = 7
ORPHANS_GONE_SECONDS = 15


class Postgres(Server):
    name = "postgres"
    stop_signals = (SIGINT, SIGQUIT)  # fast shutdown; then immediate, which recovers at the next start

    def __init__(self, home: Path, programs: Programs, account: Account, *, port: int = 0) -> None:
        super().__init__(home, account, port)
        self._programs = programs.postgres

    @property
    def admin_url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The superuser's address of a database."""
        return f"postgresql://{SUPERUSER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def _prepare(self) -> None:
        if not self.data.exists():
            self._make_cluster()
        self._clear_stale_lock()

    def _command(self) -> list[str]:
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self.data), "-p", str(self.port), *settings]

    def _answers(self) -> bool:
        """What pg_ctl looks at: the lock file is this process's own and says ready."""
        try:
            lines = (self.data / LOCK_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return False
        written = len(lines) > LOCK_FILE_STATUS_LINE and lines[0] == str(self.pid)
        return written and lines[LOCK_FILE_STATUS_LINE].strip() == "ready"

    def _make_cluster(self) -> None:
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        self.account.take(unfinished, 0o700)
        password = self.home / "password"
        kept_secret(password)
        self.account.take(password, 0o400)
        initdb = [str(self._programs / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, *LOCALE]
        initdb += ["--auth=scram-sha-256", f"--pwfile={password}"]
        made = subprocess.run(  # noqa: S603 (our own program and arguments)
            launch.command(initdb, on_parent_death=SIGQUIT, ids=self.account.ids),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=unfinished,
            env=CLEAN_ENVIRONMENT,
            start_new_session=True,
            check=False,
        )
        if made.returncode:
            raise ServerFailed(f"initdb ended with status {made.returncode}: {made.stdout.decode(errors='replace')}")
        unfinished.rename(self.data)

    def _clear_stale_lock(self) -> None:
        """Postgres compares process ids, which after a reboot may be anybody's; we look at who works in the folder."""
        lock = self.data / LOCK_FILE
        if not lock.exists() or sys.platform != "linux":
            return
        deadline = time.monotonic() + ORPHANS_GONE_SECONDS
        while pids := _working_in(self.data):
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.data} is in use by processes {pids}: stop them first")
            time.sleep(POLL_SECONDS)
        lock.unlink(missing_ok=True)


def _working_in(folder: Path) -> list[int]:
    """The processes whose working folder this is: that of a Postgres and its children is their cluster."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").samefile(folder):
                found.append(int(process.name))
        except OSError:
            continue  # it has ended meanwhile, or is somebody else's, who cannot use a folder of ours
    return found
