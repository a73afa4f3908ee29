"""`./run bench`: what this machine carries, in one report.

The stack is one of its own on a temporary folder, started by the command that users type, with every write fsynced. The
generator of the load and the receiver run on the same machine and are part of what is measured.
"""

import asyncio
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import asyncpg
from rich.console import Console
from rich.table import Table

from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.child import ChildStack, memory
from foreshock_stack.isolation import TURNS, Isolation, isolation
from foreshock_stack.load import PRESS, Load, Mix
from foreshock_stack.measure import Latency, Throughput, latency, throughput
from foreshock_stack.receiver import Receiver, new_secret

ALERTS_A_SECOND: Final = 5
FLOOD_ALERTS: Final = 100
SETTLE_SECONDS: Final = 5.0
"""After start, before memory counts as idle."""
TRAVERSABLE: Final = 0o711


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    posts: int = 50_000
    rate: int = 500
    seconds: int = 30
    isolation: bool = False
    """Measure what broken receivers do to the others, and nothing else."""


@dataclass(slots=True)
class Report:
    """All figures of one run."""

    machine: dict[str, Any]
    plan: Plan
    ready_first: float = 0.0
    ready_again: float = 0.0
    idle_bytes: int = 0
    loaded_bytes: int = 0
    firehose: Throughput | None = None
    relevant: Throughput | None = None
    latency: Latency | None = None
    flooded: Latency | None = None
    isolation: Isolation | None = None
    notes: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[str, str]]:
        """What a person reads."""
        if self.firehose:
            yield "firehose, 5 % relevant", _rate(self.firehose)
        if self.relevant:
            yield "all posts relevant", _rate(self.relevant)
        for told, what in ((self.latency, ""), (self.flooded, ", all that is accepted")):
            if told:
                times = f"p50 {told.p50:,.0f} ms, p99 {told.p99:,.0f} ms, worst {told.worst:,.0f} ms"
                yield (
                    f"push to webhook at {told.rate:,.0f} posts/s{what}",
                    f"{times} ({told.told} of {told.pushed} told)",
                )
        if kept := self.isolation:
            for name, taken in (
                ("18 receivers, all well", kept.alone),
                ("the same beside 2 broken", kept.among_broken),
            ):
                yield name, f"p50 {taken.p50:,.0f} ms, p99 {taken.p99:,.0f} ms ({taken.arrivals:,} arrivals)"
                yield "  from the decision", f"p50 {taken.decided_p50:,.0f} ms, p99 {taken.decided_p99:,.0f} ms"
            yield "p99 beside the broken ones", f"{kept.ratio:.2f} times"
        yield "memory of the whole stack", f"{_mb(self.idle_bytes)} idle, {_mb(self.loaded_bytes)} after the load"
        yield "ready", f"{self.ready_first:.1f} s the first time, {self.ready_again:.1f} s the second"


def run(plan: Plan, json_file: Path | None) -> int:
    """Measure, print the table, and write the figures."""
    console = Console()
    with _folder() as folder:
        secret = new_secret()
        with Receiver(secret) as receiver:
            stack = ChildStack(folder, receiver.url, secret)
            try:
                report = asyncio.run(_measure(stack, receiver, plan))
            finally:
                stack.kill()
    if json_file:
        json_file.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
    table = Table(title="Foreshock on this machine, fsync always", caption=_caption(report.machine))
    table.add_column("workload")
    table.add_column("figure")
    for row in report.rows():
        table.add_row(*row)
    console.print(table)
    return 0


async def _measure(stack: ChildStack, receiver: Receiver, plan: Plan) -> Report:
    say = Console(stderr=True).print
    say("starting a fresh stack, twice")
    first = await stack.start()
    if stack.stop() != 0:
        raise DependencyUnavailable(f"the stack did not stop in order:\n{stack.log_tail()}")
    again = await stack.start()
    report = Report(await _machine(stack), plan, first, again)
    await asyncio.sleep(SETTLE_SECONDS)
    report.idle_bytes = memory(stack.pid)
    if plan.isolation:
        say(f"pushing {plan.rate} posts/s for {2 * TURNS} times {plan.seconds} s, to 18 receivers and to 20")
        report.isolation = await isolation(stack, receiver, plan.rate, plan.seconds)
        report.loaded_bytes = memory(stack.pid)
        stack.stop()
        return report
    say(f"pushing {plan.posts:,} posts of a firehose")
    report.firehose = await throughput(stack, Load(plan.posts, Mix.FIREHOSE, run="firehose", seed=1))
    say(f"pushing {plan.posts // 2:,} relevant posts")
    report.relevant = await throughput(stack, Load(plan.posts // 2, Mix.RELEVANT, run="relevant", seed=2))
    say(f"pushing {plan.rate} posts/s for {plan.seconds} s, {ALERTS_A_SECOND} of them alerting")
    steady = Load(plan.rate * plan.seconds, Mix.FIREHOSE, max(1, plan.rate // ALERTS_A_SECOND), run="steady", seed=3)
    report.latency = await latency(stack, receiver, steady, plan.rate)
    say(
        f"pushing {plan.posts:,} posts as fast as they are accepted, {FLOOD_ALERTS} of them alerting, told by the press"
    )
    every = max(1, plan.posts // FLOOD_ALERTS)
    flood = Load(plan.posts, Mix.FIREHOSE, every, run="flood", seed=4, directive_source=PRESS)
    report.flooded = await latency(stack, receiver, flood, rate=0)
    report.loaded_bytes = memory(stack.pid)
    stack.stop()
    return report


async def _machine(stack: ChildStack) -> dict[str, Any]:
    redis = shared_redis.connect(stack.addresses.redis)
    postgres = await asyncpg.connect(stack.addresses.database_admin)
    try:
        server = await redis.info("server")
        return {
            "foreshock": version("foreshock-stack"),
            "python": platform.python_version(),
            "valkey": server.get("valkey_version", server["redis_version"]),
            "postgres": await postgres.fetchval("SHOW server_version"),
            "appendfsync": (await redis.config_get("appendfsync"))["appendfsync"],
            "synchronous_commit": await postgres.fetchval("SHOW synchronous_commit"),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        }
    finally:
        await redis.aclose()
        await postgres.close()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that the servers' user can reach, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="foreshock-bench-"))
    folder.chmod(TRAVERSABLE)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rate(measured: Throughput) -> str:
    return f"{measured.per_second:,.0f} posts/s ({measured.posts:,} in {measured.seconds:.1f} s)"


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _caption(machine: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in machine.items())
