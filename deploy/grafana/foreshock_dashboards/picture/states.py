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
from foreshock_dashboards.picture.svg import drawing, element, text, title

TIMES: Final = 22
TOP: Final = 4
FILL: Final = 70


def draw(panel: Panel, answer: Answer, span: Span, width: float, height: float) -> str:
    """The inside of a panel of this size in pixels."""
    key = panel.options.get("legend", {}).get("showLegend", True)
    tall = height - (LINE + 4 if key else 0)
    band = (tall - TIMES - TOP) / len(answer.series)
    thick = band * float(panel.options.get("rowHeight", 0.9))
    left = 12 + max(text_width(each.name) for each in answer.series)
    wide = width - left - 10
    parts = list(across(span, left, wide, TOP, tall - TIMES - TOP))
    seen: dict[str, str] = {}
    fields = [field_of(panel, each.name, each.ref) for each in answer.series]
    for place, (series, field) in enumerate(zip(answer.series, fields, strict=True)):
        middle = TOP + band * (place + 0.5)
        parts.append(text(series.name, left - 8, middle + 4, "end"))
        opacity = FILL if field.custom.fill_opacity is None else field.custom.fill_opacity
        for first, last, value in _pieces(series, span):
            said, shade = shown(field, value), value_colour(field, value)
            seen[said] = shade
            size = {"width": max(1, (span.share(last) - span.share(first)) * wide), "height": thick}
            where = {"x": left + span.share(first) * wide, "y": middle - thick / 2}
            note = title(f"{series.name}: {said}")
            parts.append(element("rect", note, **where, **size, fill=shade, fill_opacity=f"{opacity / 100:g}"))
    return drawing(panel.title, parts, width, tall) + (_legend(seen, fields[0]) if key else "")


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
    """All states that are named in the dashboard, in their order there, and what else there was."""
    named = [each for mapping in field.mappings if mapping.type == "value" for each in mapping.options.values()]
    named.sort(key=lambda each: each.get("index", 0))
    known = {
        str(each["text"]): colours.colour(str(each["color"])) for each in named if each.keys() >= {"text", "color"}
    }
    entries = "".join(
        f'<span class="entry"><i style="color:{shade}"></i>{escape(said)}</span>'
        for said, shade in (known | seen).items()
    )
    return f'<div class="legend" style="height:{LINE}px">{entries}</div>'
