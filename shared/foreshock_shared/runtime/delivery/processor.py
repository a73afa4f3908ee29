"""From entries to a hand-over: decode, set suspects apart, run the effect, write what follows and acknowledge."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Generic

from redis.asyncio import Redis
from structlog import get_logger

from foreshock_shared.contracts.canary import is_canary
from foreshock_shared.contracts.streams import DEAD_EVENT, DeadField, Field, Lane, Stream
from foreshock_shared.runtime import metrics
from foreshock_shared.runtime.delivery import traced, wire
from foreshock_shared.runtime.delivery.batch import DeadLetter, Entry, Item, Returned, Verdict, run_effect
from foreshock_shared.runtime.delivery.handler import Forward, Handler, P
from foreshock_shared.runtime.delivery.handover import Addition, Handover
from foreshock_shared.runtime.delivery.suspicion import FatalPost, Suspects, Suspicion, suspect
from foreshock_shared.runtime.errors import ConfigurationError

log = get_logger()

BATCH_BYTES = 125_000
"""What one effect gets, roughly: large enough for cheap batches, small enough that what is urgent in it, or waits for a
turn beside it, waits briefly."""


class Processor(Generic[P]):
    """Handles the entries of one lane."""

    def __init__(
        self,
        redis: Redis,
        stream: Stream,
        lane: Lane,
        *,
        kind: type[P],
        handler: Handler[P],
        forward: Stream | None,
        seconds: float,
    ) -> None:
        self._stream = stream
        self._lane = lane
        self._kind = kind
        self._handler = handler
        self._forward = forward
        self._seconds = seconds
        self._handover = Handover(redis, stream, lane)
        self._suspects = Suspects(redis, stream, lane)
        self._labels = (stream.group.value, lane.value)

    async def process(self, entries: Sequence[Entry], *, redelivered: bool) -> None:
        """Bring every entry to its end. Raises RetryableError, and then what is not handed over stays pending."""
        if redelivered:
            for entry in entries:  # one by one, so that only the guilty one is counted as a suspect
                async with self._suspects.counted(entry) as endings:
                    await self._bring_to_end([entry], endings)
        else:
            for batch in _batches(entries):
                await self._bring_to_end(batch, 0)

    async def _bring_to_end(self, entries: Sequence[Entry], endings: int) -> None:
        began = time.perf_counter()
        items: list[Item[P]] = []
        apart = Verdict()
        for entry in entries:
            self._sort_out(entry, endings, items, apart)
        with traced.handling(self._stream, self._lane, items) as batch:
            verdict = await run_effect(self._handler, batch.items, self._seconds)
            traced.follow(batch, verdict)
            verdict.dead += apart.dead
            verdict.returned += apart.returned
            await self._handover.commit([entry.id for entry in entries], list(self._additions(verdict)))
        self._count(verdict, _posts(item.payload for item in items), time.perf_counter() - began, traced.example(items))

    def _sort_out(self, entry: Entry, endings: int, items: list[Item[P]], apart: Verdict) -> None:
        """Payloads that go through the effect to `items`; what cannot or must not, to `apart`."""
        if not entry.fields:
            return
        decoded = wire.decode(entry.fields, self._stream, self._kind)
        apart.dead += [DeadLetter(bad.data, bad.error, _event(entry)) for bad in decoded.undecodable]
        match suspect(endings, len(decoded.payloads)):
            case Suspicion.NONE:
                items += [Item(payload, entry.failures) for payload in decoded.payloads]
            case Suspicion.TAKE_APART:
                log.error("an entry that ends its process is taken apart", entry=entry.id.decode(), endings=endings)
                now = datetime.now(UTC)
                apart.returned += [Returned(p.to_wire(), 0, now) for p in decoded.payloads]
            case Suspicion.QUARANTINE:
                error = FatalPost(f"the process ended {endings} times while it handled this post")
                apart.dead.append(DeadLetter(entry.fields.get(Field.DATA.encode(), b""), error))

    def _additions(self, verdict: Verdict) -> Iterator[Addition]:
        now = datetime.now(UTC)
        yield from self._following(verdict.forwards, now)
        for letter in verdict.dead:
            yield Addition(self._stream.group.dead_letters, self._dead_fields(letter, now))
        for back in verdict.returned:
            fields = wire.entry_fields(self._stream, b"[" + back.raw + b"]", now)
            fields |= {
                Field.FAILURES: str(back.failures),
                Field.NOT_BEFORE: str(int(back.not_before.timestamp() * 1000)),
            }
            yield Addition(self._stream.key(self._lane), fields)

    def _following(self, forwards: Iterable[Forward], now: datetime) -> Iterator[Addition]:
        by_lane: dict[Lane, list[Forward]] = {lane: [] for lane in Lane}
        for forward in forwards:
            by_lane[forward.lane].append(forward)
        for lane, posts in by_lane.items():
            if posts and self._forward is None:
                raise ConfigurationError(f"the handler of {self._stream.name} forwards posts, but no stream was named")
            if self._forward is not None:
                context = traced.of_all(posts)
                for data in wire.pack(each.payload.to_wire() for each in posts):
                    yield Addition(self._forward.key(lane), wire.entry_fields(self._forward, data, now, context))

    def _dead_fields(self, letter: DeadLetter, now: datetime) -> wire.Fields:
        return {
            Field.TYPE: DEAD_EVENT,
            Field.TIME: now.isoformat(),
            Field.DATA: letter.data,
            DeadField.POST_ID: _find_id(letter.data),
            DeadField.ORIGIN: self._stream.key(self._lane),
            DeadField.EVENT: letter.event or self._stream.event,
            DeadField.ERROR: type(letter.error).__name__,
            DeadField.REASON: str(letter.error) or repr(letter.error),
        }

    def _count(self, verdict: Verdict, handled: int, seconds: float, example: dict[str, str] | None) -> None:
        metrics.HANDLED.labels(*self._labels).inc(handled)
        metrics.HANDLING.labels(*self._labels).observe(seconds, example)
        metrics.FORWARDED.labels(*self._labels).inc(_posts(forward.payload for forward in verdict.forwards))
        metrics.RETURNED.labels(self._stream.group.value).inc(len(verdict.returned))
        for letter in verdict.dead:
            name = type(letter.error).__name__
            metrics.QUARANTINED.labels(self._stream.group.value, name).inc()
            log.error("a post is quarantined", post=_find_id(letter.data), error=name, reason=str(letter.error)[:300])


def _posts(payloads: Iterable[object]) -> int:
    """How many posts these are; a canary is none."""
    return sum(not is_canary(payload) for payload in payloads)


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries in batches of about `BATCH_BYTES`. One that has failed before goes alone, its fault being likely."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and (size >= BATCH_BYTES or entry.failures or batch[-1].failures):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += len(entry.fields.get(Field.DATA.encode(), b""))
    if batch:
        yield batch


def _event(entry: Entry) -> str:
    return entry.fields.get(Field.TYPE.encode(), b"").decode("utf-8", "replace")


def _find_id(data: bytes) -> str:
    """The id of the post that bytes seem to carry, for audit and for a person; empty where there is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, dict) and isinstance(found.get("post"), dict):
        found = found["post"]
    return str(found.get("id", ""))[:64] if isinstance(found, dict) else ""
