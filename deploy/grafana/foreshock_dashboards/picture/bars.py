"""Bar gauges that lie: a bar for each series, as long as its value."""

from typing import Final

from foreshock_dashboards.picture import colours
from foreshock_dashboards.picture.axes import text_width
from foreshock_dashboards.picture.document import FieldOptions, Panel, UndrawableError
from foreshock_dashboards.picture.fields import field_of, shown, value_colour
from foreshock_dashboards.picture.series import Answer, reduced
from foreshock_dashboards.picture.svg import drawing, element, text

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
    room = max(20.0, width - names - 24 - max(text_width(shown(field, value), 14) for _, field, value in found))
    thick = min(THICKEST, (height - GAP) / len(found) - GAP)
    parts: list[str] = []
    for place, (series, field, value) in enumerate(found):
        y = GAP + place * (thick + GAP)
        shade, level = value_colour(field, value), y + thick / 2
        bar: dict[str, float] = {"x": names, "y": y, "height": thick}
        parts.append(text(series.name, names - 8, level + 4, "end"))
        if panel.options.get("showUnfilled", True):
            parts.append(element("rect", **bar, width=room, fill=colours.EDGE))
        long = max(1.0, room * _share(field, value, most))
        parts.append(element("rect", **bar, width=long, fill=shade, fill_opacity=".75"))
        parts.append(text(shown(field, value), names + room + 8, level + 5, style=f"fill:{shade};font-size:14px"))
    return drawing(panel.title, parts, width, height)


def _share(field: FieldOptions, value: float | None, most: float) -> float:
    low, high = field.min or 0.0, most if field.max is None else field.max
    return 0.0 if value is None or high <= low else min(1.0, max(0.0, (value - low) / (high - low)))
