"""The deployed stack for tests: a copy of what a user has, under a project of its own, on free ports.

Tests that bear `MARKS` are skipped where there is no Docker that answers.
"""

import asyncio
import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from support.waiting import eventually

from foreshock_stack.child import RULES
from foreshock_stack.commands import replay
from foreshock_stack.receiver import Receiver
from foreshock_stack.servers.server import free_port

ROOT = Path(__file__).parents[2]
PARTS = ("compose.yaml", ".dockerignore", ".env.example", "deploy", "requirements", "shared", "services", "config")
PORTS = ("ingest", "store", "notify", "prometheus", "alertmanager", "grafana")
PROJECT = "foreshock-test"
UP_SECONDS = 180


def compose_command() -> tuple[str, ...]:
    """How compose is called here; empty where it cannot be, or no daemon answers."""
    if shutil.which("docker") is None:
        return ()
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:  # noqa: S607
        return ()
    for command in (("docker", "compose"), ("docker-compose",)):
        try:
            if not subprocess.run([*command, "version"], capture_output=True, check=False).returncode:  # noqa: S603
                return command
        except FileNotFoundError:
            continue
    return ()


def bridge() -> str:
    """The address of this machine that containers of any network reach, and nobody outside."""
    command = ["docker", "network", "inspect", "bridge"]
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  a command of our own
    gateway: str = json.loads(told.stdout)[0]["IPAM"]["Config"][0]["Gateway"]
    return gateway


MARKS = [
    pytest.mark.servers,
    pytest.mark.containers,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(not compose_command() or os.geteuid() != 0, reason="needs Docker with compose, and root"),
]


def told(receiver: Receiver) -> dict[tuple[str, int], set[str]]:
    """The webhook ids under which each revision of each incident was told."""
    ids = defaultdict(set)
    for each in receiver.received:
        assert each.signed
        ids[each.data["incident_id"], each.data["revision"]].add(each.webhook_id)
    return ids


class Deployed:
    """A deployment below `folder`."""

    def __init__(self, folder: Path, command: tuple[str, ...], secret: str) -> None:
        self.folder = folder
        self._command = command
        folder.mkdir(parents=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                kept_out = shutil.ignore_patterns("__pycache__", "*.egg-info", "secrets", "model", ".venv")
                shutil.copytree(source, folder / part, ignore=kept_out)
            else:
                shutil.copy2(source, folder / part)
        self.ports = {name: free_port() for name in PORTS}
        self.variables = os.environ | {
            "COMPOSE_PROJECT_NAME": PROJECT,
            "FORESHOCK_VERSION": "test",
            "COMPOSE": " ".join(command),
            "DOCKER_BUILDKIT": "1",
            "COMPOSE_DOCKER_CLI_BUILD": "1",
            **{f"FORESHOCK_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
        }
        self.script("secrets.sh")
        with (folder / "deploy/secrets/receivers.env").open("a", encoding="utf-8") as file:
            file.write(f"DESK_SECRET={secret}\n")

    @property
    def key(self) -> str:
        return (self.folder / "deploy/secrets/api-key").read_text(encoding="ascii")

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    async def up(self, *arguments: str) -> float:
        """Seconds until every container is healthy."""
        began = time.monotonic()
        await asyncio.to_thread(self.compose, "up", "-d", *arguments)
        await self.well()
        return time.monotonic() - began

    async def well(self) -> None:
        """Wait until every container is healthy; their logs tell why one is not."""
        try:
            await eventually(self.healthy, within=UP_SECONDS, every=0.5)
        except AssertionError:
            print(self.logs())
            raise

    async def push(self, rows: list[dict[str, object]]) -> list[str]:
        """Ids of posts that were accepted."""
        async with replay.client(self.url("ingest"), self.key) as client:
            answer = await client.post("/v1/posts", json=rows)
        assert answer.status_code == 202, answer.text
        return list(answer.json()["accepted"])

    async def answer(self, rows: list[dict[str, object]], key: str | None = None) -> int:
        """The status that a push is answered with."""
        async with replay.client(self.url("ingest"), key or self.key) as client:
            return (await client.post("/v1/posts", json=rows)).status_code

    def audited(self, ledger: Path) -> str:
        """What the audit says when it is given the ids that a client was promised."""
        mount = ("-v", f"{ledger}:/tmp/ledger:ro")
        asked = ("audit", "--ledger", "/tmp/ledger", "--wait", "120")  # noqa: S108  within its container
        return self.compose("run", "--rm", "-T", *mount, "tools", *asked)

    def compose(self, *arguments: str, check: bool = True) -> str:
        return self._run([*self._command, *arguments], check=check)

    def shell(self, commands: str) -> str:
        """Type commands of a page into a terminal, in this folder; what they print. The first that fails ends it."""
        typed = self.folder / "typed"
        typed.write_text(f"set -eu\n{self._compose_of_old}{commands}\n", encoding="utf-8")
        try:
            return self._run(["script", "--quiet", "--return", "--flush", "--command", f"bash {typed}", os.devnull])
        except AssertionError:
            print(self.logs())
            raise

    @property
    def _compose_of_old(self) -> str:
        """`docker compose` where there is only `docker-compose`."""
        if self._command != ("docker-compose",):
            return ""
        return 'docker() { if [ "$1" = compose ]; then shift; docker-compose "$@"; else command docker "$@"; fi; }\n'

    def script(self, name: str, *arguments: str) -> str:
        """Run a script of deploy/ as a user does."""
        return self._run([str(self.folder / "deploy" / name), *arguments], check=True)

    def tell(self, url: str) -> None:
        """Let the rules name a receiver."""
        (self.folder / "config/rules.yaml").write_text(RULES.format(url=url), encoding="utf-8")

    def containers(self) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of each container of this project, by name."""
        ids = self._run(["docker", "ps", "-aq", "--filter", f"label=com.docker.compose.project={PROJECT}"]).split()
        found = json.loads(self._run(["docker", "inspect", *ids])) if ids else []
        return {each["Name"].lstrip("/"): each for each in found}

    def healthy(self) -> bool:
        """Whether every container that keeps running says that it is well."""
        states = [
            each["State"]
            for each in self.containers().values()
            if each["HostConfig"]["RestartPolicy"]["Name"] == "always"
        ]
        return bool(states) and all(state.get("Health", {}).get("Status") == "healthy" for state in states)

    def ask(self, service: str, path: str) -> Any:
        """What a service answers to its reader, as JSON."""
        request = urllib.request.Request(  # noqa: S310  our own address
            f"{self.url(service)}{path}", headers={"authorization": f"Bearer {self.key}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def logs(self) -> str:
        return self.compose("logs", "--no-color", "--tail", "40", check=False)

    def destroy(self) -> None:
        """Everything goes, data included; only the images stay."""
        self.compose("--profile", "monitoring", "down", "-v", "--remove-orphans", "-t", "20", check=False)

    def _run(self, command: list[str], *, check: bool = True) -> str:
        done = subprocess.run(  # noqa: S603  our own commands
            command,
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout
