"""What the stack on one machine is told by its environment. The only reader of it here; services get theirs from us.

FORESHOCK_STATE_DIR     folder of everything that is kept
FORESHOCK_CONFIG_DIR    folder of sources.yaml, rules.yaml and watchlist.yaml
FORESHOCK_PORT_BASE     N: ingest N+1, classify N+2, store N+3, notify N+4 on 127.0.0.1
FORESHOCK_API_KEY       key of the push and the read API; made and kept in the state folder if unset
FORESHOCK_REDIS_URL     a server of your own in place of the embedded Valkey
FORESHOCK_DATABASE_URL  a database of your own in place of the embedded Postgres, as a user who may make roles
FORESHOCK_VALKEY_MEMORY memory of the embedded Valkey, above which nothing more is accepted
FORESHOCK_SERVICE_URL   where the services of a stack elsewhere answer, with {service} and {port} in it: for commands

The three secrets can also come from a file that `…_FILE` names. All other variables reach the services as they are.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.servers.account import kept_secret, make_folder

CHECKOUT = Path(__file__).resolve().parents[3]
STATE_OF_ROOT = Path("/var/lib/foreshock")
SERVICES = ("ingest", "classify", "store", "notify")
SECRETS = ("FORESHOCK_API_KEY", "FORESHOCK_REDIS_URL", "FORESHOCK_DATABASE_URL")


@dataclass(frozen=True, slots=True)
class Environment:
    """Settings of the stack, checked."""

    state_dir: Path
    config_dir: Path
    port_base: int
    service_url: str
    valkey_memory: str
    redis_url: str = field(repr=False)
    """Empty: the embedded Valkey."""
    database_url: str = field(repr=False)
    """Empty: the embedded Postgres."""
    given_api_key: str = field(repr=False)
    passed: Mapping[str, str] = field(repr=False)
    """What the services get besides what we tell them: everything but our own secrets."""

    def port(self, service: str) -> int:
        return self.port_base + 1 + SERVICES.index(service)

    def address(self, service: str) -> str:
        """Where a service of this stack answers."""
        return self.service_url.format(service=service, port=self.port(service))

    def api_key(self) -> SecretStr:
        """The key that was given, else the one in the state folder, made there the first time."""
        return SecretStr(self.given_api_key or self.secret("api-key"))

    def secret(self, name: str) -> str:
        """A secret of this stack's own, made the first time and kept in its state folder."""
        folder = self.state_dir / "secrets"
        make_folder(folder)
        return kept_secret(folder / name)


def read_environment(
    variables: Mapping[str, str], *, checkout: Path = CHECKOUT, as_root: bool = os.geteuid() == 0
) -> Environment:
    """Raises ConfigurationError that names the variable that is wrong."""
    secrets = {name: _secret(variables, name) for name in SECRETS}
    ours = {*SECRETS, *(f"{name}_FILE" for name in SECRETS)}
    return Environment(
        state_dir=_folder(variables, "FORESHOCK_STATE_DIR", _default_state(checkout, as_root)),
        config_dir=_folder(variables, "FORESHOCK_CONFIG_DIR", checkout / "config"),
        service_url=_service_url(variables.get("FORESHOCK_SERVICE_URL") or "http://127.0.0.1:{port}"),
        port_base=_port_base(variables.get("FORESHOCK_PORT_BASE") or "8700"),
        valkey_memory=variables.get("FORESHOCK_VALKEY_MEMORY") or "512mb",
        given_api_key=secrets["FORESHOCK_API_KEY"],
        redis_url=secrets["FORESHOCK_REDIS_URL"],
        database_url=secrets["FORESHOCK_DATABASE_URL"],
        passed={name: value for name, value in variables.items() if name not in ours},
    )


def _default_state(checkout: Path, as_root: bool) -> Path:
    """For root not in the checkout: the servers run as another user, who often cannot reach it."""
    if not as_root:
        return checkout / ".foreshock"
    return STATE_OF_ROOT / f"{checkout.name}-{hashlib.sha256(bytes(checkout)).hexdigest()[:8]}"


def _folder(variables: Mapping[str, str], name: str, default: Path) -> Path:
    return Path(variables.get(name) or default).expanduser().absolute()


def _port_base(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535 - len(SERVICES):
        raise ConfigurationError(
            f"FORESHOCK_PORT_BASE={text} is no port from 1 to {65_535 - len(SERVICES)}: "
            f"the services take the {len(SERVICES)} ports after it"
        )
    return int(text)


def _service_url(text: str) -> str:
    try:
        text.format(service="", port=0)
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigurationError(
            f"FORESHOCK_SERVICE_URL={text} may have {{service}} and {{port}} in it and no other braces"
        ) from error
    return text


def _secret(variables: Mapping[str, str], name: str) -> str:
    if path := variables.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise ConfigurationError(f"{name}_FILE={path} cannot be read: {error.strerror}") from error
    return variables.get(name, "")


@contextmanager
def locked(state_dir: Path) -> Iterator[None]:
    """Hold the state folder for one stack alone. The lock ends with the process that holds it, however it ends."""
    make_folder(state_dir)
    with (state_dir / "lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ConfigurationError(
                f"a stack already runs on {state_dir} (process {lock.read().strip() or 'just starting'}): "
                "stop it first, or set FORESHOCK_STATE_DIR and FORESHOCK_PORT_BASE for a second one"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
