"""A lively quarter of an hour in the life of a stack, for pictures of the dashboards.

Ordinary posts at a rate that swells and falls; an invented afternoon with a directive that is told, confirmed, made
official and lifted; orders of other agencies; a receiver that fails for a while and one that is gone, a feed that goes
silent, a service that is killed, posts that are no posts. A real Prometheus watches. Nothing in it is real.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from support.feeds import feed, item
from support.http_peer import Answer, HttpPeer, Request
from support.prometheus import RealPrometheus, prometheus

from foreshock_shared.contracts.streams import INGESTED, Lane
from foreshock_shared.runtime.redis import connect
from foreshock_stack.child import ChildStack
from foreshock_stack.demo.stage import timeline
from foreshock_stack.environment import SERVICES
from foreshock_stack.feed import Dated, Rebase, opened, read
from foreshock_stack.load import Load, directive, posts
from foreshock_stack.pacing import schedule
from foreshock_stack.receiver import Receiver, new_secret

SCRAPE = "2s"
CANARY_SECONDS = 10
RULES = """\
receivers:
  - {{name: desk, url: "{desk}", secret_env: DESK_SECRET, allow_private_addresses: true}}
  - {{name: gateway, url: "{peer}/gateway", secret_env: DESK_SECRET, allow_private_addresses: true}}
  - {{name: old-pager, url: "{peer}/gone", secret_env: DESK_SECRET, allow_private_addresses: true}}
  - {{name: deadman, url: "{desk}", secret_env: DESK_SECRET, allow_private_addresses: true}}
rules:
  - {{name: policy-shock, when: {{shock: true}}, send_to: [desk, gateway]}}
  - {{name: pager, when: {{shock: true, urgency_at_least: critical}}, send_to: [old-pager]}}
canary: {{send_to: [deadman]}}
"""
SOURCES = """\
sources:
  - {{name: gazette, kind: feed, url: "{peer}/gazette", interval: 2s, tier: official, allow_private_addresses: true}}
  - {{name: register, kind: feed, url: "{peer}/register", interval: 5s, tier: official, allow_private_addresses: true}}
  - {{name: lab-blog, kind: feed, url: "{peer}/blog", interval: 3s, allow_private_addresses: true}}
