"""Traces of containers, as `docs/tracing.md` says, at a collector of a user's own in the network of the services."""

from pathlib import Path

from containers.asking import arrives, order
from containers.docker import docker
from support.compose import MARKS, PROJECT, Deployed, bridge
from support.otlp import Collector, collector
from support.pages import Page
from support.waiting import eventually

from foreshock_stack.receiver import Receiver

pytestmark = MARKS

SETTINGS = Page("tracing.md").block("Switching it on", 1)
WAY_OUT = """
defaults
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen traces
    bind :4318
    server collector {address}
"""
"""The services' network has no way out, and the collector of the test runs on the machine."""
SERVICES = {"ingest", "classify", "store", "notify"}


async def test_one_trace_has_the_spans_of_all_four_services(deployed: Deployed, receiver: Receiver) -> None:
    ours = "".join(line for line in SETTINGS.splitlines(keepends=True) if not line.startswith("COMPOSE_PROFILES"))
    (deployed.folder / ".env").write_text(ours)
    deployed.shell("docker compose build")
    await deployed.up()
    with collector(bridge()) as found:
        way_out = deployed.folder / "way-out.cfg"
        way_out.write_text(WAY_OUT.format(address=found.url.removeprefix("http://")))
        try:
            stand(way_out)
            [post] = await deployed.push(order())
            await arrives(receiver, post)
            await eventually(lambda: whole(found), within=30)
        finally:
            docker("rm", "-f", "traces")


def stand(way_out: Path) -> None:
    """A container `traces` beside the services, which hands on what it gets."""
    mounted = ("-v", f"{way_out}:/way-out.cfg:ro", "--entrypoint", "haproxy")
    docker("run", "-d", "--name", "traces", *mounted, "foreshock-front:test", "-f", "/way-out.cfg")
    docker("network", "connect", "--alias", "traces", f"{PROJECT}_inner", "traces")


def whole(found: Collector) -> bool:
    """Whether some trace has been in every service."""
    return any({span.service for span in found.trace(each.trace)} >= SERVICES for each in found.spans)
