"""A real Prometheus (Debian's) on a free port of loopback, with our configuration and rules, at a test's pace."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import Signals
from typing import Any

import httpx2
import yaml
from support.metrics import ROOT
from support.packages import debian
from support.waiting import eventually

from foreshock_stack.servers.launch import command
from foreshock_stack.servers.server import free_port

CONFIGURATION = ROOT / "deploy" / "prometheus" / "prometheus.yml"
PACE = "500ms"


class RealPrometheus:
    """Prometheus itself, asked over its API."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx2.AsyncClient(base_url=self.url, timeout=10, trust_env=False)

    async def ready(self) -> None:
        async def answers() -> bool:
            return (await self._client.get("/-/ready")).status_code == 200

        await eventually(answers, within=30)

    async def ask(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression gives now; fails where it is no expression."""
        answer = await self._client.post("/api/v1/query", data={"query": expression})
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    async def rules(self) -> list[dict[str, Any]]:
        """Every rule that it has loaded, with how its last evaluation went."""
        groups = (await self._client.get("/api/v1/rules")).json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    async def exemplars(self, expression: str) -> list[dict[str, Any]]:
        """The labels of every exemplar of the last hour of the series that an expression names."""
        now = time.time()
        asked = {"query": expression, "start": str(now - 3600), "end": str(now + 60)}
        answer = await self._client.post("/api/v1/query_exemplars", data=asked)
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        return [each["labels"] for series in answer.json()["data"] for each in series["exemplars"]]

    async def close(self) -> None:
        await self._client.aclose()


def features() -> list[str]:
    """Those that compose.yaml switches on."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return [each for each in compose["services"]["prometheus"]["command"] if each.startswith("--enable-feature=")]


@contextmanager
def prometheus(folder: Path, ports: Mapping[str, int], pace: str = PACE) -> Iterator[RealPrometheus]:
    """Prometheus with our own file, but for the addresses of the jobs in `ports`, the other jobs, and the pace."""
    program = debian("prometheus")
    settings = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))
    settings["global"] = {"scrape_interval": pace, "evaluation_interval": pace}
    settings["rule_files"] = [str(CONFIGURATION.parent / pattern) for pattern in settings["rule_files"]]
    settings["alerting"] = {}
    settings["scrape_configs"] = [
        {"job_name": job["job_name"], "static_configs": [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]}
        for job in settings["scrape_configs"]
        if job["job_name"] in ports
    ]
    assert len(settings["scrape_configs"]) == len(ports)
    folder.mkdir()
    configuration = folder / "prometheus.yml"
    configuration.write_text(yaml.safe_dump(settings), encoding="utf-8")
    port = free_port()
    started = [
        str(program),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
        *features(),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  Debian's own program
            command(started, on_parent_death=Signals.SIGKILL), stdout=log, stderr=log, cwd=folder
        )
        try:
            yield RealPrometheus(port)
        finally:
            process.terminate()
            process.wait(20)
