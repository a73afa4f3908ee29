"""A whole dashboard as one HTML page, in Grafana's grid: nothing is fetched, no script runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

from foreshock_dashboards.picture import bars, colours, stat, states, table, timeseries
from foreshock_dashboards.picture.asking import Asking, at
from foreshock_dashboards.picture.document import Dashboard, Panel, UndrawableError
from foreshock_dashboards.picture.fields import field_of, shown
from foreshock_dashboards.picture.series import Answer, Span

COLUMNS: Final = 24
CELL: Final = 30
GAP: Final = 8
EDGE: Final = 16
HEADER: Final = 34
ABOVE: Final = 68
"""Of the page, before its panels."""
PADDING: Final = 8
WIDTH: Final = 1600
KINDS: Final = frozenset({"timeseries", "stat", "table", "state-timeline", "bargauge"})
STYLE: Final = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, and what there was nothing to draw for."""

    html: str
    height: int
    """Of the page, in pixels."""
    empty: tuple[str, ...]
    """Titles of the panels without data."""


@dataclass(frozen=True, slots=True)
class Place:
    """Of a panel on the page, in pixels."""

    left: float
    top: float
    width: float
    height: float


def place(panel: Panel, width: int) -> Place:
    """Where a panel lies on a page of this width."""
    column = (width - 2 * EDGE - (COLUMNS - 1) * GAP) / COLUMNS
    grid = panel.grid_pos
    return Place(
        EDGE + grid.x * (column + GAP),
        grid.y * (CELL + GAP),
        grid.w * column + (grid.w - 1) * GAP,
        grid.h * CELL + (grid.h - 1) * GAP,
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a page is made of."""

    dashboard: Dashboard
    among: Sequence[Dashboard]
    span: Span
    width: int
    height: int


async def picture(asking: Asking, among: Sequence[Dashboard], width: int = WIDTH) -> Picture:
    """The picture of a dashboard; `among` are those that its links may lead to. Raises UndrawableError."""
    dashboard = asking.dashboard
    for panel in dashboard.panels:
        if panel.type not in KINDS | {"row"} or panel.transformations:
            what = "a transformation" if panel.transformations else f"a panel of the kind {panel.type!r}"
            raise UndrawableError(f"{dashboard.title}, panel {panel.title!r}: {what} is not drawn here")
    answers = {
        panel.id: await asking.panel(panel, place(panel, width).width)
        for panel in dashboard.panels
        if panel.type != "row"
    }
    span = at(asking.span, await asking.marks())
    drawn = [_framed(panel, answers.get(panel.id), span, width) for panel in dashboard.panels]
    height = max(int(found.top + found.height) for found in (place(each, width) for each in dashboard.panels))
    empty = tuple(each.title for each in dashboard.panels if each.id in answers and answers[each.id].empty)
    sheet = _Sheet(dashboard, among, span, width, height)
    return Picture(_page(sheet, "".join(drawn)), height + ABOVE + EDGE, empty)


def _framed(panel: Panel, answer: Answer | None, span: Span, width: int) -> str:
    where = place(panel, width)
    style = f"left:{where.left:.1f}px;top:{where.top:.0f}px;width:{where.width:.1f}px;height:{where.height:.0f}px"
    if answer is None:
        return f'<h2 style="{style}">{escape(panel.title)}</h2>'
    about = f'<span class="about" title="{escape(panel.description)}">i</span>' if panel.description else ""
    inside = _inside(panel, answer, span, where.width - 2 * PADDING, where.height - HEADER - PADDING)
    title = f'<h3><span title="{escape(panel.title)}">{escape(panel.title)}</span>{about}</h3>'
    return f'<section style="{style}" data-kind="{panel.type}">{title}<div class="body">{inside}</div></section>'


def _inside(panel: Panel, answer: Answer, span: Span, width: float, height: float) -> str:
    if answer.empty:
        return stat.nothing(panel, height) if panel.type == "stat" else _nothing(panel, answer.note)
    try:
        match panel.type:
            case "timeseries":
                return timeseries.draw(panel, answer, span, width, height)
            case "stat":
                return stat.draw(panel, answer, span, width, height)
            case "state-timeline":
                return states.draw(panel, answer, span, width, height)
            case "bargauge":
                return bars.draw(panel, answer, width, height)
            case _:
                return table.draw(panel, answer, width, height, span.end)
    except ValueError as error:
        raise UndrawableError(f"panel {panel.title!r}: {error}") from error


def _nothing(panel: Panel, note: str) -> str:
    return f'<p class="nothing">{escape(note or shown(field_of(panel, panel.title), None))}</p>'


def _page(sheet: _Sheet, inside: str) -> str:
    dashboard = sheet.dashboard
    first, last = (datetime.fromtimestamp(moment, UTC) for moment in (sheet.span.start, sheet.span.end))
    variables = "".join(f'<span class="variable">{escape(name)}</span>' for name in _variables(dashboard))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(dashboard.title)}</title>'
        f"<style>:root{{{_colours()}}}{STYLE}</style><body style='width:{sheet.width}px'>"
        f"<header style='height:{ABOVE}px'><h1>{escape(dashboard.title)}</h1><p>{escape(dashboard.description)}</p>"
        f"{variables}<nav>{_links(dashboard, sheet.among)}</nav>"
        f"<time>{first:%Y-%m-%d %H:%M:%S} to {last:%H:%M:%S} UTC</time></header>"
        f'<main style="height:{sheet.height}px">{inside}</main></body></html>\n'
    )


def _colours() -> str:
    named: Mapping[str, str] = {
        "ground": colours.GROUND,
        "panel": colours.PANEL,
        "edge": colours.EDGE,
        "text": colours.TEXT,
        "faint": colours.FAINT,
        "grid": colours.GRID,
    }
    return "".join(f"--{name}:{value};" for name, value in named.items())


def _variables(dashboard: Dashboard) -> list[str]:
    return [
        f"{each.name}: {each.current.get('text', each.current.get('value', 'All'))}" for each in dashboard.variables
    ]


def _links(dashboard: Dashboard, among: Sequence[Dashboard]) -> str:
    """Links to dashboards by their tags are a button for each that there is."""
    names: list[str] = []
    for link in dashboard.links:
        if link.type == "dashboards":
            names += [each.title for each in among if set(link.tags) & set(each.tags)]
        else:
            names.append(link.title)
    return "".join(f"<span{' class=here' if name == dashboard.title else ''}>{escape(name)}</span>" for name in names)
