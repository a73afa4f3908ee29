"""When each post of a recording is due, and what is pushed together. Pure: time comes in as numbers.

A recording keeps its gaps, divided by the speed; a post that is dated before the one ahead of it is due with it, so
that order is never changed. Speed 0 is a flood: everything is due at once.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from foreshock_stack.feed import Dated, Rebase

REQUEST_BYTES: Final = 400_000
"""Bytes after which a request is closed even if it carries fewer posts than it may."""


@dataclass(frozen=True, slots=True)
class Due:
    """A post, and how many seconds after the start it is to be pushed."""

    at: float
    row: dict[str, Any]


def schedule(posts: Iterable[Dated], speed: float, rebase: Rebase | None = None) -> Iterator[Due]:
    """When each post is due."""
    first: datetime | None = None
    at = 0.0
    for post in posts:
        first = first or post.date
        if speed and first and post.date:
            at = max(at, (post.date - first).total_seconds() / speed)
        yield Due(at, (rebase(post, at) if rebase else post).row)


def at_rate(rows: Iterable[dict[str, Any]], rate: float) -> Iterator[Due]:
    """`rate` posts a second, evenly; 0: all at once."""
    for number, row in enumerate(rows):
        yield Due(number / rate if rate else 0.0, row)


class Batcher:
    """Cuts what is due into requests. It reads one post ahead, never more."""

    def __init__(self, dues: Iterable[Due], limit: int) -> None:
        self._dues = iter(dues)
        self._limit = limit
        self._next = next(self._dues, None)

    @property
    def next_due(self) -> float | None:
        """Seconds after the start when there is something to push; None when there is nothing more."""
        return self._next.at if self._next else None

    def take(self, now: float) -> list[bytes]:
        """What is due by `now`, each post as JSON, as far as it fits into one request."""
        batch: list[bytes] = []
        size = 0
        while self._next and self._next.at <= now and len(batch) < self._limit:
            post = json.dumps(self._next.row).encode()
            size += len(post)
            if batch and size > REQUEST_BYTES:
                break
            batch.append(post)
            self._next = next(self._dues, None)
        return batch
