"""A real peer for traces: receives OTLP over HTTP as a collector does, and reads it by OpenTelemetry's own protocol."""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2
from support.http_peer import Answer, HttpPeer, Request

from foreshock_shared.runtime import tracing

KINDS = {2: "server", 3: "client", 5: "consumer", 1: "internal"}


@dataclass(frozen=True, slots=True)
class Span:
    """A span as it was sent."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    """Empty: the first of its trace."""
    began: int
    ended: int
    failed: bool
    attributes: Mapping[str, Any]


class Collector:
    """What was sent to it."""

    def __init__(self, peer: HttpPeer) -> None:
        self._peer = peer

    @property
    def url(self) -> str:
        return self._peer.url

    @property
    def requests(self) -> list[Request]:
        return self._peer.requests

    def refuse(self, status: int | None = 503) -> None:
        """From now on answer this; None: take what comes."""
        self._peer.answer(Answer(200) if status is None else Answer(status))

    @property
    def spans(self) -> list[Span]:
        """Every span that has come, in the order of their beginnings."""
        return sorted((span for request in self._peer.requests for span in _read(request)), key=lambda span: span.began)

    def trace(self, trace_id: str) -> list[Span]:
        return [span for span in self.spans if span.trace == trace_id]


@contextmanager
def collector(host: str = "127.0.0.1") -> Iterator[Collector]:
    peer = HttpPeer(host)
    peer.answer(Answer(200))
    try:
        yield Collector(peer)
    finally:
        peer.close()


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Tracing is on in this process, as of service `test`, and this is where it goes."""
    with collector() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
        tracing.start("test", "replica-1", found.url)
        yield found
        tracing.stop()


def tree(spans: list[Span]) -> list[str]:
    """A trace as indented lines, children below their parents, in the order of their beginnings."""
    known = {span.id for span in spans}

    def below(parent: str, depth: int) -> Iterator[str]:
        for span in spans:
            if span.parent == parent or (depth == 0 and span.parent not in known):
                yield f"{'  ' * depth}{span.service}: {span.name}"
                yield from below(span.id, depth + 1)

    return list(below("", 0))


def _read(request: Request) -> Iterator[Span]:
    assert request.path == "/v1/traces"
    body = gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body
    found = ExportTraceServiceRequest.FromString(body)
    for resource in found.resource_spans:
        service = str(_plain(resource.resource.attributes)["service.name"])
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    service.removeprefix("foreshock-"),
                    span.name,
                    KINDS[span.kind],
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
                    _plain(span.attributes),
                )


def _plain(attributes: Any) -> dict[str, Any]:
    def value(of: AnyValue) -> Any:
        return getattr(of, of.WhichOneof("value") or "string_value")

    return {each.key: value(each.value) for each in attributes}
