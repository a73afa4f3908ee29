"""SVG as text: elements, and how lines run."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from foreshock_dashboards.picture.units import figures

Point = tuple[float, float]


def element(name: str, inside: str = "", /, **attributes: str | float | None) -> str:
    """An element; attributes with `_` for `-`, numbers to a tenth, None left out. `inside` is SVG already."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{inside}</{name}>" if inside else f"<{name}{said}/>"


def text(said: str, x: float, y: float, anchor: str = "start", style: str | None = None) -> str:
    """A line of text."""
    return element("text", escape(said), x=x, y=y, text_anchor=anchor, style=style)


def title(said: str) -> str:
    """What whoever rests on an element is told."""
    return element("title", escape(said))


def drawing(about: str, parts: Sequence[str], width: float, height: float, kind: str | None = None) -> str:
    """A whole drawing, in pixels."""
    return element(
        "svg", "".join(parts), width=round(width), height=round(height), role="img", aria_label=about, class_=kind
    )


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return figures(value, 1).removesuffix(".0")


def run(points: Sequence[Point], how: str = "linear") -> str:
    """A line through points, straight or in steps. What lies between others on one level is left out."""
    levels = [None, *(y for _, y in points), None]
    turns = [
        point
        for point, before, after in zip(points, levels, levels[2:], strict=False)
        if not before == point[1] == after
    ]
    said = [f"M{number(turns[0][0])} {number(turns[0][1])}"]
    for (_, before), (x, y) in pairwise(turns):
        if y == before:
            said.append(f"H{number(x)}")
        elif how == "stepAfter":
            said.append(f"H{number(x)}V{number(y)}")
        else:
            said.append(f"L{number(x)} {number(y)}")
    return "".join(said)
