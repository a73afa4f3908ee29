"""When a receiver is left alone: a circuit breaker, as pure decisions about its state.

    closed      all that is due is sent
    open        nothing is sent until `resume_at`; what is due stays due, and no schedule is used up
    half-open   `resume_at` has passed: one delivery goes out as a probe; success closes, failure opens for longer

It opens after `FAILURES` failures in a row, and at once when a receiver says for how long it wants to be left alone
(429 with Retry-After). A body that is rejected speaks of the body; a receiver that is gone is suspended instead.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from foreshock_notify.domain.retry import RETRY_AFTER_LIMIT, Answer, Reason

FAILURES: Final = 5
"""Failures in a row that open it."""

COOL_DOWN: Final = timedelta(seconds=10)
"""How long it stays open the first time; twice as long each time a probe fails, up to `LONGEST`."""

LONGEST: Final = timedelta(minutes=5)

_SAYS_NOTHING: Final = frozenset({Reason.GONE, Reason.MISCONFIGURED})


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a receiver has been doing."""

    failures: int = 0
    """In a row, while it is closed."""
    openings: int = 0
    """Times that it has opened in a row; 0 is closed."""
    probing: bool = False
    resume_at: datetime | None = None
    """When to probe; while a probe is out, when it counts as lost."""

    @property
    def is_open(self) -> bool:
        """Whether the receiver is left alone, a probe apart."""
        return self.openings > 0


CLOSED: Final = Breaker()


def admits(breaker: Breaker, wanted: int, now: datetime) -> int:
    """How many deliveries may be taken now, of so many that are wanted."""
    if not breaker.is_open or breaker.resume_at is None:
        return wanted
    return 0 if now < breaker.resume_at else min(wanted, 1)


def after_taking(breaker: Breaker, lease: timedelta, now: datetime) -> Breaker:
    """The state once something was taken; a probe counts as lost when its lease has run out."""
    if not breaker.is_open:
        return breaker
    return Breaker(breaker.failures, breaker.openings, probing=True, resume_at=now + lease)


def after_answer(breaker: Breaker, answer: Answer, now: datetime) -> Breaker:
    """The state after an answer. What was under way when it opened changes nothing, unless it succeeds."""
    if answer.reason in _SAYS_NOTHING:
        return breaker
    if answer.reason in {Reason.OK, Reason.REJECTED}:
        return CLOSED
    asked = min(answer.retry_after or timedelta(0), RETRY_AFTER_LIMIT) if answer.reason is Reason.RATE_LIMITED else None
    if breaker.is_open and not breaker.probing:
        return breaker
    if breaker.failures + 1 < FAILURES and not breaker.probing and not asked:
        return Breaker(failures=breaker.failures + 1)
    openings = breaker.openings + 1
    cool_down = min(COOL_DOWN * 2 ** min(openings - 1, 16), LONGEST)
    return Breaker(breaker.failures + 1, openings, resume_at=now + max(cool_down, asked or timedelta(0)))
