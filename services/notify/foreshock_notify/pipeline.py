"""The way of a delivery, as a list of stages.

    lease      take what is due; drop what a newer revision replaces; freeze the body at the first attempt   (outbox)
    sign       headers of this attempt
    send       one request, one answer
    judge      delivered, tried again, gone or given up
    record     written down under the lease's token, with the next attempt's time
    report     log and metrics

`lease` takes several at once, under a lock and in one transaction, so it lives with the tables; `STAGES` are what each
delivery passes through by itself. Between two stages nothing is held but the lease: a process may die anywhere, and the
delivery is sent again, under the same id and with the same body, once the lease has run out.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Protocol, TypeAlias

from structlog import get_logger

from foreshock_notify import metrics
from foreshock_notify.adapters.outbox import Parcel
from foreshock_notify.adapters.receivers import Channel
from foreshock_notify.domain import retry
from foreshock_notify.domain.retry import Answer, Outcome, Verdict
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.metrics import exemplar
from foreshock_shared.runtime.tracing import Attributes, Kind

log = get_logger()

Clock: TypeAlias = Callable[[], datetime]


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Book(Protocol):
    """Where it is written down what came of an attempt: the outbox, or a test's own."""

    async def record(
        self, parcel: Parcel, answer: Answer, verdict: Verdict, started_at: datetime, now: datetime
    ) -> bool:
        """False where the lease had passed to somebody else."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What the stages work with."""

    channel: Channel
    book: Book
    clock: Clock = utc_now
    rng: random.Random = field(default_factory=random.Random)


_UNSENT: Final = Answer()
_UNJUDGED: Final = Verdict(Outcome.RETRY)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery, as far as it has come."""

    parcel: Parcel
    started_at: datetime
    headers: dict[str, str] = field(default_factory=dict)
    answer: Answer = _UNSENT
    verdict: Verdict = _UNJUDGED
    ours: bool = True
    """Whether the result still counted when it came: False where the lease had passed on."""


Stage: TypeAlias = Callable[[Means, Attempt], Awaitable[Attempt]]


async def sign(means: Means, attempt: Attempt) -> Attempt:
    """Sign with the time of this attempt."""
    parcel = attempt.parcel
    return replace(attempt, headers=means.channel.sign(parcel.id, parcel.body, attempt.started_at))


async def send(means: Means, attempt: Attempt) -> Attempt:
    """Send it once, in the trace of the post that caused it."""
    parcel = attempt.parcel
    with tracing.span(f"deliver {parcel.receiver}", Kind.CLIENT, parcel.traceparent, _about(parcel)) as span:
        context = span.traceparent or parcel.traceparent
        headers = attempt.headers | ({"traceparent": context} if context else {})
        answer = await means.channel.send(headers, parcel.body, parcel.handle)
        if answer.status is not None:
            span.note({"http.response.status_code": answer.status})
        if answer.error is not None:
            span.fail(answer.reason.value)
    return replace(attempt, answer=answer)


def _about(parcel: Parcel) -> Attributes:
    """A delivery as it is told in a trace; not its address, which may be a secret."""
    return {
        "http.request.method": "POST",
        "http.request.resend_count": parcel.attempt - 1,
        "foreshock.receiver": parcel.receiver,
        "foreshock.delivery.id": str(parcel.id),
        "foreshock.incident.id": str(parcel.incident_id),
        "foreshock.incident.revision": parcel.revision or 0,
    }


async def judge(means: Means, attempt: Attempt) -> Attempt:
    """Decide what follows."""
    parcel = attempt.parcel
    verdict = retry.judge(attempt.answer, parcel.attempt, parcel.first_attempt_at, means.clock(), means.rng)
    return replace(attempt, verdict=verdict)


async def record(means: Means, attempt: Attempt) -> Attempt:
    """Write it down, and when to try again."""
    ours = await means.book.record(attempt.parcel, attempt.answer, attempt.verdict, attempt.started_at, means.clock())
    return replace(attempt, ours=ours)


async def report(means: Means, attempt: Attempt) -> Attempt:
    """Say what happened to those who watch."""
    parcel, outcome = attempt.parcel, attempt.verdict.outcome
    metrics.ATTEMPTS.labels(parcel.receiver, outcome.value, attempt.answer.reason.value).inc()
    example = exemplar(parcel.post_id, parcel.traceparent)
    took = (means.clock() - attempt.started_at).total_seconds()
    metrics.ATTEMPT_SECONDS.labels(parcel.receiver).observe(took, example)
    said = log.bind(
        receiver=parcel.receiver,
        incident=str(parcel.incident_id),
        revision=parcel.revision,
        delivery=str(parcel.id),
        attempt=parcel.attempt,
    )
    if not attempt.ours:
        said.warning("the answer came after the lease had passed on", error=attempt.answer.error)
    elif outcome is Outcome.DELIVERED:
        after = (means.clock() - parcel.decided_at).total_seconds()
        metrics.DELIVERED_AFTER.labels(parcel.receiver).observe(after, example)
        said.info("delivered")
    elif outcome is Outcome.RETRY:
        said.warning("not delivered, will try again", error=attempt.answer.error, due_at=str(attempt.verdict.due_at))
    elif outcome is Outcome.GONE:
        metrics.SUSPENDED.labels(parcel.receiver).set(1)
        said.error(
            "the receiver takes nothing more and is suspended: mend its entry in rules.yaml, or what that names and "
            "then say `./run deliveries recover`",
            error=attempt.answer.error,
        )
    elif outcome is Outcome.REFUSED:
        said.error("the receiver will never take this body, given up", error=attempt.answer.error)
    else:
        said.error("not delivered in 75 hours, given up", error=attempt.answer.error)
    return attempt


STAGES: Final[tuple[Stage, ...]] = (sign, send, judge, record, report)


async def deliver(means: Means, parcel: Parcel) -> Attempt:
    """Take one delivery through all stages."""
    attempt = Attempt(parcel, means.clock())
    for stage in STAGES:
        attempt = await stage(means, attempt)
    return attempt
