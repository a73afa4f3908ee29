"""Spans by OpenTelemetry, sent over OTLP/HTTP: the only module that knows either. Loaded where tracing is on only.

All is set by OpenTelemetry's own variables, which its SDK reads: OTEL_EXPORTER_OTLP_ENDPOINT (and _HEADERS, _TIMEOUT,
_CERTIFICATE, …), OTEL_TRACES_SAMPLER with OTEL_TRACES_SAMPLER_ARG, OTEL_BSP_MAX_QUEUE_SIZE, OTEL_RESOURCE_ATTRIBUTES.

Guarantees:
- A span that ends goes into a bounded queue of this process and is sent by a thread of its own. With the queue full it
  is dropped. Nobody waits for a collector, nor hears of its errors but the log, once for each time that it is away.
- Sampling is the SDK's, by default everything, by the parent where there is one; besides, what begins as a shock is
  kept whatever it says.
"""

import logging
import threading
import time
from collections.abc import MutableMapping, Sequence
from typing import Any, Final

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, StatusCode, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes as OtelAttributes
from structlog import get_logger
from typing_extensions import override

from foreshock_shared.runtime.tracing import SHOCK, Attributes, Kind, Span

log = get_logger()

PUSH: Final = "/v1/posts"
FLUSH_SECONDS: Final = 2.0
"""How long an end waits for what is still to be sent; a service has eight seconds in all."""

_KINDS: Final = {Kind.INTERNAL: SpanKind.INTERNAL, Kind.CLIENT: SpanKind.CLIENT, Kind.CONSUMER: SpanKind.CONSUMER}
_W3C: Final = TraceContextTextMapPropagator()


class _Span:
    """A span of OpenTelemetry."""

    def __init__(self, span: trace.Span) -> None:
        self.span = span
        self.traceparent = _written(span)

    def note(self, attributes: Attributes) -> None:
        self.span.set_attributes(dict(attributes))

    def fail(self, error: str) -> None:
        self.span.set_status(StatusCode.ERROR)
        self.span.set_attribute("error.type", error)

    def end(self) -> None:
        self.span.end()


class OpenTelemetry:
    """The tracer of this process."""

    def __init__(self, service: str, replica: str, endpoint: str) -> None:
        self._provider = TracerProvider(
            resource=Resource.create(
                {
                    "service.name": f"foreshock-{service}",
                    "service.namespace": "foreshock",
                    "service.instance.id": replica,
                }
            ),
            shutdown_on_exit=False,
        )
        self._provider.sampler = _ShocksToo(self._provider.sampler)
        self._provider.add_span_processor(BatchSpanProcessor(_ToldOnce(OTLPSpanExporter(), endpoint)))
        self._tracer = self._provider.get_tracer("foreshock")

    def begin(self, name: str, kind: Kind, parent: str | None, attributes: Attributes, began: float | None) -> Span:
        at = None if began is None else int(began * 1e9)
        context = None if parent is None else _W3C.extract({"traceparent": parent}, Context())
        return _Span(self._tracer.start_span(name, context, _KINDS[kind], dict(attributes), start_time=at))

    def current(self) -> str | None:
        return _written(trace.get_current_span())

    def within(self, span: Span) -> Any:
        if not isinstance(span, _Span):
            raise TypeError("a span of another tracer")
        return trace.use_span(span.span, record_exception=False, set_status_on_exception=False)

    def note(self, attributes: Attributes) -> None:
        trace.get_current_span().set_attributes(dict(attributes))

    def of_requests(self) -> TelemetryConfig:
        """Pushes only: what others read here, and the questions of a health check, are not on a post's way."""
        return {
            "tracer_provider": self._provider,
            "tracing": True,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
            "exclude": _is_no_push,
        }

    def close(self) -> None:
        ending = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(FLUSH_SECONDS)


def _is_no_push(scope: MutableMapping[str, Any]) -> bool:
    return scope.get("path") != PUSH


def _written(span: trace.Span) -> str | None:
    found = span.get_span_context()
    if not found.is_valid:
        return None
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags & 1:02x}"


class _ShocksToo(Sampler):
    """Keeps what begins as a shock; of all else what another sampler keeps."""

    def __init__(self, others: Sampler) -> None:
        self._others = others

    @override
    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: OtelAttributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if attributes and attributes.get(SHOCK):
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, trace_state)
        return self._others.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    @override
    def get_description(self) -> str:
        return f"ShocksToo{{{self._others.get_description()}}}"


class _Reason(logging.Filter):
    """Keeps what the exporter has to complain of, and lets none of it through."""

    last = ""

    def filter(self, record: logging.LogRecord) -> bool:
        self.last = record.getMessage()[:300]
        return False


class _ToldOnce(SpanExporter):
    """An exporter whose trouble is told when it begins and when it is over."""

    def __init__(self, exporter: SpanExporter, endpoint: str) -> None:
        self._exporter = exporter
        self._endpoint = endpoint
        self._lost_since: float | None = None
        self._reason = _Reason()
        for name in ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.sdk._shared_internal"):
            logging.getLogger(name).addFilter(self._reason)

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS and self._lost_since is None:
            self._lost_since = time.monotonic()
            log.warning(
                "traces are lost, and nothing else: the collector does not take them",
                endpoint=self._endpoint,
                error=self._reason.last,
            )
        elif result is SpanExportResult.SUCCESS and self._lost_since is not None:
            log.info("traces are taken again", after_seconds=round(time.monotonic() - self._lost_since))
            self._lost_since = None
        return result

    @override
    def shutdown(self) -> None:
        self._exporter.shutdown()
