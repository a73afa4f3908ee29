"""What watches a running stack: a real Prometheus finds something for every query that we ship, and Postgres too.

So much that every panel of every dashboard can be drawn from it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from prometheus_client import parser as classic
from prometheus_client.openmetrics import parser as openmetrics
from support.dashboards import Query, queries, statements, viewer
from support.feeds import feed, item
from support.http_peer import Answer, HttpPeer
from support.metrics import named_in, rules
from support.otlp import Collector, collector
from support.prometheus import PACE, RealPrometheus, prometheus
from support.waiting import eventually

import foreshock_dashboards
from foreshock_dashboards.picture.asking import Asking
from foreshock_dashboards.picture.document import Panel, read
from foreshock_dashboards.picture.page import picture
from foreshock_dashboards.picture.series import Span
from foreshock_dashboards.picture.sources import Postgres, Prometheus
from foreshock_dashboards.picture.variables import seconds
from foreshock_shared.contracts.streams import INGESTED, Lane
from foreshock_shared.runtime.redis import connect
from foreshock_stack.addresses import Addresses
from foreshock_stack.child import ChildStack
from foreshock_stack.environment import SERVICES
from foreshock_stack.load import Load, Mix, directive, posts
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
    "foreshock_rules_refused_total": "no file of rules is refused",
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
    """Within this block posts come in, again and again, some twice and some of them no posts, and are read."""

    async def push() -> None:
        run = 0
        while True:
            run += 1
            written = {"created_at": datetime.now(UTC).isoformat()}
            load = Load(40, Mix.RELEVANT, directive_every=10, run=f"run-{run}", seed=run)
            rows = [row | written for row in posts(load)]
            address = f"{stack.environment.address('ingest')}/v1/posts"
            for body in (rows, rows, [*rows[:1], {"source": "press"}], [rows[0] | {"text": "other words"}]):
                await client.post(address, json=body)
            for service, path in (("store", "/v1/posts"), ("notify", "/v1/incidents")):
                await client.get(f"{stack.environment.address(service)}{path}")
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
    found = await server.ask(query.expression.replace("$__rate_interval", "1m").replace("$__interval", "1m"))
    return [series["value"][1] for series in found if series["value"][1] != "NaN"]


async def test_every_query_of_every_panel_and_every_rule_finds_something(
    stack: ChildStack, client: httpx2.AsyncClient, own_folder: Path
) -> None:
    await stack.start()
    ports = {name: stack.environment.port(name) for name in SERVICES}
    address = await viewer(stack.addresses.database_admin)
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
            await _draw(server, address)
        await server.close()
    await _ask_postgres(address)


async def _draw(server: RealPrometheus, postgres: str) -> None:
    """Every panel, a minute ahead too: what is counted by the minute is there at the next full one only."""
    now = time.time()
    among = [read(path) for path in sorted(foreshock_dashboards.FOLDER.glob("*.json"))]
    async with Prometheus(server.url) as prometheus:
        for dashboard in among:
            asking = Asking(dashboard, prometheus, Postgres(postgres), Span(now - 60, now + 60), seconds(PACE))
            drawn = await picture(asking, among)
            panels = [panel for panel in dashboard.panels if panel.type != "row"]
            assert drawn.html.count("<section") == len(panels)
            assert set(drawn.empty) == {panel.title for panel in panels if _silent(panel)}, dashboard.title


def _silent(panel: Panel) -> bool:
    asked = [target.expr for target in panel.targets if target.expr]
    return bool(asked) and all(named_in(expression) & SILENT.keys() for expression in asked)


EXEMPLIFIED = (
    "foreshock_post_to_decision_seconds",
    "foreshock_creation_to_decision_seconds",
    "foreshock_delivery_seconds",
    "foreshock_delivery_attempt_seconds",
    "foreshock_batch_handling_seconds",
)


async def traces_of(server: RealPrometheus, series: str, post: str) -> set[str]:
    """The traces that exemplars of a post name."""
    return {each["trace_id"] for each in await server.exemplars(series) if each.get("post_id") == post}


def _are_there(seen: Collector, traces: set[str]) -> bool:
    return traces <= {span.trace for span in seen.spans}


async def test_a_slow_alert_leads_to_its_post_and_its_trace(
    stack: ChildStack, client: httpx2.AsyncClient, own_folder: Path, receiver: Receiver
) -> None:
    stack.variables["FORESHOCK_CANARY_SECONDS"] = "0"
    ports = {name: stack.environment.port(name) for name in SERVICES}
    with collector() as seen, prometheus(own_folder / "prometheus", ports) as server:
        stack.variables |= {"OTEL_EXPORTER_OTLP_ENDPOINT": seen.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        await stack.start()
        await server.ready()
        order = directive("the-one") | {"created_at": datetime.now(UTC).isoformat()}
        answer = await client.post(f"{stack.environment.address('ingest')}/v1/posts", json=order)
        [post] = answer.json()["accepted"]
        for name in EXEMPLIFIED:
            traces = await eventually(partial(traces_of, server, f"{name}_bucket", post), within=30, every=0.2)
            await eventually(partial(_are_there, seen, traces), within=10)
        await server.close()


async def test_what_every_service_counts_can_be_read_as_openmetrics(
    stack: ChildStack, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await stack.start()
    await client.post(f"{stack.environment.address('ingest')}/v1/posts", json=directive("the-one"))
    await eventually(lambda: receiver.received, within=5)
    for name in SERVICES:
        address = f"{stack.environment.address(name)}/metrics"
        asked = await client.get(address, headers={"accept": "application/openmetrics-text; version=1.0.0"})
        assert asked.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        plain = await client.get(address)
        assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
        read: Any = openmetrics.text_string_to_metric_families  # it has no types
        families = {family.name: family for family in read(asked.text)}
        same = {each.name for each in classic.text_string_to_metric_families(plain.text)}
        assert families.keys() == {each for each in same if not each.endswith("_created")}
        assert " # {" not in plain.text
        if name != "ingest":
            samples = families["foreshock_batch_handling_seconds"].samples
            assert [each.exemplar.labels["post_id"] for each in samples if each.exemplar]


async def _ask_postgres(address: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        for each in statements():
            assert await connection.fetch(each.expression), each.place
        with pytest.raises(asyncpg.PostgresError, match=r"read-only|permission"):
            await connection.execute("DELETE FROM notify.incidents")
        await connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM notify.incidents")
    finally:
        await connection.close()
