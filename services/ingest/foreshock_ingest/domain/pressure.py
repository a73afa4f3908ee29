"""When it is too much: a pure decision over what the server shows.

Ingest is closed well before the server is full; the rest of the memory is for finishing what was accepted, so that a
full server drains by itself. It opens again only some way below the limit, so that it does not flutter.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

REOPEN_BELOW: Final = 0.9
"""The part of a limit below which it opens again."""


class Strain(StrEnum):
    """Why nothing is accepted; `NONE` when it is."""

    NONE = "none"
    UNREACHABLE = "unreachable"
    MEMORY = "memory"
    DEAD_LETTERS = "dead_letters"
    BACKLOG = "backlog"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server may come to before ingest closes."""

    backlog_entries: int
    memory_percent: float
    dead_letter_bytes: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the server shows at one moment."""

    backlog_entries: int
    used_memory: int
    max_memory: int
    """0 where the server has no limit."""
    dead_letter_bytes: int

    @property
    def memory_percent(self) -> float:
        """Used memory as a part of the limit, 0 where there is none."""
        return 100 * self.used_memory / self.max_memory if self.max_memory else 0.0


def judge(before: Strain, reading: Reading, limits: Limits) -> Strain:
    """The strain that a reading amounts to, given the one that was there; the gravest first."""
    measured = (
        (Strain.MEMORY, reading.memory_percent, limits.memory_percent),
        (Strain.DEAD_LETTERS, reading.dead_letter_bytes, limits.dead_letter_bytes),
        (Strain.BACKLOG, reading.backlog_entries, limits.backlog_entries),
    )
    for strain, value, limit in measured:
        if value >= limit * (REOPEN_BELOW if before is strain else 1):
            return strain
    return Strain.NONE
