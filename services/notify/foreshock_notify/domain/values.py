"""How values are written in rules: durations, words, names."""

import re
from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> timedelta:
    """A duration as a rule has it. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,6})\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a number and a unit: 90s, 30m, 24h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def several(value: object) -> object:
    """One word stands for a list of one."""
    return [value] if isinstance(value, str) else value


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(duration)]
Word: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(str.casefold)]
"""A word in any case."""
Words: TypeAlias = Annotated[frozenset[Word], Field(min_length=1), BeforeValidator(several)]
RuleName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Names: TypeAlias = Annotated[tuple[RuleName, ...], BeforeValidator(several)]


_SIZES: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def spoken(duration: timedelta) -> str:
    """A duration as a rule would have it: 90s, 30m, 24h, 7d."""
    seconds = int(duration.total_seconds())
    unit, size = next((u, n) for u, n in _SIZES if seconds % n == 0 and (seconds or n == 1))
    return f"{seconds // size}{unit}"
