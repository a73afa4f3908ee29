"""One trace shows the way of a shock from its push to its webhook; a collector that is away changes nothing."""

import httpx2
import pytest
from support.http_peer import HttpPeer
from support.lanes import rows
from support.otlp import Collector, Span, collector, tree
from support.waiting import eventually

from foreshock_shared.contracts.streams import STORED, Lane
from foreshock_shared.runtime.redis import connect
from foreshock_stack.child import ChildStack
from foreshock_stack.load import Load, directive, posts
from foreshock_stack.receiver import Receiver

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
ORDER = directive("the-one") | {"native_id": "order-1", "lang": "en"}
WAY = [
    "ingest: POST /v1/posts",
    "  classify: process post.ingested.urgent",
    "    store: process post.classified.urgent",
    "      notify: process post.stored.urgent",
    "        notify: decide",
    "        notify: deliver desk",
]


def traced(stack: ChildStack, url: str, **more: str) -> None:
    stack.variables |= {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "100"} | more


async def push(client: httpx2.AsyncClient, stack: ChildStack, rows: object, traceparent: str = "") -> list[str]:
    headers = {"traceparent": traceparent} if traceparent else {}
    answer = await client.post(f"{stack.environment.address('ingest')}/v1/posts", json=rows, headers=headers)
    assert answer.status_code == 202, answer.text
    return list(answer.json()["accepted"])


def of_the_shock(seen: Collector) -> list[Span]:
    """Without the spans of the noise that came in the same push, which goes its way by the normal lanes."""
    return [span for span in seen.trace(TRACE) if "urgent" in span.name or not span.name.startswith("process")]


async def test_one_trace_shows_a_shock_from_its_push_to_its_webhook(
    stack: ChildStack, client: httpx2.AsyncClient, http_peer: HttpPeer
) -> None:
    rules = stack.environment.config_dir / "rules.yaml"
    rules.write_text(
        "receivers:\n"
        f"  - {{name: desk, url: '{http_peer.url}', secret_env: DESK_SECRET, allow_private_addresses: true}}\n"
        "rules: [{name: shocks, when: {shock: true}, send_to: [desk]}]\n"
    )
    with collector() as seen:
        traced(stack, seen.url)
        await stack.start()
        noise = list(posts(Load(40, run="noise")))
        [order, *_] = await push(client, stack, [ORDER, *noise], f"00-{TRACE}-{CALLER}-01")
        await eventually(lambda: tree(of_the_shock(seen)) == WAY, within=20)
        spans, chosen = seen.trace(TRACE), of_the_shock(seen)
        first, judged, kept, weighed, decided, told = chosen
        assert first.parent == CALLER
        assert first.kind == "server"
        assert first.attributes["foreshock.posts"] == 41
        assert first.attributes["http.response.status_code"] == 202
        assert {judged.kind, kept.kind, weighed.kind} == {"consumer"}
        assert judged.attributes["messaging.system"] == "redis"
        assert judged.attributes["messaging.consumer.group.name"] == "classify"
        assert judged.attributes["foreshock.shock"] is True
        assert kept.attributes["foreshock.post.id"] == weighed.attributes["foreshock.post.id"] == order
        assert decided.attributes["foreshock.post.id"] == order
        assert decided.attributes["foreshock.decision.reason"]
        assert told.kind == "client"
        assert told.attributes["http.response.status_code"] == 204
        assert told.attributes["foreshock.incident.id"] == decided.attributes["foreshock.incident.id"]
        assert [span for span in spans if span.failed] == []
        [webhook] = http_peer.requests
        assert webhook.headers["traceparent"] == f"00-{TRACE}-{told.id}-01"

        redis = connect(stack.addresses.redis)
        entries = await rows(redis, STORED.key(Lane.URGENT))
        await redis.aclose()
        assert f"00-{TRACE}-{kept.id}-01".encode() in {entry.get(b"traceparent") for entry in entries}
        said = b"".join(request.body for request in seen.requests)
        assert ORDER["text"].encode() not in said
        assert stack.stop() == 0


async def test_a_shock_is_traced_although_its_push_was_not_sampled_and_noise_is_not(
    stack: ChildStack, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    with collector() as seen:
        traced(stack, seen.url, OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
        await stack.start()
        [order, *_] = await push(client, stack, [ORDER, *posts(Load(40, run="noise"))])
        await eventually(lambda: receiver.received, within=5)
        await eventually(lambda: [span for span in seen.spans if span.name == "deliver desk"], within=20)
        [deliver] = [span for span in seen.spans if span.name == "deliver desk"]
        way = [line.removeprefix("  ") for line in WAY[1:]]
        await eventually(lambda: tree(seen.trace(deliver.trace)) == way, within=20)
        spans = seen.trace(deliver.trace)
        assert spans[0].attributes["foreshock.post.id"] == order
        others = {span.trace for span in seen.spans} - {deliver.trace}
        assert [span.name for span in seen.spans if span.trace in others and "ingest" in span.service] == []
        assert stack.stop() == 0


async def test_a_collector_that_is_away_holds_up_nothing_loses_nothing_and_is_told_of_once(
    stack: ChildStack, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    with collector() as seen:
        seen.refuse(400)
        traced(stack, seen.url, OTEL_BSP_MAX_QUEUE_SIZE="16", OTEL_BSP_MAX_EXPORT_BATCH_SIZE="16")
        await stack.start()
        accepted = [*await push(client, stack, [ORDER])]
        for each in posts(Load(60, run="noise")):
            accepted += await push(client, stack, each)
        await eventually(lambda: receiver.received, within=5)
        await eventually(lambda: _stored(client, stack, set(accepted)), within=20)
        await eventually(lambda: len(seen.requests) >= 6, within=20)
        log = stack.log.read_text()
        assert log.count("traces are lost") <= 4  # once a service
        assert "traces are lost" in log
        assert stack.stop() == 0


async def test_a_collector_that_never_was_does_not_hold_up_the_end(
    stack: ChildStack, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    with collector() as seen:
        nobody = seen.url
    traced(stack, nobody)
    await stack.start()
    await push(client, stack, [ORDER])
    await eventually(lambda: receiver.received, within=5)
    assert stack.stop() == 0


async def _stored(client: httpx2.AsyncClient, stack: ChildStack, ids: set[str]) -> bool:
    answer = await client.get(f"{stack.environment.address('store')}/v1/posts", params={"limit": 200})
    return ids <= {item["id"] for item in answer.json()["items"]}
