"""One number in large letters, with its recent past behind it and the colour of its threshold."""

from html import escape
from typing import Final

from foreshock_dashboards.picture import colours
from foreshock_dashboards.picture.document import FieldOptions, Panel, UndrawableError
from foreshock_dashboards.picture.fields import field_of, shown, value_colour
from foreshock_dashboards.picture.series import Answer, Series, Span, reduced

LARGEST: Final = 38


def draw(panel: Panel, answer: Answer, span: Span, width: float, height: float) -> str:
    """The inside of a panel of this size in pixels: its values side by side."""
    wide = (width - 8 * (len(answer.series) - 1)) / len(answer.series)
    named = len(answer.series) > 1 or panel.options.get("textMode") in {"name", "value_and_name"}
    drawn = (_value(panel, each, span, wide, height, named=named) for each in answer.series)
    return f'<div class="stats">{"".join(drawn)}</div>'


def nothing(panel: Panel, height: float) -> str:
    """A stat without a value: what it says then."""
    field = field_of(panel, panel.title)
    return f'<div class="stats"><div class="stat" style="height:{height:.0f}px;color:{colours.FAINT}"><b style="font-size:24px">{escape(shown(field, None))}</b></div></div>'


def _value(panel: Panel, series: Series, span: Span, width: float, height: float, *, named: bool) -> str:
    field = field_of(panel, series.name, series.ref)
    [calculation] = panel.options.get("reduceOptions", {}).get("calcs", ["lastNotNull"])
    value = reduced(calculation, series.values)
    said, shade = shown(field, value), value_colour(field, value)
    ground, letters, behind = _colours(panel, shade)
    size = min(LARGEST, (width - 16) / max(3, len(said)) / 0.56, height * 0.55)
    curve = (
        _curve(series, field, span, width, height * 0.45, behind)
        if panel.options.get("graphMode", "area") == "area"
        else ""
    )
    name = f"<small>{escape(field.display_name or series.name)}</small>" if named else ""
    return (
        f'<div class="stat" style="width:{width:.0f}px;height:{height:.0f}px;background:{ground};color:{letters}">'
        f'{curve}{name}<b style="font-size:{size:.0f}px">{escape(said)}</b></div>'
    )


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


def _curve(series: Series, field: FieldOptions, span: Span, width: float, height: float, shade: str) -> str:
    there = [
        (moment, value)
        for moment, value in zip(series.times, series.values, strict=True)
        if value is not None and moment >= span.start
    ]
    if len(there) < 2:
        return ""
    low = min(value for _, value in there) if field.min is None else field.min
    high = max(value for _, value in there)
    tall = high - low or 1
    points = [
        ((moment - span.start) / (span.end - span.start) * width, height - 2 - (value - low) / tall * (height - 6))
        for moment, value in there
    ]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return (
        f'<svg class="curve" width="{width:.0f}" height="{height:.0f}">'
        f'<path d="M{points[0][0]:.1f} {height:.0f}L{path}L{points[-1][0]:.1f} {height:.0f}Z" fill="{shade}" fill-opacity=".2"/>'
        f'<path d="M{path}" fill="none" stroke="{shade}"/></svg>'
    )
