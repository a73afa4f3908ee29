"""Bar gauges that lie: a bar for each series, as long as its value."""

from html import escape
from typing import Final

from foreshock_dashboards.picture.axes import text_width
from foreshock_dashboards.picture.document import Panel, UndrawableError
from foreshock_dashboards.picture.fields import field_of, series_colour, shown, value_colour
from foreshock_dashboards.picture.series import Answer, reduced

THICKEST: Final = 40
GAP: Final = 8


def draw(panel: Panel, answer: Answer, width: float, height: float) -> str:
    """The inside of a panel of this size in pixels."""
    if panel.options.get("orientation", "auto") != "horizontal" or panel.options.get("displayMode") != "basic":
        raise UndrawableError(f"panel {panel.title!r}: only plain bars that lie are drawn here")
    [calculation] = panel.options.get("reduceOptions", {}).get("calcs", ["lastNotNull"])
    found = [(each, field_of(panel, each.name, each.ref), reduced(calculation, each.values)) for each in answer.series]
    most = max((value for _, _, value in found if value is not None), default=0.0)
    names = 16 + max(text_width(each.name) for each, _, _ in found)
    texts = 16 + max(text_width(shown(field, value), 14) for _, field, value in found)
    room = max(20.0, width - names - texts)
    thick = min(THICKEST, (height - GAP) / len(found) - GAP)
    parts = []
    for place, (series, field, value) in enumerate(found):
        low, high = field.min or 0.0, field.max if field.max is not None else most
        share = 0.0 if value is None or high <= low else min(1.0, max(0.0, (value - low) / (high - low)))
        mode = field.color.mode if field.color else "thresholds"
        shade = value_colour(field, value) if mode != "palette-classic" else series_colour(field, place, value)
        y = GAP + place * (thick + GAP)
        middle = y + thick / 2
        empty = f'<rect x="{names:.1f}" y="{y:.1f}" width="{room:.1f}" height="{thick:.1f}" fill="#23262b"/>'
        parts.append(
            f'<text x="{names - 8:.1f}" y="{middle + 4:.1f}" text-anchor="end">{escape(series.name)}</text>'
            f"{empty if panel.options.get('showUnfilled', True) else ''}"
            f'<rect x="{names:.1f}" y="{y:.1f}" width="{max(1.0, room * share):.1f}" height="{thick:.1f}" fill="{shade}" '
            f'fill-opacity=".75"/><text x="{width - texts + 8:.1f}" y="{middle + 5:.1f}" style="fill:{shade};font-size:14px">'
            f"{escape(shown(field, value))}</text>"
        )
    return f'<svg width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(panel.title)}">{"".join(parts)}</svg>'
