"""Do receivers that are broken slow down the others? Measured in one run: the same load with and without them.

Twenty receivers are told of every shock; of these one never answers and one always answers 500. The rules file of a
running stack goes to and fro between all twenty and the eighteen that are well, so that both are measured on the same
stack in the same minutes. What counts is the time from the push of a post to its arrival at each of the eighteen.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import quantiles
from typing import Final, TypeAlias

from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.child import ChildStack
from foreshock_stack.load import Load, Mix
from foreshock_stack.measure import push, until
from foreshock_stack.probe import ask
from foreshock_stack.push import Accepted
from foreshock_stack.receiver import Receiver

WELL: Final = 18
TURNS: Final = 3
"""How often both are measured, one after the other."""

ALERTS_A_SECOND: Final = 2
ARRIVE_WITHIN: Final = 15.0


Arrival: TypeAlias = tuple[float, float]
"""Milliseconds since the push of the post, and since the decision."""


@dataclass(frozen=True, slots=True)
class Times:
    """From push to arrival at the receivers that are well, in milliseconds."""

    arrivals: int
    p50: float
    p99: float
    decided_p50: float
    """From the decision, which is notify's own part."""
    decided_p99: float


@dataclass(frozen=True, slots=True)
class Isolation:
    """The receivers that are well, without the broken ones and with them."""

    rate: int
    alone: Times
    among_broken: Times

    @property
    def ratio(self) -> float:
        """How many times as long the p99 is with the broken ones."""
        return self.among_broken.p99 / self.alone.p99


async def isolation(stack: ChildStack, receiver: Receiver, rate: int, seconds: int) -> Isolation:
    """Measure a stack that runs; its rules are overwritten."""
    taken: dict[bool, list[Arrival]] = {False: [], True: []}
    with _broken() as (hanging, failing):
        for turn in range(TURNS):
            for broken in (False, True):
                names = _configure(stack, receiver.url, [hanging, failing] if broken else [])
                await _in_force(stack, names)
                load = Load(
                    rate * seconds,
                    Mix.FIREHOSE,
                    max(1, rate // ALERTS_A_SECOND),
                    f"isolation-{turn}-{broken}",
                    turn + 10,
                )
                taken[broken] += await _arrivals(stack, receiver, load, rate)
    return Isolation(rate, _times(taken[False]), _times(taken[True]))


async def _arrivals(stack: ChildStack, receiver: Receiver, load: Load, rate: int) -> list[Arrival]:
    pushed_at: dict[str, float] = {}

    def note(accepted: Accepted) -> None:
        pushed_at.update(dict.fromkeys(accepted.ids, accepted.began))

    already = len(receiver.received)
    await push(stack, load, rate, note)
    wanted = load.count // load.directive_every * WELL

    def arrived() -> list[Arrival]:
        news = [each for each in receiver.received[already:] if each.data["revision"] == 1]
        came = [(each.at, each.data["posts"][0]["id"], _moment(each.event["time"])) for each in news]
        return [
            ((at - pushed_at[post]) * 1000, (at - decided) * 1000) for at, post, decided in came if post in pushed_at
        ]

    async def all_told() -> bool:
        return len(arrived()) >= wanted

    await until(all_told, "webhooks", ARRIVE_WITHIN, required=False)
    found = arrived()
    if len(found) < wanted * 0.9:
        raise DependencyUnavailable(f"only {len(found)} of {wanted} webhooks came; see {stack.log}")
    return found


def _configure(stack: ChildStack, url: str, broken: list[str]) -> list[str]:
    """Write the rules, and answer the receivers' names."""
    urls = {f"well-{n:02}": f"{url}/{n}" for n in range(WELL)} | {f"broken-{n}": each for n, each in enumerate(broken)}
    entries = "".join(
        f"  - {{name: {name}, url: '{each}', secret_env: DESK_SECRET, allow_private_addresses: true}}\n"
        for name, each in urls.items()
    )
    rules = f"rules:\n  - {{name: policy-shock, when: {{shock: true}}, send_to: [{', '.join(urls)}]}}\n"
    path = stack.environment.config_dir / "rules.yaml"
    path.with_suffix(".new").write_text(f"receivers:\n{entries}{rules}", encoding="utf-8")
    path.with_suffix(".new").replace(path)
    return sorted(urls)


async def _in_force(stack: ChildStack, names: list[str]) -> None:
    async def holds() -> bool:
        reply = await ask(stack.environment.port("notify"), "/readyz")
        return (
            reply is not None
            and all(f'"{name}"' in reply.body for name in names)
            and (len(names) > WELL or '"broken-0"' not in reply.body)
        )

    await until(holds, "the rules to be in force", 30)


def _times(taken: list[Arrival]) -> Times:
    whole, decided = (quantiles(each, n=100, method="inclusive") for each in zip(*taken, strict=True))
    return Times(len(taken), whole[49], whole[98], decided[49], decided[98])


def _moment(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


@contextmanager
def _broken() -> Iterator[tuple[str, str]]:
    """The addresses of a receiver that takes connections and never answers, and of one that always answers 500."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as hanging:
        failing = ThreadingHTTPServer(("127.0.0.1", 0), _Failing)
        thread = threading.Thread(target=failing.serve_forever, name="failing", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{hanging.getsockname()[1]}/", f"http://127.0.0.1:{failing.server_address[1]}/"
        finally:
            failing.shutdown()
            failing.server_close()
            thread.join()


class _Failing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(500)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the signature is the server's
        """Say nothing."""
