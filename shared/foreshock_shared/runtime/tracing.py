"""Where spans begin: all that the services know of tracing.

Off, which is the default, nothing of OpenTelemetry is loaded by us, and each call here costs one look at a variable.
On, `otel.py` does the work, the only module that knows OpenTelemetry.

A context is written as W3C writes it, `traceparent`: 00-<trace>-<span>-<flags>. Each post carries its own, from the
span that accepted it on; whoever handles a post puts the context of its own span in the place of the one that came.

Guarantees: no post's text, address or author is in a span. Tracing never fails, holds up or ends what it looks at.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from structlog import get_logger

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

log = get_logger()

Attributes: TypeAlias = Mapping[str, str | int | bool]

POST_ID: Final = "foreshock.post.id"
SHOCK: Final = "foreshock.shock"
"""A span that begins with this is kept whatever the sampling says: shocks are rare, and what one wants to see."""


class Kind(Enum):
    """What a span is to its surroundings, as OpenTelemetry has it."""

    INTERNAL = auto()
    CLIENT = auto()
    CONSUMER = auto()


class Span(Protocol):
    """Something that is going on."""

    @property
    def traceparent(self) -> str | None:
        """Its context, for who goes on from here; None where nothing is traced."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Say more of it."""
        ...

    def fail(self, error: str) -> None:
        """It went wrong, with an error of this kind."""
        ...

    def end(self) -> None:
        """It is over."""
        ...


class Tracer(Protocol):
    """What makes spans."""

    def begin(self, name: str, kind: Kind, parent: str | None, attributes: Attributes, began: float | None) -> Span:
        """A span of a parent, else of what is going on in this task; `began` is Unix time, now where it is None."""
        ...

    def current(self) -> str | None:
        """The context of what is going on in this task."""
        ...

    def within(self, span: Span) -> Any:
        """A context manager in which `span` is what is going on in this task."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Say more of what is going on in this task."""
        ...

    def of_requests(self) -> "TelemetryConfig":
        """How the web framework is to trace requests."""
        ...

    def close(self) -> None:
        """Send what waits to be sent, for at most a few seconds."""
        ...


class _NoSpan:
    """Nothing is traced."""

    traceparent: str | None = None

    def note(self, attributes: Attributes) -> None:
        """Nothing."""

    def fail(self, error: str) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


NO_SPAN: Final[Span] = _NoSpan()
_UNTRACED: Final["TelemetryConfig"] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
_tracer: Tracer | None = None


def start(service: str, replica: str, endpoint: str) -> None:
    """Switch tracing on for this process where an endpoint is given; without the extra, say so and go on without."""
    global _tracer  # noqa: PLW0603  one a process, as logging is
    if not endpoint:
        return
    try:
        from foreshock_shared.runtime.otel import OpenTelemetry  # noqa: PLC0415  loaded where it is switched on only
    except ImportError as error:
        log.error(  # noqa: TRY400  a sentence, no traceback
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but tracing is not installed: nothing is traced. Install "
            "requirements/tracing.lock, or build the images with FORESHOCK_TRACING=yes",
            error=str(error),
        )
        return
    _tracer = OpenTelemetry(service, replica, endpoint)


def stop() -> None:
    """Switch it off, and send what waits to be sent."""
    global _tracer
    tracer, _tracer = _tracer, None
    if tracer is not None:
        tracer.close()


def is_on() -> bool:
    """Whether anything is traced in this process."""
    return _tracer is not None


def of_requests() -> "TelemetryConfig":
    """How the web framework is to trace requests: what it is told when it is made."""
    return _UNTRACED if _tracer is None else _tracer.of_requests()


def current() -> str | None:
    """The context of what is going on in this task."""
    return None if _tracer is None else _tracer.current()


def note(attributes: Attributes) -> None:
    """Say more of what is going on in this task."""
    if _tracer is not None:
        _tracer.note(attributes)


def begin(
    name: str, kind: Kind, parent: str | None, attributes: Attributes | None = None, began: float | None = None
) -> Span:
    """A span that its caller ends. `began` is Unix time; now where it is None."""
    return NO_SPAN if _tracer is None else _tracer.begin(name, kind, parent, attributes or {}, began)


@contextmanager
def span(
    name: str, kind: Kind = Kind.INTERNAL, parent: str | None = None, attributes: Attributes | None = None
) -> Iterator[Span]:
    """A span as long as this block; of a parent, else of what goes on in this task. An error that leaves it is told."""
    if _tracer is None:
        yield NO_SPAN
        return
    begun = _tracer.begin(name, kind, parent, attributes or {}, None)
    try:
        with _tracer.within(begun):
            yield begun
    except Exception as error:
        begun.fail(type(error).__name__)
        raise
    finally:
        begun.end()


def is_sampled(traceparent: str | None) -> bool:
    """Whether what has this context is kept."""
    return traceparent is not None and len(traceparent) == 55 and traceparent[-1] in "13579bdf"  # the flags' last bit


def trace_id(traceparent: str | None) -> str | None:
    """The trace that a context names, where it is kept."""
    return traceparent[3:35] if traceparent is not None and is_sampled(traceparent) else None
