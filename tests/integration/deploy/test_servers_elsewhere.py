"""Servers of one's own, named by URL alone: Valkey behind TLS with a user for each service, and another Postgres."""

import asyncio
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from support.proxy import proxy_before
from support.servers import ROLE_PASSWORDS, TestPostgres
from support.waiting import eventually

from foreshock_shared.runtime.database import provision
from foreshock_stack.child import RULES, ChildStack, free_port_base
from foreshock_stack.commands import audit, dead, doctor, migrate, replay
from foreshock_stack.doctor.finding import Level
from foreshock_stack.environment import SERVICES, Environment, read_environment
from foreshock_stack.load import Load, directive, posts
from foreshock_stack.probe import ask
from foreshock_stack.receiver import Receiver, new_secret
from foreshock_stack.servers.valkey import Valkey

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

ROOT = Path(__file__).parents[3]
CERTIFICATE = ROOT / "tests/unit/ingest/localhost.pem"
"""Signed by itself: certificate, key and authority in one."""
ACL = ROOT / "deploy/valkey/users.acl"
SECRET = new_secret()
SOURCES = "sources:\n  - {name: recorded, kind: replay, path: recorded.jsonl, speed: 0}\n"
ORDER = directive("the-one") | {"native_id": "order-1", "lang": "en"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(SECRET) as receiver:
        yield receiver


@pytest.fixture
async def tls_port(valkey: Valkey) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    async with proxy_before(valkey.url, context) as proxy:
        yield proxy.port


def over_tls(port: int, user: str, password: str) -> str:
    return f"rediss://{user}:{password}@localhost:{port}/0?ssl_ca_certs={CERTIFICATE}"


async def command(redis: Redis, *words: str) -> Any:
    """A command that the client has no method for."""
    untyped: Any = redis
    return await untyped.execute_command(*words)


async def make_users(redis: Redis) -> None:
    """The users of the containers, each with its name as password."""
    for line in ACL.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.split()[1] == "default":
            continue
        _, name, *rights = line.split()
        digest = sha256(name.encode()).hexdigest()
        rights = [f"#{digest}" if right.startswith("#{") else right for right in rights]
        await command(redis, "ACL", "SETUSER", name, "reset", *rights)


@pytest.fixture
async def users(redis: Redis) -> AsyncIterator[Redis]:
    await make_users(redis)
    await command(redis, "ACL", "LOG", "RESET")
    yield redis
    await command(redis, "ACL", "DELUSER", *SERVICES, "tools", "health", "backup", "exporter")


async def refused(redis: Redis) -> list[tuple[str, str, str]]:
    """What some user wanted and may not: user, why, and what."""
    log: list[dict[str, Any]] = await command(redis, "ACL", "LOG")
    return [(str(row["username"]), str(row["reason"]), str(row["object"])) for row in log]


def elsewhere(folder: Path, redis_url: str, database_url: str) -> Environment:
    """The environment of the commands, as compose.yaml gives it to the container `tools`."""
    secrets = folder / "state" / "secrets"
    secrets.mkdir(parents=True)
    for name, password in ROLE_PASSWORDS.items():
        (secrets / name).write_text(password)
        (secrets / name).chmod(0o600)
    return read_environment(
        {
            "FORESHOCK_STATE_DIR": str(folder / "state"),
            "FORESHOCK_CONFIG_DIR": str(folder / "config"),
            "FORESHOCK_PORT_BASE": str(free_port_base()),
            "FORESHOCK_API_KEY": "key-of-tests",
            "FORESHOCK_REDIS_URL": redis_url,
            "FORESHOCK_DATABASE_URL": database_url,
            "FORESHOCK_SERVICE_URL": "http://127.0.0.1:{port}",
            "DESK_SECRET": SECRET,
        }
    )


def start(stack: ExitStack, name: str, environment: Environment, variables: Mapping[str, str]) -> None:
    process = subprocess.Popen(  # noqa: S603  our own service
        [sys.executable, "-m", f"foreshock_{name}"],
        env={
            "PATH": os.environ["PATH"],
            "FORESHOCK_PORT": str(environment.port(name)),
            "FORESHOCK_CONFIG_DIR": str(environment.config_dir),
            "FORESHOCK_API_KEY": "key-of-tests",
            "DESK_SECRET": SECRET,
            **variables,
        },
    )
    stack.callback(process.wait)
    stack.callback(process.kill)


async def test_each_service_needs_no_more_than_its_own_user_may_over_tls_too(
    own_folder: Path, users: Redis, tls_port: int, postgres: TestPostgres, receiver: Receiver,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (own_folder / "config").mkdir()
    (own_folder / "config/rules.yaml").write_text(RULES.format(url=receiver.url), encoding="utf-8")
    (own_folder / "config/sources.yaml").write_text(SOURCES, encoding="utf-8")
    recorded = [*posts(Load(20, run="recorded")), {"source": "spoilt"}]
    (own_folder / "config/recorded.jsonl").write_text("\n".join(map(json.dumps, recorded)), encoding="utf-8")
    database = await postgres.new_database()
    environment = elsewhere(own_folder, over_tls(tls_port, "tools", "tools"), database)
    assert await asyncio.to_thread(migrate.run, environment, 30) == 0
    roles = await provision(database, ROLE_PASSWORDS)
    with ExitStack() as running:
        for name in SERVICES:
            variables = {"FORESHOCK_REDIS_URL": over_tls(tls_port, name, name)}
            if name in roles:
                variables["FORESHOCK_DATABASE_URL"] = roles[name]
            start(running, name, environment, variables)
        await eventually(lambda: _ready(environment), within=90)
        rows = [*posts(Load(300, directive_every=50, run="elsewhere")), ORDER]
        async with replay.client(environment.address("ingest"), "key-of-tests") as client:
            answer = await client.post("/v1/posts", json=rows)
            assert answer.status_code == 202, answer.text
            bad = await client.post("/v1/posts", json=[{"source": "x"}])
        assert bad.json()["rejected"]
        ids = own_folder / "ids"
        ids.write_text("".join(f"{each}\n" for each in answer.json()["accepted"]))
        await eventually(lambda: len({each.data["incident_id"] for each in receiver.received}) >= 7, within=30)
        assert all(each.signed for each in receiver.received)
        assert await asyncio.to_thread(audit.run, environment, ids, 30) == 0, capsys.readouterr().out
        capsys.readouterr()
        assert await asyncio.to_thread(dead.listing, environment, 10) == 0
        assert "ingest/" in capsys.readouterr().out  # the spoilt line
        findings = await doctor.examine(environment)
        assert [each for each in findings if each.level is Level.FAULT] == []
    assert await refused(users) == []


async def _ready(environment: Environment) -> bool:
    replies = [await ask(environment.port(name), "/readyz") for name in SERVICES]
    return all(reply is not None and reply.status == 200 for reply in replies)


async def test_a_user_may_do_nothing_that_is_not_its_own(users: Redis) -> None:
    async def may(user: str, *words: str) -> bool:
        answer = await command(users, "ACL", "DRYRUN", user, *words)
        return answer in {b"OK", "OK"}

    for user in SERVICES:
        for words in (("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "SET", "appendfsync", "no"), ("ACL", "LIST"),
                        ("GET", "somebody:else")):  # fmt: skip
            assert not await may(user, *words), (user, words)
    assert await may("ingest", "XADD", "post.ingested", "*", "a", "b")
    assert not await may("notify", "XADD", "post.ingested", "*", "a", "b")
    assert not await may("classify", "HGETALL", "ingest:ledger:2026-01-01")
    assert not await may("ingest", "XREADGROUP", "GROUP", "classify", "c", "STREAMS", "post.ingested", ">")
    assert not await may("exporter", "XADD", "post.ingested", "*", "a", "b")
    assert not await may("tools", "FLUSHALL")


async def test_a_whole_stack_runs_on_servers_that_only_urls_name(
    own_folder: Path, tls_port: int, valkey: Valkey, postgres: TestPostgres, receiver: Receiver
) -> None:
    stack = ChildStack(own_folder / "stack", receiver.url, SECRET)
    password = urlsplit(valkey.url).password or ""
    stack.variables["FORESHOCK_REDIS_URL"] = over_tls(tls_port, "default", password)
    stack.variables["FORESHOCK_DATABASE_URL"] = await postgres.new_database()
    async with AsyncExitStack() as at_end:
        at_end.callback(stack.kill)
        await stack.start()
        async with replay.client(stack.environment.address("ingest"), stack.key) as client:
            assert (await client.post("/v1/posts", json=[ORDER])).status_code == 202
        await eventually(lambda: receiver.received, within=10)
        assert await asyncio.to_thread(audit.run, stack.environment, None, 10) == 0
        assert await asyncio.to_thread(stack.stop) == 0