"""
WORDS = "The office publishes rules on reports about AI models, number"
CHANGED = "Other words under a known id."


@dataclass(frozen=True, slots=True)
class Scene:
    """What is running."""

    stack: ChildStack
    server: RealPrometheus
    peer: HttpPeer
    client: httpx2.AsyncClient


@dataclass
class _World:
    """What answers outside of the stack, as the story goes on."""

    gateway_fails: bool = False
    register_fails: bool = False
    issue: int = 1

    def answer(self, request: Request) -> Answer | None:
        if request.path == "/gone":
            return Answer(410)
        if request.path == "/gateway":
            return Answer(503) if self.gateway_fails else Answer(204, after=0.04)
        if request.path == "/register" and self.register_fails:
            return Answer(502)
        number = self.issue if request.path == "/gazette" else self.issue // 4 + 1
        return Answer(200, body=feed(*(item(each, f"{WORDS} {each}") for each in range(number, number + 3))))


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """A stack with its receivers and feeds, and a Prometheus that watches it; all of it ends with the block."""
    secret, peer = new_secret(), HttpPeer()
    with Receiver(secret) as receiver:
        stack = ChildStack(folder, receiver.url, secret)
        config = stack.environment.config_dir
        (config / "rules.yaml").write_text(RULES.format(desk=receiver.url, peer=peer.url), encoding="utf-8")
        (config / "sources.yaml").write_text(SOURCES.format(peer=peer.url), encoding="utf-8")
        stack.variables["FORESHOCK_CANARY_SECONDS"] = str(CANARY_SECONDS)
        peer.answer_by(_World().answer)
        try:
            await stack.start()
            ports = {name: stack.environment.port(name) for name in SERVICES}
            headers = {"authorization": f"Bearer {stack.key}"}
            with prometheus(folder / "prometheus", ports, SCRAPE) as server:
                async with httpx2.AsyncClient(headers=headers, timeout=10, trust_env=False) as client:
                    await server.ready()
                    yield Scene(stack, server, peer, client)
                await server.close()
        finally:
            stack.stop()
            peer.close()


async def live(scene: Scene, seconds: float) -> None:
    """Let the story pass."""
    world = _World()
    scene.peer.answer_by(world.answer)
    await asyncio.gather(
        _everyday(scene, seconds),
        _afternoon(scene, seconds * 0.15, seconds * 0.75),
        _orders(scene, seconds),
        _readers(scene, seconds),
        _changes(world, scene, seconds),
    )


async def _everyday(scene: Scene, seconds: float) -> None:
    """A firehose that swells and falls, and now and then something that is refused."""
    second = 0
    began = asyncio.get_running_loop().time()
    while (passed := asyncio.get_running_loop().time() - began) < seconds:
        second += 1
        count = max(10, int(90 + 70 * math.sin(passed / seconds * 4 * math.pi) + 25 * math.sin(passed / 7)))
        rows = list(posts(Load(count, run=f"everyday-{second}", seed=second)))
        await _push(scene, rows)
        if second % 5 == 0:
            await _push(scene, rows[:20])
        if second % 40 == 0:
            await _push(scene, [rows[0] | {"text": CHANGED}, {"source": "press"}])
        await asyncio.sleep(max(0.0, began + second - asyncio.get_running_loop().time()))  # the pace of a stream


async def _afternoon(scene: Scene, begin: float, length: float) -> None:
    with opened(timeline()) as recording:
        told = [each for each in read(recording.lines, "timeline") if isinstance(each, Dated)]
    dates = [each.date for each in told if each.date]
    speed = (max(dates) - min(dates)).total_seconds() / length
    await asyncio.sleep(begin)
    began = asyncio.get_running_loop().time()
    for due in schedule(told, speed, Rebase(datetime.now(UTC))):
        await asyncio.sleep(max(0.0, began + due.at - asyncio.get_running_loop().time()))
        await _push(scene, [due.row])


async def _orders(scene: Scene, seconds: float) -> None:
    """Orders of other agencies, which nobody lifts."""
    for number in range(6):
        await asyncio.sleep(seconds / 7)
        await _push(scene, [directive(f"order-{number}") | {"native_id": f"order-{number}", "lang": "en"}])


async def _readers(scene: Scene, seconds: float) -> None:
    """People and programs that read what is stored and told; now and then somebody asks for what is not there."""
    began = asyncio.get_running_loop().time()
    asked = ("store/v1/posts?shock=true", "store/v1/posts?q=export", "notify/v1/incidents", "notify/v1/deliveries")
    while asyncio.get_running_loop().time() - began < seconds:
        for service, _, path in (each.partition("/") for each in (*asked, f"notify/v1/incidents/{uuid4()}")):
            with suppress(httpx2.TransportError):  # the store is killed once; whoever reads then comes again
                await scene.client.get(f"{scene.stack.environment.address(service)}/{path}")
            await asyncio.sleep(0.3)


async def _changes(world: _World, scene: Scene, seconds: float) -> None:
    """What happens when, in hundredths of the whole; the feeds have something new with each."""
    for hundredth in range(100):
        await asyncio.sleep(seconds / 100)
        world.issue += 1
        match hundredth:
            case 25:
                world.gateway_fails = True
            case 35:
                world.register_fails = True
            case 45:
                await _spoil(scene)
            case 50:
                scene.stack.crash("foreshock_store")
            case 60:
                world.gateway_fails = False


async def _spoil(scene: Scene) -> None:
    """Something on the first stream that nobody can read."""
    redis = connect(scene.stack.addresses.redis)
    await redis.xadd(INGESTED.key(Lane.NORMAL), {"data": "no post"})
    await redis.aclose()


async def _push(scene: Scene, rows: list[dict[str, Any]]) -> None:
    """What is refused among them is part of the story."""
    await scene.client.post(f"{scene.stack.environment.address('ingest')}/v1/posts", json=rows)
