"""What a batch of entries comes to: the one `process` for fresh, drained, claimed and parked entries alike.

Every post of a batch ends in exactly one of three ways, and its siblings do not notice:
- handled: what follows from it goes to the next stream;
- quarantined: its bytes, the error and where it came from go to `dead.<group>`;
- returned: handling it failed for no known reason, so it goes back to its own lane as an entry of its own, to be tried
  a few times more with growing pauses before it is quarantined.

A retryable error ends the whole batch and counts against nobody: everything stays pending.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Generic

from structlog import get_logger

from foreshock_shared.contracts.streams import Field
from foreshock_shared.runtime.delivery.handler import Forward, Handler, P
from foreshock_shared.runtime.errors import DependencyUnavailable, PermanentError, RetryableError

log = get_logger()

MAX_FAILURES = 5
"""Failures for no known reason after which a post is quarantined."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as read: its id and its fields."""

    id: bytes
    fields: dict[bytes, bytes]

    @property
    def failures(self) -> int:
        """How often its one post has failed; 0 for an entry that was never returned."""
        return self._number(Field.FAILURES)

    @property
    def not_before(self) -> float:
        """Unix seconds before which it is not to be tried."""
        return self._number(Field.NOT_BEFORE) / 1000

    def _number(self, name: Field) -> int:
        written = self.fields.get(name.encode(), b"")
        return int(written) if written.isdigit() and len(written) < 16 else 0  # anybody can write to a stream


@dataclass(frozen=True, slots=True)
class Item(Generic[P]):
    """A payload on its way through the effect, with how often it has failed before."""

    payload: P
    failures: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not be handled, in the form of an entry's `data`, and why."""

    data: bytes
    error: Exception
    event: str = ""
    """The type it came as, where that is not the stream's own."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A payload that goes back to its lane as an entry of its own."""

    raw: bytes
    failures: int
    not_before: datetime


@dataclass(slots=True)
class Verdict:
    """What a batch came to."""

    forwards: list[Forward] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)


async def run_effect(handler: Handler[P], items: Sequence[Item[P]], seconds: float) -> Verdict:
    """Run the effect over all items, halving wherever it fails, until each guilty item stands alone.

    Raises RetryableError as soon as a dependency is down, also when the effect takes longer than `seconds`.
    """
    verdict = Verdict()
    halves = [list(items)] if items else []
    while halves:
        part = halves.pop()
        try:
            async with asyncio.timeout(seconds):
                verdict.forwards += await handler([item.payload for item in part])
        except TimeoutError as error:
            raise DependencyUnavailable(f"an effect over {len(part)} posts took longer than {seconds} s") from error
        except RetryableError:
            raise
        except Exception as error:  # noqa: BLE001  the boundary: whatever a handler raises is judged here, once
            if len(part) == 1:
                _judge(part[0], error, verdict)
            else:
                middle = len(part) // 2
                halves += [part[middle:], part[:middle]]
    return verdict


def _judge(item: Item[P], error: Exception, verdict: Verdict) -> None:
    failures = item.failures + 1
    raw = item.payload.to_wire()
    if isinstance(error, PermanentError) or failures > MAX_FAILURES:
        verdict.dead.append(DeadLetter(b"[" + raw + b"]", error))
        return
    log.warning("a post failed for no known reason and will be tried again", failures=failures, exc_info=error)
    verdict.returned.append(Returned(raw, failures, datetime.now(UTC) + pause(failures)))


def pause(failures: int) -> timedelta:
    """How long a post rests after so many failures: 0.5 s, doubling; well below the idle time of a claim."""
    return timedelta(seconds=0.25 * 2**failures)
