"""Where axes are marked: round values and round moments."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_SEXAGESIMAL: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14400, 21600, 43200)


def value_ticks(low: float, high: float, most: int, unit: str = "") -> list[float]:
    """At most so many round values from `low` to `high`."""
    exact = (high - low) / max(1, most)
    if unit == "s" and exact > 1:
        step = next((each for each in _SEXAGESIMAL if each >= exact), 86400 * math.ceil(exact / 86400))
    elif unit == "bytes" and exact > 1:
        step = 2 ** math.ceil(math.log2(exact))
    else:
        power = 10 ** math.floor(math.log10(exact))
        step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= exact * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Powers of ten from `low` to `high`, every second or third of them where they would be too many."""
    first, last = round(math.log10(low)), round(math.log10(high))
    every = math.ceil((last - first + 1) / max(1, most))
    return [10.0**power for power in range(first, last + 1, every)]


def time_ticks(start: float, end: float, most: int) -> list[tuple[float, str]]:
    """At most so many round moments, with their text (UTC)."""
    exact = (end - start) / max(1, most)
    step = next((each for each in _STEPS if each >= exact), 86400 * math.ceil(exact / 86400))
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86400 else "%m/%d"
    moments = range(math.ceil(start / step), math.floor(end / step) + 1)
    return [(number * step, datetime.fromtimestamp(number * step, UTC).strftime(form)) for number in moments]


def log_reach(values: Sequence[float]) -> tuple[float, float]:
    """Powers of ten between which all values lie that have a logarithm; one more where all are the same."""
    there = [each for each in values if each > 0] or [1.0]
    low, high = math.floor(math.log10(min(there))), math.ceil(math.log10(max(there)))
    return 10.0**low, 10.0 ** max(high, low + 1)


Ends = tuple[float | None, float | None]
"""The lower and the upper end of an axis, where they are given."""


def reach(values: Sequence[float], fixed: Ends, soft: Ends) -> tuple[float, float]:
    """Ends of an axis that shows all values with some air above, and what is soft, where it is not fixed."""
    least = min([*values, *(each for each in soft[:1] if each is not None)], default=0.0)
    most = max([*values, *(each for each in soft[1:] if each is not None)], default=0.0)
    bottom = min(least, 0.0) if least == most or least < most / 4 else least
    bottom = bottom if fixed[0] is None else fixed[0]
    air = (most - bottom) * 0.06 or 1.0
    top = fixed[1] if fixed[1] is not None else most + air
    return bottom, top if top > bottom else bottom + 1
