"""Panels, series and dashboards for the tests of pictures: what a test does not name is ordinary."""

from typing import Any

from foreshock_dashboards.picture import timeseries
from foreshock_dashboards.picture.colours import colour
from foreshock_dashboards.picture.document import Dashboard, Panel
from foreshock_dashboards.picture.series import Answer, Series, Span

SPAN = Span(1_000, 1_060)
TIMES = tuple(range(1_000, 1_061, 10))
RED, GREEN = colour("red"), colour("green")


def a_panel(kind: str = "timeseries", **parts: Any) -> Panel:
    grid = {"x": 0, "y": 0, "w": 12, "h": 8}
    return Panel.model_validate({"id": 1, "type": kind, "title": "The panel", "gridPos": grid, **parts})


def styled(defaults: dict[str, Any], *overrides: dict[str, Any], **parts: Any) -> Panel:
    return a_panel(fieldConfig={"defaults": defaults, "overrides": list(overrides)}, **parts)


def override(name: str, **properties: Any) -> dict[str, Any]:
    made = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": made}


def a_series(name: str, *given: float | None) -> Series:
    padded = (*given, *[given[-1]] * (len(TIMES) - len(given)))
    return Series(name, "A", tuple(map(float, TIMES)), padded)


def drawn(panel: Panel, *series: Series, span: Span = SPAN) -> str:
    return timeseries.draw(panel, Answer(series), span, 600, 250)


def a_dashboard(*panels: dict[str, Any], **parts: Any) -> Dashboard:
    return Dashboard.model_validate({"uid": "foreshock-one", "title": "One", "panels": panels, **parts})
