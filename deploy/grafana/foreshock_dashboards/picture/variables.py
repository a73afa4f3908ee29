"""Intervals and variables as Grafana puts them into queries."""

import re
from collections.abc import Mapping
from typing import Final

from foreshock_dashboards.picture.document import UndrawableError, Variable
from foreshock_dashboards.picture.series import Span

_ROUNDED: Final = (
    (0.015, 0.01),
    (0.035, 0.02),
    (0.075, 0.05),
    (0.15, 0.1),
    (0.35, 0.2),
    (0.75, 0.5),
    (1.5, 1),
    (3.5, 2),
    (7.5, 5),
    (12.5, 10),
    (17.5, 15),
    (25, 20),
    (45, 30),
    (90, 60),
    (210, 120),
    (450, 300),
    (750, 600),
    (1050, 900),
    (1500, 1200),
    (2700, 1800),
    (5400, 3600),
    (9000, 7200),
    (16200, 10800),
    (32400, 21600),
    (86400, 43200),
)
"""Below so many seconds an interval becomes so many."""
_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NAMED: Final = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]")


def seconds(text: str) -> float:
    """A duration such as `15s` or `6h`; raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|[smhdw])", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no duration: give a number with ms, s, m, h, d or w")
    return float(found[1]) * _UNITS[found[2]]


def duration(size: float) -> str:
    """Seconds as Prometheus reads them."""
    return f"{round(size * 1000)}ms" if size < 1 or size != int(size) else f"{int(size)}s"


def interval(span: Span, points: float, least: float) -> float:
    """Seconds from one point to the next, where `points` fit in: a round number, and no less than `least`."""
    exact = (span.end - span.start) / max(1, points)
    rounded = next((made for limit, made in _ROUNDED if exact < limit), 86400)
    return max(rounded, least)


def values(variables: list[Variable], span: Span, step: float, scrape: float) -> dict[str, str]:
    """What stands for each name: those that Grafana knows by itself, and the dashboard's own as they are at first."""
    whole = span.end - span.start
    return {
        "__interval": duration(step),
        "__interval_ms": str(round(step * 1000)),
        "__rate_interval": duration(max(step + scrape, 4 * scrape)),
        "__range": duration(round(whole)),
        "__range_s": str(round(whole)),
        "__range_ms": str(round(whole * 1000)),
        "__from": str(round(span.start * 1000)),
        "__to": str(round(span.end * 1000)),
    } | {each.name: _chosen(each) for each in variables}


def _chosen(variable: Variable) -> str:
    value = variable.current.get("value")
    if value in ("$__all", ["$__all"]) or (value in (None, "", []) and variable.include_all):
        return variable.all_value or ".*"
    if isinstance(value, list):
        return str(value[0]) if len(value) == 1 else f"({'|'.join(map(str, value))})"
    if value is None:
        raise UndrawableError(f"variable {variable.name!r} has no value at first, and cannot be all")
    return str(value)


def expanded(text: str, known: Mapping[str, str]) -> str:
    """A PromQL expression with its variables filled in; raises UndrawableError for one that there is not."""

    def value(found: re.Match[str]) -> str:
        name = next(group for group in found.groups() if group)
        if name not in known:
            raise UndrawableError(f"there is no variable ${name} in {text!r}")
        return known[name]

    return _NAMED.sub(value, text)


def expanded_sql(text: str, span: Span, known: Mapping[str, str]) -> str:
    """A statement with the macros of the Postgres data source filled in."""
    first, last = (f"to_timestamp({moment:.3f})" for moment in (span.start, span.end))
    text = re.sub(r"\$__timeFilter\(([^()]+)\)", rf"\1 BETWEEN {first} AND {last}", text)
    text = text.replace("$__timeFrom()", first).replace("$__timeTo()", last)
    quoted = {name: value for name, value in known.items() if name.startswith("__")}
    own = {name: "'" + value.replace("'", "''") + "'" for name, value in known.items() if name not in quoted}
    return expanded(re.sub(r"\$(\d)", "\x00\\1", text), quoted | own).replace("\x00", "$")
