"""Small pictures for the evaluation page, as SVG text: no script, no fetched font, readable in light and dark.

Coordinates are shares from 0 to 1, the origin at the lower left, as in the figures that they show.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

SIZE: Final = 260
MARGIN: Final = 34
TICKS: Final = {0.0: "0", 0.25: "0.25", 0.5: "0.5", 0.75: "0.75", 1.0: "1"}
"""Where an axis is marked, and with what."""

Point = tuple[float, float]


def chart(title: str, across: str, up: str, marks: Iterable[str], ticks: Mapping[float, str] = TICKS) -> str:
    """Axes from 0 to 1 with what is drawn on them; `ticks` mark the one that lies."""
    edge = SIZE + 2 * MARGIN
    grid = "".join(
        f'<line class="grid" x1="{_x(at)}" y1="{_y(0)}" x2="{_x(at)}" y2="{_y(1)}"/>'
        f'<text x="{_x(at)}" y="{_y(0) + 14}" text-anchor="middle">{name}</text>'
        for at, name in ticks.items()
    ) + "".join(
        f'<line class="grid" x1="{_x(0)}" y1="{_y(at)}" x2="{_x(1)}" y2="{_y(at)}"/>'
        f'<text x="{_x(0) - 5}" y="{_y(at) + 4}" text-anchor="end">{name}</text>'
        for at, name in TICKS.items()
    )
    names = (
        f'<text x="{_x(0.5)}" y="{_y(0) + 29}" text-anchor="middle">{escape(across)}</text>'
        f'<text transform="translate(11 {_y(0.5)}) rotate(-90)" text-anchor="middle">{escape(up)}</text>'
    )
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {edge} {edge}" role="img" '
        f'aria-label="{escape(title)}">{grid}{names}{"".join(marks)}</svg></figure>'
    )


def line(points: Sequence[Point], kind: str = "curve") -> str:
    """Points joined in their order."""
    path = " ".join(f"{_x(x)},{_y(y)}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def dot(at: Point, radius: float, label: str) -> str:
    """A point with its text for whoever rests on it."""
    place = f'cx="{_x(at[0])}" cy="{_y(at[1])}" r="{radius:.1f}"'
    return f'<circle class="dot" {place}><title>{escape(label)}</title></circle>'


def column(left: float, right: float, height: float, kind: str, label: str) -> str:
    """A bar that stands on the axis."""
    return (
        f'<rect class="{kind}" x="{_x(left)}" y="{_y(height)}" width="{_x(right) - _x(left):.1f}" '
        f'height="{_y(0) - _y(height):.1f}"><title>{escape(label)}</title></rect>'
    )


def bar(share: float, kind: str = "fill") -> str:
    """A share as a bar within a table's cell."""
    return f'<span class="bar"><span class="{kind}" style="width:{share:.1%}"></span></span>'


def _x(share: float) -> float:
    return round(MARGIN + share * SIZE, 1)


def _y(share: float) -> float:
    return round(MARGIN + (1 - share) * SIZE, 1)
