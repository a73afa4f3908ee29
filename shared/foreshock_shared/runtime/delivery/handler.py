"""What a service gives to delivery: an effect over a batch of payloads."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from foreshock_shared.contracts.base import Contract
from foreshock_shared.contracts.streams import Lane

P = TypeVar("P", bound=Contract)


@dataclass(frozen=True, slots=True)
class Forward:
    """A payload that follows from the batch and goes to the next stream, in the lane that it deserves."""

    payload: Contract
    lane: Lane = Lane.NORMAL


Handler: TypeAlias = Callable[[list[P]], Awaitable[list[Forward]]]
"""The effect. What delivery guarantees, and what it asks for:

- It is called at least once with every payload; the same payload may come again, alone or with others, on any replica.
  The effect must therefore be idempotent by post id.
- What it returns is published before the payloads are acknowledged. It returns every follower of every payload that it
  was given, also of those it had handled before: a crash between effect and hand-over heals by that alone.
- `RetryableError`: a dependency is down. Nothing is counted against any post; the batch stays pending.
- `PermanentError`, or any other exception: one of the payloads is at fault. The batch is halved and each half tried
  again until the guilty payload stands alone; so the effect must leave nothing behind when it raises.
- It must end within a third of the idle time after which another replica claims its entries (20 s by default).
"""
