"""What an answer means, and when the next attempt is due. Decided here and nowhere else.

Standard Webhooks: 2xx is success and nothing else is. 410 says that the receiver is gone for good. Everything else,
redirects and every other 4xx included, is tried again: what is wrong at a receiver is usually mended within the 75
hours that we keep trying. Where a service says more than its status does, its adapter names the reason: `misconfigured`
suspends the receiver as 410 does, `rejected` gives up this one body, which will never be taken.
"""

import random
from collections.abc import Mapping
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
    REFUSED = "refused"
    GAVE_UP = "gave_up"


class Reason(StrEnum):
    """What the answer was; a closed set, fit for a metric label."""

    OK = "ok"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    FORBIDDEN_ADDRESS = "forbidden_address"
    """Its name stands for an address that we must not go to."""
    REDIRECT = "redirect"
    RATE_LIMITED = "rate_limited"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    UNUSABLE_ANSWER = "unusable_answer"
    """A success by its status, but not what a receiver of this kind answers."""
    GONE = "gone"
    MISCONFIGURED = "misconfigured"
    """It will take nothing from us as its entry stands: no such channel, no such key."""
    REJECTED = "rejected"
    """It is well, and will never take this body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: a status, or the error that took its place."""

    status: int | None = None
    retry_after: timedelta | None = None
    error: str | None = None
    said: Reason | None = None
    """The reason, where the adapter knows more than the status says."""
    handle: Mapping[str, str] | None = None
    """What to remember of the message that the receiver has now of this incident, for the next revision."""

    @property
    def reason(self) -> Reason:
        """What the answer was."""
        return self.said or (Reason.UNREACHABLE if self.status is None else _by_status(self.status))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an answer. `due_at` is set where there is a next attempt."""

    outcome: Outcome
    due_at: datetime | None = None


_ENDS: Final = {
    Reason.OK: Outcome.DELIVERED,
    Reason.GONE: Outcome.GONE,
    Reason.MISCONFIGURED: Outcome.GONE,
    Reason.REJECTED: Outcome.REFUSED,
}


def judge(answer: Answer, attempt: int, first_attempt_at: datetime, now: datetime, rng: random.Random) -> Verdict:
    """What follows from the answer to the attempt with this number, the first being 1."""
    end = _ENDS.get(answer.reason)
    if end is not None:
        return Verdict(end)
    due_at = now + max(delay(attempt, rng), min(answer.retry_after or timedelta(0), RETRY_AFTER_LIMIT))
    if due_at - first_attempt_at > PATIENCE:
        return Verdict(Outcome.GAVE_UP)
    return Verdict(Outcome.RETRY, due_at)


def delay(attempt: int, rng: random.Random) -> timedelta:
    """How long to wait after the attempt with this number has failed."""
    return _DELAYS[min(attempt, len(_DELAYS)) - 1] * rng.uniform(1 - JITTER, 1 + JITTER)


def _by_status(status: int) -> Reason:
    if 200 <= status < 300:
        return Reason.OK
    if status in {410, 429}:
        return Reason.GONE if status == 410 else Reason.RATE_LIMITED
    if status < 400:
        return Reason.REDIRECT
    return Reason.CLIENT_ERROR if status < 500 else Reason.SERVER_ERROR
