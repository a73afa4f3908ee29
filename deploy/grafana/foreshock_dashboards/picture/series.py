"""What a panel is given to draw: series on one grid of moments, or a table."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Values = tuple[float | None, ...]
Cell = object
"""What Postgres gives: text, a number, a datetime, nothing."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values at the moments of its panel; None where there is none."""

    name: str
    ref: str
    """Of the query that it answers."""
    times: tuple[float, ...]
    """Unix seconds, rising."""
    values: Values


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by their names, and rows."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """All that the queries of a panel gave."""

    series: tuple[Series, ...] = ()
    table: Table = Table()
    exemplars: tuple[tuple[float, float, str], ...] = ()
    """Moment, value, and its labels as text."""
    note: str = ""
    """Why there is nothing, where nobody was asked."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be seen."""
        return not self.table.rows and all(value is None for each in self.series for value in each.values)


@dataclass(frozen=True, slots=True)
class Mark:
    """An annotation: something that was so from one moment to another."""

    start: float
    end: float
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Span:
    """A range of time, in Unix seconds."""

    start: float
    end: float
    marks: tuple[Mark, ...] = field(default=(), compare=False)

    def share(self, moment: float) -> float:
        """How far along a moment is: 0 at the start, 1 at the end."""
        return (moment - self.start) / (self.end - self.start)


def legend(form: str, labels: Mapping[str, str]) -> str:
    """The name of a series: `form` with `{{label}}` filled in; without a form the metric with its labels."""
    if form and form != "__auto":
        return re.sub(r"\{\{\s*(.+?)\s*\}\}", lambda found: labels.get(found[1], ""), form)
    rest = ", ".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{rest}}}"


def _there(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _last(values: Sequence[float | None]) -> float | None:
    return next(iter(reversed(_there(values))), None)


def _mean(values: Sequence[float | None]) -> float | None:
    there = _there(values)
    return math.fsum(there) / len(there) if there else None


CALCULATIONS: Final[Mapping[str, tuple[str, Callable[[Sequence[float | None]], float | None]]]] = {
    "lastNotNull": ("Last *", _last),
    "last": ("Last", lambda values: values[-1] if values else None),
    "max": ("Max", lambda values: max(_there(values), default=None)),
    "min": ("Min", lambda values: min(_there(values), default=None)),
    "mean": ("Mean", _mean),
    "sum": ("Total", lambda values: math.fsum(_there(values)) if _there(values) else None),
}
"""What can be said of a series in one number, with its name in a legend."""


def reduced(calculation: str, values: Sequence[float | None]) -> float | None:
    """One number for a series; raises ValueError for a calculation that is not known."""
    if calculation not in CALCULATIONS:
        raise ValueError(f"there is no calculation {calculation!r}")
    return CALCULATIONS[calculation][1](values)
