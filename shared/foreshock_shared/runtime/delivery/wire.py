"""Entries and payloads as bytes.

An entry is CloudEvents in binary mode; its `data` is a JSON array of payloads. A reader decodes each payload in a `try`
of its own: what cannot be read is kept as the exact bytes it came as, and its siblings are not touched.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from typing import Final, Generic, TypeVar
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from foreshock_shared.contracts.base import Contract
from foreshock_shared.contracts.streams import ENTRY_BYTES, ENTRY_LIMIT, Field, Stream
from foreshock_shared.runtime.arrays import cut_array
from foreshock_shared.runtime.errors import InvalidPayload, PermanentError, UnknownVersion

P = TypeVar("P", bound=Contract)
Fields = Mapping[str, str | bytes]


_BOOT: Final = uuid4().hex[:12]
_SERIAL: Final = count()


@dataclass(frozen=True, slots=True)
class Undecodable:
    """What could not be read, in the form of an entry's `data`, and why."""

    data: bytes
    error: PermanentError


@dataclass(frozen=True, slots=True)
class Decoded(Generic[P]):
    """What the `data` of an entry came to."""

    payloads: list[P]
    undecodable: list[Undecodable]


def entry_fields(stream: Stream, data: bytes, now: datetime, traceparent: str | None = None) -> dict[str, str | bytes]:
    """The fields of an entry of `stream` whose payloads are already JSON; `now` must carry a zone."""
    fields: dict[str, str | bytes] = {
        Field.SPECVERSION: "1.0",
        Field.ID: f"{_BOOT}-{next(_SERIAL)}",
        Field.TYPE: stream.event,
        Field.SOURCE: stream.publisher,
        Field.TIME: now.isoformat(),
        Field.CONTENT_TYPE: "application/json",
        Field.DATA: data,
    }
    if traceparent:
        fields[Field.TRACEPARENT] = traceparent
    return fields


def pack(payloads: Iterable[bytes]) -> Iterator[bytes]:
    """Payloads as the `data` of as few entries as hold them, in order."""
    waiting: list[bytes] = []
    size = 0
    for payload in payloads:
        if waiting and (len(waiting) == ENTRY_LIMIT or size + len(payload) > ENTRY_BYTES):
            yield b"[" + b",".join(waiting) + b"]"
            waiting, size = [], 0
        waiting.append(payload)
        size += len(payload) + 1
    if waiting:
        yield b"[" + b",".join(waiting) + b"]"


def decode(fields: Mapping[bytes, bytes], stream: Stream, kind: type[P]) -> Decoded[P]:
    """The payloads of an entry. Never raises: what is wrong comes back as `Undecodable` with its bytes."""
    data = fields.get(Field.DATA.encode(), b"")
    event = fields.get(Field.TYPE.encode(), b"").decode("utf-8", "replace")
    if event != stream.event:
        return Decoded([], [Undecodable(data, _wrong_event(event, stream))])
    try:
        return Decoded(_many(kind).validate_json(data), [])
    except ValidationError:
        return _one_by_one(data, kind)


@cache
def _many(kind: type[P]) -> TypeAdapter[list[P]]:
    return TypeAdapter(list[kind])  # type: ignore[valid-type]  # a type made at run time


def _wrong_event(event: str, stream: Stream) -> PermanentError:
    family = stream.event.rpartition(".")[0]
    if event.startswith(f"{family}."):
        return UnknownVersion(f"{event} is newer than this reader, which knows {stream.event}; upgrade it and replay")
    return InvalidPayload(f"an entry of type {event[:80]!r} on the stream of {stream.event}")


def _one_by_one(data: bytes, kind: type[P]) -> Decoded[P]:
    try:
        pieces = cut_array(data)
    except InvalidPayload as error:
        return Decoded([], [Undecodable(data, error)])
    payloads: list[P] = []
    undecodable: list[Undecodable] = []
    for piece in pieces:
        try:
            payloads.append(kind.model_validate_json(piece))
        except ValidationError as error:
            undecodable.append(Undecodable(b"[" + piece + b"]", InvalidPayload(explain(error))))
    return Decoded(payloads, undecodable)


def explain(error: ValidationError) -> str:
    """A validation error in one line: where, what, at most five of them."""
    lines = [f"{'.'.join(map(str, e['loc'])) or 'payload'}: {e['msg']}" for e in error.errors(include_input=False)]
    return "; ".join(lines[:5]) + (f"; and {len(lines) - 5} more" if len(lines) > 5 else "")
