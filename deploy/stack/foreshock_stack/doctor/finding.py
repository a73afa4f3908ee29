"""A finding: what was looked at, how it is, what that means and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. A fault stops the stack, loses posts or keeps somebody from being told."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """`means` and `do` are empty where all is well."""

    level: Level
    subject: str
    found: str
    means: str = ""
    do: str = ""


def ok(subject: str, found: str) -> Finding:
    return Finding(Level.OK, subject, found)


def warning(subject: str, found: str, means: str, do: str) -> Finding:
    return Finding(Level.WARNING, subject, found, means, do)


def fault(subject: str, found: str, means: str, do: str) -> Finding:
    return Finding(Level.FAULT, subject, found, means, do)


def size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
