"""Posts from a JSONL file, plain or gzip: each good line as a post to push, each bad one as what is wrong with it.

Two shapes are read. A line in the shape of a pushed post (`source`, `text`, `native_id`, `created_at`, …) is taken as
it is; of an exported one (`id`, `text`, `date`) the id becomes the native id and the date the creation date. Keys that
a post does not have are dropped. A post without a date is as old as the one before it.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from gzip import GzipFile
from pathlib import Path
from typing import Any, BinaryIO, Final

from foreshock_shared.contracts.post import PostIn
from foreshock_shared.runtime.errors import ConfigurationError

GZIP_MAGIC: Final = b"\x1f\x8b"
FIELDS: Final = frozenset(PostIn.model_fields)
FIRST_DAY: Final = {4: "-01-01", 7: "-01"}
"""What a year or a month lacks to a date, by its length."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A post to push, and the moment that its place in time is taken from."""

    row: dict[str, Any]
    date: datetime | None
    number: int = 0
    """Of its line."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no post."""

    number: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Recording:
    """An open file of posts."""

    lines: Iterable[bytes]
    raw: BinaryIO

    @property
    def position(self) -> int:
        """How far it has been read, in bytes as they lie on disk."""
        return self.raw.tell()


@contextmanager
def opened(path: Path) -> Iterator[Recording]:
    """The lines of a file, unpacked where it is gzip whatever its name says.

    Raises ConfigurationError where it cannot be opened.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    with raw:
        packed = raw.peek(2)[:2] == GZIP_MAGIC
        yield Recording(GzipFile(fileobj=raw) if packed else raw, raw)


def read(lines: Iterable[bytes], source: str) -> Iterator[Dated | BadLine]:
    """One item for each line that is not blank. `source` is for posts that name none."""
    date: datetime | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        item = _parse(line, number, source, date)
        if isinstance(item, Dated):
            date = item.date
        yield item


def _parse(line: bytes, number: int, source: str, before: datetime | None) -> Dated | BadLine:
    try:
        found = json.loads(line)
        json.dumps(found, allow_nan=False)
    except json.JSONDecodeError as error:
        return BadLine(number, f"is no JSON: {error.msg} at character {error.pos}")
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"is no JSON: {error}")
    if not isinstance(found, dict):
        return BadLine(number, f"is a JSON {type(found).__name__}; a post is an object with at least a text")
    written = found.get("created_at") or found.get("date")
    date = before if written is None else parse_date(written)
    if written is not None and date is None:
        return BadLine(number, f"has the date {written!r}; write ISO 8601, such as 2026-06-12T17:21:00Z")
    return Dated(_post(found, source, date), date, number)


def _post(found: dict[str, Any], source: str, date: datetime | None) -> dict[str, Any]:
    row = {name: value for name, value in found.items() if name in FIELDS and value is not None}
    row.setdefault("source", source)
    if "id" in found:
        row.setdefault("native_id", str(found["id"]))
    if date is not None:
        row["created_at"] = date.isoformat()
    return row


def parse_date(written: object) -> datetime | None:
    """A moment with its zone; one without is UTC, a day, month or year its first moment. None: not a date."""
    if not isinstance(written, str):
        return None
    try:
        moment = datetime.fromisoformat(written + FIRST_DAY.get(len(written), ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rebase:
    """Gives posts new dates, from `start` on, with the gaps between them divided by `speed`.

    A rebased post is a new post: its native id carries the start, so that the same file can be replayed again.
    """

    start: datetime

    def __call__(self, item: Dated, due: float) -> Dated:
        """The post as if it had been written when it is due, `due` seconds after the start."""
        date = self.start + timedelta(seconds=due)
        own = item.row.get("native_id", f"line-{item.number}")
        row = item.row | {"created_at": date.isoformat(), "native_id": f"{own}@{self.start:%Y%m%dT%H%M%S.%f}"}
        return replace(item, row=row, date=date)
