"""Pushes posts to ingest over HTTP, and keeps at it until each one has been answered.

What it guarantees:

- A post counts as accepted only once its request was answered with 202; `on_accepted` is called then and never before.
- A request whose answer was lost is sent again byte for byte: the posts have the same ids, so nothing is taken twice.
- "Come again later" (429, 503) is obeyed by every request in flight, for as long as Retry-After says.
- What ingest refuses is counted with its reasons and never holds up the rest.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from foreshock_shared.runtime.errors import ConfigurationError, DependencyUnavailable
from foreshock_stack.pacing import Batcher

PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds before a request is sent again, by how often it has failed; the last one repeats."""
LONGEST_WAIT: Final = 60.0
"""Seconds that a Retry-After is obeyed at most before we ask again."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Posts that were answered with 202: their ids, and the Unix times of the first attempt and of the answer."""

    ids: list[str]
    began: float
    answered: float


@dataclass(slots=True)
class Totals:
    """What a push came to."""

    accepted: int = 0
    rejected: int = 0
    repeated: int = 0
    """Requests sent again after a lost answer or a failure of the server."""
    held_back: int = 0
    """Requests that were told to come again later."""
    reasons: Counter[str] = field(default_factory=Counter)


class Pusher:
    """Pushes everything that a batcher yields, a few requests at a time."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        batcher: Batcher,
        on_accepted: Callable[[Accepted], None],
        *,
        in_flight: int = 4,
        give_up: float = 300.0,
    ) -> None:
        self._client = client
        self._batcher = batcher
        self._on_accepted = on_accepted
        self._in_flight = in_flight
        self._give_up = give_up
        self._turn = asyncio.Lock()
        self._not_before = 0.0
        self.totals = Totals()

    async def run(self) -> Totals:
        """Push to the end. Raises DependencyUnavailable when ingest does not answer for `give_up` seconds."""
        start = time.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._in_flight):
                    group.create_task(self._work(start))
        except ExceptionGroup as several:
            known = several.subgroup((ConfigurationError, DependencyUnavailable))
            if known is None:
                raise
            raise known.exceptions[0] from None
        return self.totals

    async def _work(self, start: float) -> None:
        while True:
            async with self._turn:
                due = self._batcher.next_due
                if due is None:
                    return
                await asyncio.sleep(max(0.0, start + due - time.monotonic()))
                batch = self._batcher.take(time.monotonic() - start)
            if batch:
                await self._deliver(batch)

    async def _deliver(self, batch: list[bytes]) -> None:
        began = time.time()
        answer = await self._answer(b"[" + b",".join(batch) + b"]")
        if answer.status_code == httpx2.codes.CONTENT_TOO_LARGE and len(batch) > 1:
            middle = len(batch) // 2
            await self._deliver(batch[:middle])
            await self._deliver(batch[middle:])
            return
        self._count(answer, len(batch), began)

    async def _answer(self, body: bytes) -> httpx2.Response:
        """Send until there is an answer that will not change by sending again."""
        patience = time.monotonic() + self._give_up
        failures = 0
        while True:
            await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
            try:
                answer = await self._client.post(
                    "/v1/posts", content=body, headers={"content-type": "application/json"}
                )
            except httpx2.TransportError as error:
                trouble = f"{type(error).__name__} {error}".strip()
            else:
                if answer.status_code in {429, 503} and (pause := _retry_after(answer)) is not None:
                    self.totals.held_back += 1
                    self._not_before = time.monotonic() + pause
                    patience = self._not_before + self._give_up
                    continue
                if answer.status_code < 500:
                    return answer
                trouble = f"status {answer.status_code}"
            if time.monotonic() > patience:
                raise DependencyUnavailable(
                    f"ingest at {self._client.base_url} has not answered properly for "
                    f"{self._give_up:.0f} s, last: {trouble}; is the stack up?"
                )
            self.totals.repeated += 1
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)] * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
            failures += 1

    def _count(self, answer: httpx2.Response, sent: int, began: float) -> None:
        if answer.status_code in {401, 403}:
            raise ConfigurationError("ingest does not take our key; set FORESHOCK_API_KEY to the key of the stack")
        result = _object(answer)
        accepted = [str(each) for each in result.get("accepted", [])]
        refused = result.get("rejected")
        if refused is None and answer.status_code != httpx2.codes.ACCEPTED:
            refused = [
                {"error": f"{answer.status_code} {result.get('title', '')} {result.get('detail', '')}".strip()}
            ] * sent
        for each in refused or []:
            self.totals.rejected += 1
            self.totals.reasons[str(each.get("error"))[:200]] += 1
        self.totals.accepted += len(accepted)
        if accepted:
            self._on_accepted(Accepted(accepted, began, time.time()))


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {"title": answer.text[:200]}
    return found if isinstance(found, dict) else {}


def _retry_after(answer: httpx2.Response) -> float | None:
    """Seconds to stay away; None where the answer does not say, which is then a failure like any other."""
    written = answer.headers.get("retry-after", "")
    return min(float(written), LONGEST_WAIT) if written.isdigit() else None
