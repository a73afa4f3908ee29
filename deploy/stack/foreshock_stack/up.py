"""`./run up`: servers, database, services, in this order; everything ends in the reverse one.

One line on standard output tells that all are ready, and where. The first SIGTERM or Ctrl-C ends the stack, within
20 s; further ones change nothing.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from time import monotonic
from typing import TypeAlias

from structlog import get_logger

from foreshock_shared.runtime import logs
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.addresses import Addresses, published
from foreshock_stack.environment import SERVICES, Environment, locked
from foreshock_stack.output import Output
from foreshock_stack.probe import ask
from foreshock_stack.provisioning import provide
from foreshock_stack.servers.account import server_account
from foreshock_stack.servers.postgres import Postgres
from foreshock_stack.servers.programs import programs
from foreshock_stack.servers.server import LOOPBACK, Server
from foreshock_stack.servers.valkey import Valkey
from foreshock_stack.supervisor import Keeper, Program, ProgramKeeper, ServerKeeper

log = get_logger()

Alongside: TypeAlias = Callable[[Addresses], Awaitable[None]]
"""Something to do while the stack runs, from the moment it is ready; cancelled when the stack is told to stop."""

POSTGRES_END_SECONDS = 5.0
VALKEY_END_SECONDS = 4.0
READY_POLL_SECONDS = 0.05
TELL_EVERY_SECONDS = 15.0


def run(environment: Environment, alongside: Alongside | None = None) -> int:
    """Run the whole stack in the foreground; the exit status of an orderly end."""
    logs.configure("stack")
    asyncio.run(run_stack(environment, alongside))
    return 0


async def run_stack(environment: Environment, alongside: Alongside | None = None) -> None:
    """Run the whole stack until SIGTERM or Ctrl-C.

    Raises ConfigurationError where it cannot start as it is set up, ServerFailed where an embedded server does not.
    """
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    with locked(environment.state_dir):
        stack = asyncio.create_task(_stack(environment, alongside))
        stopping = asyncio.create_task(told_to_stop.wait())
        await asyncio.wait({stack, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (stack, stopping):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await stack


async def _stack(environment: Environment, alongside: Alongside | None) -> None:
    started = monotonic()
    _require_config(environment)
    _require_ports(environment)
    valkey, postgres = await asyncio.to_thread(_embedded, environment)
    async with _kept((valkey, VALKEY_END_SECONDS), (postgres, POSTGRES_END_SECONDS)) as keepers:
        redis_url = valkey.url if valkey else environment.redis_url
        admin_url = postgres.admin_url if postgres else environment.database_url
        roles = await provide(admin_url, postgres, environment)
        addresses = Addresses(redis_url, admin_url, roles["store"], roles["notify"])
        with published(environment, addresses):
            async with asyncio.TaskGroup() as group:
                for keeper in keepers + _services(environment, addresses):
                    group.create_task(keeper.keep())
                await asyncio.gather(*(_ready(name, environment) for name in SERVICES))
                _say_ready(environment, monotonic() - started)
                if alongside is not None:
                    await alongside(addresses)


def _embedded(environment: Environment) -> tuple[Valkey | None, Postgres | None]:
    """The servers that the environment does not name."""
    if environment.redis_url and environment.database_url:
        return None, None
    state, account = environment.state_dir, server_account()
    where = programs(state, account)
    valkey = Valkey(state / "valkey", where, account, memory=environment.valkey_memory)
    postgres = Postgres(state / "postgres", where, account)
    return None if environment.redis_url else valkey, None if environment.database_url else postgres


@asynccontextmanager
async def _kept(*servers: tuple[Server | None, float]) -> AsyncIterator[list[Keeper]]:
    """The servers up, started together and ended one by one from the last, each within its seconds."""
    async with AsyncExitStack() as at_end:
        keepers: list[ServerKeeper] = []
        for server, end_seconds in servers:
            if server is not None:
                keepers.append(ServerKeeper(server))
                at_end.push_async_callback(keepers[-1].stop, end_seconds)
        await asyncio.gather(*(keeper.start() for keeper in keepers))
        yield [*keepers]


def _services(environment: Environment, addresses: Addresses) -> list[Keeper]:
    output = Output(sys.stderr.buffer)
    databases = {"store": addresses.database_store, "notify": addresses.database_notify}
    common: dict[str, str] = {
        "FORESHOCK_LOG_FORMAT": "console" if output.on_terminal else "json",
        **environment.passed,
        "FORESHOCK_REDIS_URL": addresses.redis,
        "FORESHOCK_API_KEY": environment.api_key().get_secret_value(),
        "FORESHOCK_CONFIG_DIR": str(environment.config_dir),
        "FORESHOCK_WATCHED_DISK": str(environment.state_dir),
        "FORESHOCK_STATE_DIR": str(environment.state_dir),
    }
    keepers: list[Keeper] = []
    for name in SERVICES:
        port = environment.port(name)
        own = {"FORESHOCK_PORT": str(port), "FORESHOCK_CONSUMER": f"{name}-1"}
        if name in databases:
            own["FORESHOCK_DATABASE_URL"] = databases[name]
        command = [sys.executable, "-I", "-m", f"foreshock_{name}"]
        keepers.append(ProgramKeeper(Program(name, command, common | own, port), output))
    return keepers


def _require_config(environment: Environment) -> None:
    if not environment.config_dir.is_dir():
        raise ConfigurationError(
            f"there is no folder {environment.config_dir}: set FORESHOCK_CONFIG_DIR to the folder of rules.yaml"
        )


def _require_ports(environment: Environment) -> None:
    for name in SERVICES:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, environment.port(name)))
            except OSError as error:
                raise ConfigurationError(
                    f"port {environment.port(name)} for {name} cannot be had ({error.strerror}): "
                    "stop who uses it, or set FORESHOCK_PORT_BASE to another number"
                ) from error


async def _ready(name: str, environment: Environment) -> None:
    """Wait until the service says that it does its work; tell now and then what it says instead."""
    told = monotonic()
    while True:
        reply = await ask(environment.port(name), "/readyz")
        if reply is not None and reply.status == 200:
            return
        if monotonic() - told > TELL_EVERY_SECONDS:
            told = monotonic()
            log.warning("still waiting for a service", waiting_for=name, says=reply.body if reply else "nothing yet")
        await asyncio.sleep(READY_POLL_SECONDS)


def _say_ready(environment: Environment, seconds: float) -> None:
    where = " · ".join(f"{name} {environment.address(name)}" for name in SERVICES)
    sys.stdout.write(f"Foreshock is ready after {seconds:.1f} s: {where} · state in {environment.state_dir}\n")
    sys.stdout.flush()
