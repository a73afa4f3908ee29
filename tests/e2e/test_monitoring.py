"""What watches a running stack: a real Prometheus finds something for every query that we ship, and Postgres too."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import httpx2
import pytest
from support.dashboards import Query, queries, statements
from support.feeds import feed, item
from support.http_peer import Answer, HttpPeer
from support.metrics import ROOT, named_in, rules
from support.prometheus import RealPrometheus, prometheus
from support.waiting import eventually

from foreshock_shared.contracts.streams import INGESTED, Lane
from foreshock_shared.runtime.redis import connect
from foreshock_stack.addresses import Addresses
from foreshock_stack.child import ChildStack
from foreshock_stack.environment import SERVICES
from foreshock_stack.load import Load, Mix, posts
from foreshock_stack.receiver import Receiver, new_secret

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

SECRET = new_secret()
RULES = """\
receivers:
  - {{name: desk, url: "{desk}", secret_env: DESK_SECRET, allow_private_addresses: true}}
  - {{name: deadman, url: "{desk}", secret_env: DESK_SECRET, allow_private_addresses: true}}
  - {{name: broken, url: "{peer}/broken", secret_env: DESK_SECRET, allow_private_addresses: true}}
rules:
  - {{name: policy-shock, when: {{shock: true}}, send_to: [desk, broken]}}
canary: {{send_to: [deadman]}}
"""
SOURCES = """\
sources:
  - {{name: gazette, kind: feed, url: "{peer}/feed", interval: 1s, allow_private_addresses: true}}
  - {{name: gone, kind: feed, url: "{peer}/nothing", interval: 1s, allow_private_addresses: true}}
"""
SILENT = {
    "foreshock_delivery_outages_total": "nothing is away",
    "foreshock_entries_redelivered_total": "no replica is lost",
    "foreshock_groups_repaired_total": "nobody deletes a stream",
    "foreshock_ingest_refusals_total": "there is no strain",
    "foreshock_ingest_source_errors_total": "feeds that fail are asked again by themselves",
    "foreshock_receiver_refreshes_total": "no receiver is an Alertmanager",
    "foreshock_store_chore_failures_total": "none fails",
    "foreshock_shock_index": "a base period takes weeks",
    "foreshock_shock_index_low": "likewise",
    "foreshock_shock_index_high": "likewise",
    "foreshock:shock_index:avg_7d": "likewise",
    "foreshock_tellings_held_total": "no rule holds anything back",
}
"""Metrics that a stack which is well may not have, and why."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(SECRET) as receiver:
        yield receiver


@pytest.fixture
def stack(own_folder: Path, receiver: Receiver, http_peer: HttpPeer) -> Iterator[ChildStack]:
    """Not started yet: a feed that answers, one that does not, a receiver that does not either, quick canaries."""
    http_peer.answer_by(_answer)
    stack = ChildStack(own_folder, receiver.url, SECRET)
    folder = stack.environment.config_dir
    (folder / "rules.yaml").write_text(RULES.format(desk=receiver.url, peer=http_peer.url))
    (folder / "sources.yaml").write_text(SOURCES.format(peer=http_peer.url))
    stack.variables["FORESHOCK_CANARY_SECONDS"] = "1"
    yield stack
    stack.kill()


def _answer(request: object) -> Answer:
    path = getattr(request, "path", "")
    return Answer(200, body=feed(item(1))) if path == "/feed" else Answer(500)


@asynccontextmanager
async def replayed(client: httpx2.AsyncClient, stack: ChildStack) -> AsyncIterator[None]:
    """Within this block posts come in, again and again, some of them twice and some of them no posts."""

    async def push() -> None:
        run = 0
        while True:
            run += 1
            rows = list(posts(Load(40, Mix.RELEVANT, directive_every=10, run=f"run-{run}", seed=run)))
            address = f"{stack.environment.address('ingest')}/v1/posts"
            for body in (rows, rows, [*rows[:1], {"source": "press"}], [rows[0] | {"text": "other words"}]):
                await client.post(address, json=body)
            await asyncio.sleep(0.5)  # the pace of a stream, not a wait for anything

    pushing = asyncio.create_task(push())
    try:
        yield
    finally:
        pushing.cancel()
        with suppress(asyncio.CancelledError):
            await pushing


async def spoil(addresses: Addresses) -> None:
    """Put something on the first stream that nobody can read."""
    redis = connect(addresses.redis)
    await redis.xadd(INGESTED.key(Lane.NORMAL), {"data": "no post"})
    await redis.aclose()


async def unanswered(server: RealPrometheus, asked: list[Query]) -> list[Query]:
    """Those queries that give no series, or only such as are no numbers: a quantile of nothing, a part of nothing."""
    return [each for each in asked if not await numbers(server, each)]


async def numbers(server: RealPrometheus, query: Query) -> list[str]:
    found = await server.ask(query.expression.replace("$__rate_interval", "1m"))
    return [series["value"][1] for series in found if series["value"][1] != "NaN"]


async def test_every_query_of_every_panel_and_every_rule_finds_something(
    stack: ChildStack, client: httpx2.AsyncClient, own_folder: Path
) -> None:
    await stack.start()
    ports = {name: stack.environment.port(name) for name in SERVICES}
    recorded = [Query("rules", rule["record"], rule["record"]) for rule in rules() if "record" in rule]
    asked = [each for each in (*queries(), *recorded) if not named_in(each.expression) & SILENT.keys()]
    with prometheus(own_folder / "prometheus", ports) as server:
        await server.ready()
        async with replayed(client, stack):
            await spoil(stack.addresses)
            left = asked

            async def all_answered() -> bool:
                nonlocal left
                left = await unanswered(server, left)
                assert left == []
                return True

            await eventually(all_answered, within=60, every=0.5)
            loaded = await server.rules()
            assert {rule["name"] for rule in loaded} == {rule.get("alert") or rule["record"] for rule in rules()}
            assert [rule["name"] for rule in loaded if rule["health"] != "ok"] == []
            for silent in queries():
                await numbers(server, silent)  # at least they are valid
        await server.close()
    await _ask_postgres(stack.addresses)


async def _ask_postgres(addresses: Addresses) -> None:
    """As the role that Grafana has, made by the script that makes it."""
    script = (ROOT / "deploy" / "postgres" / "viewer.sh").read_text(encoding="utf-8")
    [making] = re.findall(r"<<'SQL'\n(.*)SQL\n", script, re.DOTALL)
    admin = await asyncpg.connect(addresses.database_admin)
    await admin.execute(making.replace(":'password'", "'a-password'"))
    await admin.close()
    viewer = await asyncpg.connect(addresses.database_admin, user="foreshock_viewer", password="a-password")
    try:
        for each in statements():
            assert await viewer.fetch(each.expression), each.place
        with pytest.raises(asyncpg.PostgresError, match=r"read-only|permission"):
            await viewer.execute("DELETE FROM notify.incidents")
        await viewer.execute("SET default_transaction_read_only = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await viewer.execute("DELETE FROM notify.incidents")
    finally:
        await viewer.close()
