"""State timelines: a band for each series, a piece of it for each time that a state lasted."""

from collections.abc import Iterator
from html import escape
from typing import Final

from foreshock_dashboards.picture import colours
from foreshock_dashboards.picture.axes import across, text_width
from foreshock_dashboards.picture.document import FieldOptions, Panel
from foreshock_dashboards.picture.fields import field_of, shown, value_colour
from foreshock_dashboards.picture.legends import LINE
from foreshock_dashboards.picture.series import Answer, Series, Span

TIMES: Final = 22
TOP: Final = 4


def draw(panel: Panel, answer: Answer, span: Span, width: float, height: float) -> str:
    """The inside of a panel of this size in pixels."""
    key = panel.options.get("legend", {}).get("showLegend", True)
    tall = height - (LINE + 4 if key else 0)
    band = (tall - TIMES - TOP) / len(answer.series)
    thick = band * float(panel.options.get("rowHeight", 0.9))
    left = 12 + max(text_width(each.name) for each in answer.series)
    parts: list[str] = list(across(span, left, width - left - 10, TOP, tall - TIMES - TOP))
    seen: dict[str, str] = {}
    for place, series in enumerate(answer.series):
        field = field_of(panel, series.name, series.ref)
        middle = TOP + band * (place + 0.5)
        parts.append(f'<text x="{left - 8:.1f}" y="{middle + 4:.1f}" text-anchor="end">{escape(series.name)}</text>')
        opacity = (70 if field.custom.fill_opacity is None else field.custom.fill_opacity) / 100
        for first, last, value in _pieces(series, span):
            said, shade = shown(field, value), value_colour(field, value)
            seen[said] = shade
            x, end = (left + (at - span.start) / (span.end - span.start) * (width - left - 10) for at in (first, last))
            parts.append(
                f'<rect x="{x:.1f}" y="{middle - thick / 2:.1f}" width="{max(1.0, end - x):.1f}" height="{thick:.1f}" '
                f'fill="{shade}" fill-opacity="{opacity:g}"><title>{escape(f"{series.name}: {said}")}</title></rect>'
            )
    svg = f'<svg width="{width:.0f}" height="{tall:.0f}" role="img" aria-label="{escape(panel.title)}">{"".join(parts)}</svg>'
    return f'<div class="above">{svg}{_legend(seen, field) if key else ""}</div>'


def _pieces(series: Series, span: Span) -> Iterator[tuple[float, float, float]]:
    """From when to when it had which value; ends where there is none."""
    began: float | None = None
    held: float | None = None
    for moment, value in [*zip(series.times, series.values, strict=True), (span.end, None)]:
        at = max(moment, span.start)
        if value != held:
            if held is not None and began is not None:
                yield began, at, held
            began, held = at, value


def _legend(seen: dict[str, str], field: FieldOptions) -> str:
    """All states that are named in the dashboard, as they are named there, or those that were."""
    named = {
        str(each["text"]): colours.colour(str(each["color"]))
        for mapping in field.mappings
        if mapping.type == "value"
        for each in mapping.options.values()
        if each.get("text") and each.get("color")
    }
    entries = "".join(
        f'<span class="entry"><i style="background:{shade}"></i>{escape(said)}</span>'
        for said, shade in (named | seen).items()
    )
    return f'<div class="legend" style="height:{LINE}px">{entries}</div>'
