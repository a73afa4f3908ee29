"""Axes as SVG: lines across the panel at round values and round moments, with their text."""

from collections.abc import Iterator, Sequence
from typing import Final

from foreshock_dashboards.picture import units
from foreshock_dashboards.picture.scale import time_ticks
from foreshock_dashboards.picture.series import Span
from foreshock_dashboards.picture.svg import element, number, text

LETTER: Final = 0.56
"""Width of a letter, in parts of the size of the type."""
EVERY: Final = 74
"""Pixels from one marked moment to the next, at least."""


def text_width(said: str, size: float = 12) -> float:
    """About how many pixels a text takes."""
    return len(said) * size * LETTER


def across(span: Span, left: float, width: float, top: float, height: float) -> Iterator[str]:
    """The axis of time below a rectangle."""
    for moment, said in time_ticks(span.start, span.end, max(2, int(width / EVERY))):
        x = left + span.share(moment) * width
        yield element("path", class_="grid", d=f"M{number(x)} {number(top)}v{number(height)}")
        if left + 14 < x < left + width - 14:
            yield text(said, x, top + height + 15, "middle")


def up(ticks: Sequence[tuple[float, str]], left: float, width: float) -> Iterator[str]:
    """The axis of values beside a rectangle: heights in pixels with their text."""
    for y, said in ticks:
        yield element("path", class_="grid", d=f"M{number(left)} {number(y)}h{number(width)}")
        yield text(said, left - 8, y + 4, "end")


def tick(value: float, unit: str) -> str:
    """A value of an axis, without idle zeros."""
    figures, blank, rest = units.text(round(value, 12), unit).partition(" ")
    figures, percent, _ = figures.partition("%")
    if "." in figures:
        figures = figures.rstrip("0").rstrip(".")
    return figures + percent + blank + rest
