"""Measurements of a running stack from outside: how much it carries, how fast it tells."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

import asyncpg

from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.child import ChildStack
from foreshock_stack.commands.replay import client
from foreshock_stack.load import Load, posts
from foreshock_stack.pacing import Batcher, at_rate
from foreshock_stack.push import Accepted, Pusher
from foreshock_stack.receiver import Receiver

LIMIT_SECONDS: Final = 300.0
"""A measurement that takes longer has failed."""
POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Throughput:
    """From the first push until the last post was stored, counted in Postgres."""

    posts: int
    seconds: float
    pushed_seconds: float
    """Until ingest had accepted the last one."""

    @property
    def per_second(self) -> float:
        return self.posts / self.seconds


@dataclass(frozen=True, slots=True)
class Latency:
    """From the push of a post that alerts to the arrival of its webhook, in milliseconds."""

    rate: float
    """Posts a second that were really pushed meanwhile."""
    pushed: int
    """Posts that were to alert."""
    told: int
    """How many of them opened an incident that reached the receiver."""
    p50: float
    p99: float
    worst: float


async def throughput(stack: ChildStack, load: Load) -> Throughput:
    """Push a load as fast as it is accepted, and wait until it is stored."""
    connection = await asyncpg.connect(stack.addresses.database_admin)
    try:
        before = await _stored(connection)
        began = time.monotonic()
        accepted = await push(stack, load, rate=0, on_accepted=lambda _: None)
        pushed = time.monotonic() - began
        await until(lambda: _reached(connection, before + accepted), f"{accepted} posts to be stored")
        return Throughput(accepted, time.monotonic() - began, pushed)
    finally:
        await connection.close()


async def latency(stack: ChildStack, receiver: Receiver, load: Load, rate: int) -> Latency:
    """Push a load at a steady rate and time each post that opens an incident."""
    pushed_at: dict[str, float] = {}

    def note(accepted: Accepted) -> None:
        pushed_at.update(dict.fromkeys(accepted.ids, accepted.began))

    already = len(receiver.received)
    began = time.monotonic()
    accepted = await push(stack, load, rate, note)
    seconds = time.monotonic() - began
    wanted = load.count // load.directive_every

    def opened() -> dict[str, float]:
        """The post that opened each incident, and when its webhook came."""
        news = [each for each in receiver.received[already:] if each.data.get("revision") == 1]
        return {each.data["posts"][0]["id"]: each.at for each in news}

    async def all_told() -> bool:
        return len(opened()) >= wanted

    await until(all_told, "webhooks", within=10, required=False)
    times = sorted((at - pushed_at[post]) * 1000 for post, at in opened().items() if post in pushed_at)
    if len(times) < 2:
        raise DependencyUnavailable(f"only {len(times)} of {wanted} alerting posts were told; see {stack.log}")
    cuts = quantiles(times, n=100, method="inclusive")
    return Latency(accepted / seconds, wanted, len(times), cuts[49], cuts[98], times[-1])


async def push(stack: ChildStack, load: Load, rate: int, on_accepted: Callable[[Accepted], None]) -> int:
    """Push a load at a rate (0: as fast as it is accepted); how many posts were accepted."""
    async with client(stack.environment.address("ingest"), stack.key) as http:
        totals = await Pusher(http, Batcher(at_rate(posts(load), rate), 200), on_accepted).run()
    if totals.rejected:
        raise DependencyUnavailable(f"ingest refused {totals.rejected} posts: {totals.reasons.most_common(1)}")
    return totals.accepted


async def _stored(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM store.post_keys"))


async def _reached(connection: asyncpg.Connection, count: int) -> bool:
    return await _stored(connection) >= count


async def until(
    holds: Callable[[], Awaitable[bool]], what: str, within: float = LIMIT_SECONDS, *, required: bool = True
) -> None:
    """Wait until something holds. Raises DependencyUnavailable where it never does and is required."""
    deadline = time.monotonic() + within
    while not await holds():
        if time.monotonic() > deadline:
            if required:
                raise DependencyUnavailable(f"waited {within:.0f} s in vain for {what}")
            return
        await asyncio.sleep(POLL_SECONDS)
