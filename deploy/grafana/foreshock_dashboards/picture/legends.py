"""Legends: names of series with their colours and what is said of them in numbers, below a panel or beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from foreshock_dashboards.picture.document import FieldOptions
from foreshock_dashboards.picture.fields import shown
from foreshock_dashboards.picture.series import CALCULATIONS, Series, reduced

LINE: Final = 22
LETTER: Final = 6.1
"""Pixels that a letter of a legend takes, more or less."""
LARGEST: Final = 0.4
"""Part of a panel that a legend may take; what is more would have to be scrolled to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A series with its looks."""

    series: Series
    field: FieldOptions
    colour: str

    @property
    def name(self) -> str:
        return self.field.display_name or self.series.name


@dataclass(frozen=True, slots=True)
class Legend:
    """HTML, and the room that it takes: to the right, or below."""

    html: str = ""
    right: float = 0
    below: float = 0


def legend(options: dict[str, Any], entries: Sequence[Entry], width: float, height: float) -> Legend:
    """The legend of a panel of this size; raises ValueError for a calculation that is not known."""
    entries = [each for each in entries if not each.field.custom.hide_from.legend]
    if not options.get("showLegend", True) or options.get("displayMode") == "hidden" or not entries:
        return Legend()
    calculations: list[str] = options.get("calcs", [])
    table, beside = options.get("displayMode") == "table", options.get("placement") == "right"
    html, wide, lines = (_table if table else _list)(entries, calculations, width * 0.45 if beside else width)
    if beside:
        wide = min(wide, width * 0.45)
        return Legend(f'<div class="legend right" style="width:{wide:.0f}px">{html}</div>', right=wide + 8)
    tall = min(lines * LINE, max(LINE, height * LARGEST))
    return Legend(f'<div class="legend" style="height:{tall:.0f}px">{html}</div>', below=tall + 4)


def _said(entry: Entry, calculations: Sequence[str]) -> list[tuple[str, str]]:
    found = [
        (CALCULATIONS[each][0] if each in CALCULATIONS else each, reduced(each, entry.series.values))
        for each in calculations
    ]
    return [(name, "" if value is None else shown(entry.field, value)) for name, value in found]


def _dot(entry: Entry) -> str:
    dashed = ' class="dashed"' if entry.field.custom.line_style.fill != "solid" else ""
    return f'<i{dashed} style="color:{entry.colour}"></i>'


def _list(entries: Sequence[Entry], calculations: Sequence[str], width: float) -> tuple[str, float, int]:
    html, lines, used, widest = "", 1, 0.0, 0.0
    for each in entries:
        said = "".join(f"<em>{name}: {value}</em>" for name, value in _said(each, calculations))
        html += f'<span class="entry">{_dot(each)}{escape(each.name)}{said}</span>'
        letters = len(each.name) + sum(len(f" {name}: {value}") for name, value in _said(each, calculations))
        room = 14 + 16 + letters * LETTER
        widest = max(widest, room)
        if used and used + room > width:
            lines, used = lines + 1, 0.0
        used += room
    return html, widest, lines


def _table(entries: Sequence[Entry], calculations: Sequence[str], _width: float) -> tuple[str, float, int]:
    names = [CALCULATIONS[each][0] if each in CALCULATIONS else each for each in calculations]
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = ""
    for each in entries:
        cells = "".join(f"<td>{value}</td>" for _, value in _said(each, calculations))
        rows += f'<tr><td class="name">{_dot(each)}{escape(each.name)}</td>{cells}</tr>'
    letters = max(len(each.name) for each in entries)
    wide = 40 + letters * LETTER + 66 * len(calculations)
    return f'<table><tr><th class="name">Name</th>{head}</tr>{rows}</table>', wide, len(entries) + 1
