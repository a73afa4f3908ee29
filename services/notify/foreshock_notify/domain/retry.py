"""What an answer means, and when the next attempt is due. Decided here and nowhere else.

Standard Webhooks: 2xx is success and nothing else is. 410 says that the receiver is gone for good. Everything else,
redirects and every other 4xx included, is tried again: what is wrong at a receiver is usually mended within the 75
hours that we keep trying.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

PATIENCE: Final = timedelta(hours=75)
"""After this long from the first attempt a delivery is given up."""

RETRY_AFTER_LIMIT: Final = timedelta(hours=1)
JITTER: Final = 0.2

_DELAYS: Final = tuple(timedelta(seconds=s) for s in (1, 5, 15, 30, 60, 120, 300, 900, 3600))


class Outcome(StrEnum):
    """How an attempt ended; a closed set, fit for a metric label."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: a status, or the error that took its place."""

    status: int | None = None
    retry_after: timedelta | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an answer. `due_at` is set where there is a next attempt."""

    outcome: Outcome
    due_at: datetime | None = None


def judge(answer: Answer, attempt: int, first_attempt_at: datetime, now: datetime, rng: random.Random) -> Verdict:
    """What follows from the answer to the attempt with this number, the first being 1."""
    if answer.status is not None and 200 <= answer.status < 300:
        return Verdict(Outcome.DELIVERED)
    if answer.status == 410:
        return Verdict(Outcome.GONE)
    due_at = now + max(delay(attempt, rng), min(answer.retry_after or timedelta(0), RETRY_AFTER_LIMIT))
    if due_at - first_attempt_at > PATIENCE:
        return Verdict(Outcome.GAVE_UP)
    return Verdict(Outcome.RETRY, due_at)


def delay(attempt: int, rng: random.Random) -> timedelta:
    """How long to wait after the attempt with this number has failed."""
    return _DELAYS[min(attempt, len(_DELAYS)) - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
