"""A real Alertmanager (Debian's) on a free port of loopback, for one test; it tells `http_peer` of every alert."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from signal import Signals
from typing import Any

import pytest
from support.http_peer import HttpPeer
from support.packages import debian

from foreshock_stack.servers.launch import command
from foreshock_stack.servers.server import free_port

CONFIGURATION = """\
route: {{receiver: peer, group_by: [incident_id], group_wait: 100ms, group_interval: 200ms, repeat_interval: 1h}}
receivers:
  - name: peer
    webhook_configs: [{{url: "{url}/from-alertmanager", send_resolved: true}}]
"""


class RealAlertmanager:
    """Alertmanager itself, asked over its API."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that fire."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=5) as answer:  # noqa: S310
            found: list[dict[str, Any]] = json.loads(answer.read())
            return found


@pytest.fixture
def alertmanager(tmp_path: Path, http_peer: HttpPeer) -> Iterator[RealAlertmanager]:
    program = debian("prometheus-alertmanager")
    configuration = tmp_path / "alertmanager.yml"
    configuration.write_text(CONFIGURATION.format(url=http_peer.url))
    port = free_port()
    started = [
        str(program),
        f"--config.file={configuration}",
        f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  Debian's own program
            command(started, on_parent_death=Signals.SIGKILL), stdout=log, stderr=log
        )
        try:
            yield RealAlertmanager(port)
        finally:
            process.terminate()
            process.wait(10)
