"""The canary as a source of our own: leased like any other, so that one replica of all sends it.

When the last round was sent is its state: a restart neither skips a round nor adds one. While ingest is closed, it is
not asked: then nobody's posts come in, and that its heartbeat stops is right.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

from foreshock_ingest.domain.canary import due_in, round_at
from foreshock_ingest.domain.source import Page, State


def _now() -> datetime:
    return datetime.now(UTC)


class Canary:
    """Sends a round of canaries every so many seconds."""

    revisions = False

    def __init__(self, every: float, clock: Callable[[], datetime] = _now) -> None:
        self._every = timedelta(seconds=every)
        self._clock = clock

    async def read(self, state: State) -> AsyncIterator[Page]:
        """A page for each round; see `Source`."""
        last = datetime.fromisoformat(state["sent"]) if "sent" in state else None
        while True:
            await asyncio.sleep(due_in(last, self._every, self._clock()))
            last = self._clock()
            yield Page(round_at(last), state={"sent": last.isoformat()})
