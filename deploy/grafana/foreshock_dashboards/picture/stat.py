"""One number in large letters, with its recent past behind it and the colour of its threshold."""

from dataclasses import dataclass
from html import escape
from typing import Final

from foreshock_dashboards.picture import colours
from foreshock_dashboards.picture.document import Panel, UndrawableError
from foreshock_dashboards.picture.fields import field_of, shown, value_colour
from foreshock_dashboards.picture.series import Answer, Series, Span, reduced
from foreshock_dashboards.picture.svg import drawing, element, number, run

LARGEST: Final = 38
"""Pixels of the letters, where there is room."""
WIDE: Final = 0.56
GAP: Final = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a value is shown, in pixels."""

    width: float
    height: float
    named: bool


def draw(panel: Panel, answer: Answer, span: Span, width: float, height: float) -> str:
    """The inside of a panel of this size in pixels: its values side by side."""
    named = len(answer.series) > 1 or panel.options.get("textMode") in {"name", "value_and_name"}
    tile = Tile((width + GAP) / len(answer.series) - GAP, height, named)
    return f'<div class="stats">{"".join(_value(panel, each, span, tile) for each in answer.series)}</div>'


def nothing(panel: Panel, height: float) -> str:
    """A stat without a value: what it says then."""
    said = escape(shown(field_of(panel, panel.title), None))
    style = f"height:{number(height)}px;color:{colours.FAINT}"
    return f'<div class="stats"><div class="stat" style="{style}"><b style="font-size:24px">{said}</b></div></div>'


def _value(panel: Panel, series: Series, span: Span, tile: Tile) -> str:
    field = field_of(panel, series.name, series.ref)
    [calculation] = panel.options.get("reduceOptions", {}).get("calcs", ["lastNotNull"])
    value = reduced(calculation, series.values)
    said = shown(field, value)
    ground, letters, behind = _colours(panel, value_colour(field, value))
    size = min(LARGEST, (tile.width - 16) / max(3, len(said)) / WIDE, tile.height * 0.55)
    curve = _curve(series, span, tile, behind) if panel.options.get("graphMode", "area") == "area" else ""
    name = f"<small>{escape(field.display_name or series.name)}</small>" if tile.named else ""
    style = f"height:{number(tile.height)}px;background:{ground};color:{letters}"
    value_ = f'<b style="font-size:{number(size)}px">{escape(said)}</b>'
    return f'<div class="stat" style="{style}">{curve}{name}{value_}</div>'


def _colours(panel: Panel, shade: str) -> tuple[str, str, str]:
    """Of the ground, the letters, and the curve behind them."""
    mode = panel.options.get("colorMode", "value")
    if mode in {"value", "none"}:
        return "transparent", shade if mode == "value" else colours.TEXT, shade
    if mode == "background":
        ends = (colours.shaded(shade, darker=0.15, turned=8), colours.shaded(shade, darker=0.05, turned=-8))
        return f"linear-gradient(120deg,{ends[0]},{ends[1]})", colours.ink(shade), "#ffffff"
    if mode == "background_solid":
        return shade, colours.ink(shade), "#ffffff"
    raise UndrawableError(f"panel {panel.title!r}: a stat coloured by {mode!r} is not drawn here")


def _curve(series: Series, span: Span, tile: Tile, shade: str) -> str:
    pairs = zip(series.times, series.values, strict=True)
    there = [(moment, value) for moment, value in pairs if value is not None and moment >= span.start]
    if len(there) < 2:
        return ""
    height = tile.height * 0.45
    low, high = min(value for _, value in there), max(value for _, value in there)
    points = [
        (span.share(moment) * tile.width, height - 2 - (value - low) / (high - low or 1) * (height - 6))
        for moment, value in there
    ]
    first, last = (number(points[end][0]) for end in (0, -1))
    area = f"M{first} {number(height)}L{run(points)[1:]}L{last} {number(height)}Z"
    parts = [
        element("path", d=area, fill=shade, fill_opacity=".2"),
        element("path", d=run(points), fill="none", stroke=shade),
    ]
    return drawing("", parts, tile.width, height, "curve")
