"""The spans of a batch: one for each trace that has posts in it, and where posts were judged a shock, one for those.

A batch holds posts of many pushes. OpenTelemetry's conventions would link a span of the whole batch to all of them;
but links lead out of a trace, and who follows one alert wants it in one. So the batch's time is told once in each
trace, as a child of the span that handed its posts on, with how many posts of it were of this trace. An outage is told
by the same spans: they fail, and the next attempt has others.

Posts whose trace is not kept cost a look. One that is judged a shock here is kept from here on, in the trace that it
had: what came before was not kept, and the trace begins with this span.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic
from uuid import UUID

from foreshock_shared.contracts.streams import Lane, Stream
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.delivery.batch import Item, Verdict
from foreshock_shared.runtime.delivery.handler import Forward, P
from foreshock_shared.runtime.metrics import exemplar
from foreshock_shared.runtime.tracing import Attributes, Kind, Span

OPERATION: Final = "process"
_SHOCK: Final[Attributes] = {tracing.SHOCK: True}


@dataclass(slots=True)
class Handling(Generic[P]):
    """A batch on its way through the effect."""

    stream: Stream
    lane: Lane
    items: list[Item[P]]
    """What the effect gets: posts that are traced carry the context of the span in which they are handled."""
    began: float
    spans: list[Span] = field(default_factory=list)

    def begin(self) -> None:
        """A span for each trace."""
        traces: dict[str, list[int]] = {}
        for place, item in enumerate(self.items):
            parent = _context(item.payload)
            if parent is not None and tracing.is_sampled(parent):
                traces.setdefault(parent, []).append(place)
        for parent, places in traces.items():
            begun = self._span(parent, [_id(self.items[place].payload) for place in places])
            for place in places:
                item = self.items[place]
                self.items[place] = replace(item, payload=_traced(item.payload, begun.traceparent))

    def keep_shocks(self, forwards: list[Forward]) -> None:
        """Say of spans that they saw a shock; where its trace was not kept, it is from here on."""
        begun = {span.traceparent: span for span in self.spans}
        for place, forward in enumerate(forwards):
            if not _is_shock(forward.payload):
                continue
            context = _context(forward.payload)
            if context in begun:
                begun[context].note(_SHOCK)
            elif not tracing.is_sampled(context):
                own = self._span(context, [_id(forward.payload)], _SHOCK)
                forwards[place] = replace(forward, payload=_traced(forward.payload, own.traceparent))

    def tell_failures(self, verdict: Verdict) -> None:
        """Fail the spans of posts that are quarantined or tried again: their bytes hold the span's context."""
        failed = [(letter.data, type(letter.error).__name__) for letter in verdict.dead]
        failed += [(back.raw, "returned") for back in verdict.returned]
        for data, error in failed:
            for span in self.spans:
                if span.traceparent is not None and span.traceparent.encode() in data:
                    span.fail(error)

    def _span(self, parent: str | None, posts: Sequence[UUID | None], more: Attributes | None = None) -> Span:
        destination = self.stream.key(self.lane)
        attributes: dict[str, str | int | bool] = {
            "messaging.system": "redis",
            "messaging.operation.name": OPERATION,
            "messaging.operation.type": OPERATION,
            "messaging.destination.name": destination,
            "messaging.consumer.group.name": self.stream.group.value,
            "messaging.batch.message_count": len(posts),
        }
        if len(posts) == 1:
            attributes[tracing.POST_ID] = str(posts[0])
        span = tracing.begin(
            f"{OPERATION} {destination}", Kind.CONSUMER, parent, attributes | dict(more or {}), self.began
        )
        self.spans.append(span)
        return span


@contextmanager
def handling(stream: Stream, lane: Lane, items: list[Item[P]]) -> Iterator[Handling[P]]:
    """Within this block a batch is handled; an error that leaves it fails all its spans."""
    batch = Handling(stream, lane, items, time.time())
    if not tracing.is_on():
        yield batch
        return
    batch.begin()
    try:
        yield batch
    except Exception as error:
        for span in batch.spans:
            span.fail(type(error).__name__)
        raise
    finally:
        for span in batch.spans:
            span.end()


def follow(batch: Handling[Any], verdict: Verdict) -> None:
    """What the effect came to, as it is told in the traces; nothing where nothing is traced."""
    if tracing.is_on():
        batch.keep_shocks(verdict.forwards)
        batch.tell_failures(verdict)


def of_all(forwards: Sequence[Forward]) -> str | None:
    """The one context of all these, for the entry that carries them; None where they have several, or none."""
    if not tracing.is_on():
        return None
    found = {_context(forward.payload) for forward in forwards}
    return found.pop() if len(found) == 1 else None


def example(items: Sequence[Item[Any]]) -> dict[str, str] | None:
    """The first post of a batch, for who wants to look into the time that it took; one a batch, traced or not."""
    if not items:
        return None
    first = items[0].payload
    return exemplar(_id(first), _context(first))


def _traced(payload: Any, traceparent: str | None) -> Any:
    return payload.traced(traceparent)


def _context(payload: Any) -> str | None:
    found: str | None = getattr(payload, "traceparent", None)
    return found


def _id(payload: Any) -> UUID | None:
    return getattr(payload, "id", None)


def _is_shock(payload: Any) -> bool:
    return bool(getattr(getattr(payload, "classification", None), "shock", False))
