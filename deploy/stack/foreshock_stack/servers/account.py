"""Who the servers run as, and whether that user can reach what it needs.

Postgres refuses to run as root, and no server of ours needs to: started by root, both run as `nobody`. Folders that we
make are made reachable; the permissions of folders that were there before us are never touched.
"""

import os
import pwd
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from foreshock_shared.runtime.errors import ConfigurationError

TRAVERSABLE = 0o711
"""Others may go through, not look around: what lies inside has narrower permissions of its own."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user that the servers run as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    @property
    def ids(self) -> tuple[int, int] | None:
        """What a child must change to, if anything."""
        return (self.uid, self.gid) if self.is_other else None

    def take(self, path: Path, mode: int) -> None:
        """Make the account the owner of a file or folder of ours."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def barred_by(self, path: Path) -> Path | None:
        """The first folder on the way to `path`, or `path` itself, that this account may not enter or read."""
        if not self.is_other:
            return None
        steps = [*reversed(path.resolve().parents), path.resolve()]
        return next((step for step in steps if step.exists() and not self._may_pass(step)), None)

    def _may_pass(self, path: Path) -> bool:
        found = path.stat()
        of_owner, of_group, of_others = stat.S_IXUSR, stat.S_IXGRP, stat.S_IXOTH
        if found.st_uid == self.uid:
            return bool(found.st_mode & of_owner)
        if found.st_gid == self.gid:
            return bool(found.st_mode & of_group)
        return bool(found.st_mode & of_others)


def server_account() -> Account:
    """`nobody` when we are root, else ourselves. Raises ConfigurationError where there is no such user."""
    as_root = os.geteuid() == 0
    try:
        entry = pwd.getpwnam("nobody") if as_root else pwd.getpwuid(os.geteuid())
    except KeyError:
        who = "nobody" if as_root else f"with id {os.geteuid()}"
        raise ConfigurationError(
            f"the servers need a user to run as, but the system knows no user {who}: add it to /etc/passwd, "
            "or set FORESHOCK_REDIS_URL and FORESHOCK_DATABASE_URL to servers of your own"
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def make_folder(path: Path) -> None:
    """Make `path` and the parents that are missing, each of them traversable whatever the umask."""
    for folder in [*reversed(path.parents), path]:
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            folder.chmod(TRAVERSABLE)


def require_reach(path: Path, account: Account) -> None:
    """Raises ConfigurationError that names the folder that keeps the servers out of `path`."""
    if bar := account.barred_by(path):
        raise ConfigurationError(
            f"the servers run as the user {account.name}, whom the folder {bar} bars from {path}: "
            "set FORESHOCK_STATE_DIR to a folder that every user may pass through, such as /var/lib/foreshock"
        )


def kept_secret(path: Path) -> str:
    """A random secret, made the first time and kept in `path`, which only its owner may read."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        fresh = path.with_name(path.name + ".new")
        fresh.touch(mode=0o600)
        with fresh.open("w", encoding="ascii") as file:
            file.write(secrets.token_hex(24) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return path.read_text(encoding="ascii").strip()
