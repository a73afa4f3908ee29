"""Axes as SVG: lines across the panel at round values and round moments, with their text."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from foreshock_dashboards.picture import units
from foreshock_dashboards.picture.scale import time_ticks
from foreshock_dashboards.picture.series import Span

LETTER: Final = 0.56
"""Width of a letter, in parts of the size of the type."""
EVERY: Final = 74
"""Pixels from one marked moment to the next, at least."""


def text_width(text: str, size: float = 12) -> float:
    """About how many pixels a text takes."""
    return len(text) * size * LETTER


def across(span: Span, left: float, width: float, top: float, height: float) -> Iterator[str]:
    """The axis of time below a rectangle."""
    for moment, said in time_ticks(span.start, span.end, max(2, int(width / EVERY))):
        x = left + (moment - span.start) / (span.end - span.start) * width
        yield f'<path class="grid" d="M{x:.1f} {top}v{height:.1f}"/>'
        if left + 14 < x < left + width - 14:
            yield f'<text x="{x:.1f}" y="{top + height + 15:.1f}" text-anchor="middle">{said}</text>'


def up(ticks: Sequence[tuple[float, str]], left: float, width: float) -> Iterator[str]:
    """The axis of values beside a rectangle: heights in pixels with their text."""
    for y, said in ticks:
        yield f'<path class="grid" d="M{left:.1f} {y:.1f}h{width:.1f}"/>'
        yield f'<text x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{escape(said)}</text>'


def tick(value: float, unit: str) -> str:
    """A value of an axis, without idle zeros."""
    number, blank, rest = units.text(round(value, 12), unit).partition(" ")
    number, percent, _ = number.partition("%")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return number + percent + blank + rest
