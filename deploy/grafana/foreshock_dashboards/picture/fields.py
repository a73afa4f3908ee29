"""How one series or column is to look: the defaults of its panel, and over them what is overridden for it."""

import re
from copy import deepcopy
from typing import Any, Final

from pydantic import ValidationError

from foreshock_dashboards.picture import colours, units
from foreshock_dashboards.picture.document import FieldOptions, Matcher, Panel, Thresholds, UndrawableError

SHADES: Final = (0.0, 0.14, -0.14, 0.26, -0.24)
"""How much darker the first series of a panel are than the colour that they all have a shade of."""


def field_of(panel: Panel, name: str, ref: str = "A", kind: str = "number") -> FieldOptions:
    """The settings for the series or column of this name, from the query `ref`."""
    made = deepcopy(panel.field_config.defaults)
    for override in panel.field_config.overrides:
        if _matches(override.matcher, name, ref, kind):
            for each in override.properties:
                _set(made, each.id, each.value)
    try:
        return FieldOptions.model_validate(made)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise UndrawableError(f"panel {panel.title!r}, {name!r}: {said}") from error


def _matches(matcher: Matcher, name: str, ref: str, kind: str) -> bool:
    wanted = str(matcher.options)
    if matcher.id == "byName":
        return wanted == name
    if matcher.id == "byRegexp":
        return re.search(wanted.strip("/"), name) is not None
    return wanted == (ref if matcher.id == "byFrameRefID" else kind)


def _set(made: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        made = made.setdefault(parent, {})
    made[last] = value


def series_colour(field: FieldOptions, place: int, last: float | None) -> str:
    """The colour of the series in this place of its panel."""
    if field.color is None or field.color.mode == "palette-classic":
        return colours.PALETTE[place % len(colours.PALETTE)]
    if field.color.mode == "fixed":
        return colours.colour(field.color.fixed_color)
    if field.color.mode == "shades":
        return colours.shaded(colours.colour(field.color.fixed_color), darker=SHADES[place % len(SHADES)], turned=0)
    return value_colour(field, last)


def value_colour(field: FieldOptions, value: float | None) -> str:
    """The colour of a value: of what it is mapped to, fixed, or of its threshold."""
    mapped = mapping(field, value)
    if mapped and mapped.get("color"):
        return colours.colour(str(mapped["color"]))
    if field.color is not None and field.color.mode == "fixed":
        return colours.colour(field.color.fixed_color)
    return colours.colour(_step(field.thresholds, value))


def _step(thresholds: Thresholds, value: float | None) -> str:
    reached = [
        step.color for step in thresholds.steps if step.value is None or (value is not None and value >= step.value)
    ]
    return reached[-1] if reached else "text"


def mapping(field: FieldOptions, value: object) -> dict[str, Any] | None:
    """What a value is mapped to: `text` and `color`, each where there is one."""
    said = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    for each in field.mappings:
        if each.type == "value" and said in each.options:
            return dict(each.options[said])
        if each.type == "range" and isinstance(value, (int, float)):
            least, most = each.options.get("from"), each.options.get("to")
            if (least is None or value >= least) and (most is None or value <= most):
                return dict(each.options["result"])
        if each.type == "special" and value is None and each.options.get("match") in {"null", "null+nan", "empty"}:
            return dict(each.options["result"])
    return None


def shown(field: FieldOptions, value: float | None) -> str:
    """A value as text: mapped, or with its unit."""
    mapped = mapping(field, value)
    if mapped and mapped.get("text"):
        return str(mapped["text"])
    if value is None:
        return field.no_value or "No data"
    return units.text(value, field.unit, field.decimals)
