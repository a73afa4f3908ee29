"""Book one: what was accepted, by the ledger that ingest keeps or by a client's own file of ids.

Ingest's ledger is a hash for each day, `ingest:ledger:<YYYY-MM-DD>`, with the fields `HH:MM:count` and `HH:MM:sum`. It
is written in the same atomic step as the posts themselves.
"""

from collections import defaultdict
from pathlib import Path
from typing import Final, cast
from uuid import UUID

from redis.asyncio import Redis

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.audit.books import Minute, Tally

PREFIX: Final = "ingest:ledger:"


async def ledger(redis: Redis) -> dict[Minute, Tally]:
    """The whole of ingest's ledger."""
    book: dict[Minute, Tally] = {}
    async for key in redis.scan_iter(match=f"{PREFIX}*"):
        day = key.decode().removeprefix(PREFIX)
        book |= parse_day(day, cast("dict[bytes, bytes]", await redis.hgetall(key)))
    return book


def parse_day(day: str, fields: dict[bytes, bytes]) -> dict[Minute, Tally]:
    """One day of the ledger. Raises ConfigurationError where a field is none of ours."""
    numbers: dict[Minute, dict[str, int]] = defaultdict(dict)
    for name, value in fields.items():
        time, _, what = name.decode(errors="replace").rpartition(":")
        if what not in {"count", "sum"}:
            raise ConfigurationError(f"{PREFIX}{day} has the field {name!r}, which no ledger has: was it edited?")
        numbers[f"{day} {time}"][what] = int(value)
    return {minute: Tally(found.get("count", 0), found.get("sum", 0)) for minute, found in numbers.items()}


def client_ids(path: Path) -> set[UUID]:
    """The ids of a client's file, one a line. Raises ConfigurationError that names a line that is none."""
    ids: set[UUID] = set()
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    ids.add(_id(path, number, line.strip()))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the ledger {path} cannot be read: {error}") from error
    return ids


def _id(path: Path, number: int, written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise ConfigurationError(f"{path}, line {number}: {written[:60]!r} is no post id") from error
