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
    else:
        base = 2 ** (10 * math.floor(math.log2(exact) / 10)) if unit == "bytes" and exact >= 1 else 1
        power = 10 ** math.floor(math.log10(exact / base))
        step = base * next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= exact / base * 0.999)
    if unit == "short" and step < 1 and low == int(low) and high >= 1:
        step = max(step, 0.5)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def time_ticks(start: float, end: float, most: int) -> list[tuple[float, str]]:
    """At most so many round moments, with their text (UTC)."""
    exact = (end - start) / max(1, most)
    step = next((each for each in _STEPS if each >= exact), 86400 * math.ceil(exact / 86400))
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86400 else "%m/%d"
    moments = range(math.ceil(start / step), math.floor(end / step) + 1)
    return [(number * step, datetime.fromtimestamp(number * step, UTC).strftime(form)) for number in moments]


def reach(
    values: Sequence[float], low: float | None, high: float | None, soft: tuple[float | None, float | None]
) -> tuple[float, float]:
    """Ends of an axis that shows all values with some air, where `low` and `high` do not fix them."""
    least, most = min(values, default=0.0), max(values, default=0.0)
    least, most = (
        min(least, soft[0] if soft[0] is not None else least),
        max(most, soft[1] if soft[1] is not None else most),
    )
    air = (most - least) * 0.06 or abs(most) * 0.2 or 1.0
    bottom = low if low is not None else (least - air if least < 0 or least > air * 4 else min(0.0, least))
    top = high if high is not None else most + air
    return bottom, top if top > bottom else bottom + 1
