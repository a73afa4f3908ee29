"""Where the servers of a running stack are: written by `up` for the other commands, gone when it stops.

Of a stack that runs elsewhere (containers, servers of your own) the environment tells, by FORESHOCK_REDIS_URL and
FORESHOCK_DATABASE_URL.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.environment import Environment


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses with their passwords: keep them out of logs."""

    redis: str
    database_admin: str
    database_store: str
    """The same database, as the store's own role."""
    database_notify: str


@contextmanager
def published(environment: Environment, addresses: Addresses) -> Iterator[None]:
    """For as long as this block lasts, `running_stack` finds these addresses."""
    path = _file(environment)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(asdict(addresses)), encoding="utf-8")
    fresh.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_stack(environment: Environment) -> Addresses:
    """The addresses of the stack that runs on this state folder, or of the one that the environment names.

    Raises ConfigurationError if there is neither.
    """
    if environment.redis_url and environment.database_url and not _file(environment).exists():
        roles = (role_url(environment.database_url, name, environment.secret(name)) for name in ("store", "notify"))
        return Addresses(environment.redis_url, environment.database_url, *roles)
    try:
        return Addresses(**json.loads(_file(environment).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(
            f"no stack runs on {environment.state_dir}: start it with `./run up`, "
            "set FORESHOCK_STATE_DIR to the folder of the one that you mean, or FORESHOCK_REDIS_URL and "
            "FORESHOCK_DATABASE_URL to its servers"
        ) from None


def role_url(admin_url: str, schema: str, password: str) -> str:
    """The same database for the role that owns `schema`."""
    parts = urlsplit(admin_url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"foreshock_{schema}:{quote(password, safe='')}@{address}"))


def _file(environment: Environment) -> Path:
    return environment.state_dir / "addresses.json"
