"""Legends: names of series with their colours and what is said of them in numbers, below a panel."""

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
BESIDE: Final = 30
"""Pixels of its colour, and to the next."""
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
    """HTML, and how high it is in pixels."""

    html: str = ""
    height: float = 0


def legend(options: dict[str, Any], entries: Sequence[Entry], width: float, height: float) -> Legend:
    """The legend of a panel of this size; raises ValueError for one that is not drawn here."""
    entries = [each for each in entries if not each.field.custom.hide_from.legend]
    if not options.get("showLegend", True) or options.get("displayMode") == "hidden" or not entries:
        return Legend()
    if options.get("displayMode", "list") != "list" or options.get("placement", "bottom") != "bottom":
        raise ValueError("only legends that are lists at the bottom are drawn here")
    html, lines, used = "", 1, 0.0
    for each in entries:
        said = [f"{name}: {value}" for name, value in _said(each, options.get("calcs", []))]
        html += (
            f'<span class="entry">{_dot(each)}{escape(each.name)}{"".join(f"<em>{one}</em>" for one in said)}</span>'
        )
        room = BESIDE + len(" ".join([each.name, *said])) * LETTER
        if used and used + room > width:
            lines, used = lines + 1, 0.0
        used += room
    tall = min(lines * LINE, max(LINE, height * LARGEST))
    return Legend(f'<div class="legend" style="height:{tall:.0f}px">{html}</div>', tall + 4)


def _said(entry: Entry, calculations: Sequence[str]) -> list[tuple[str, str]]:
    found = [(each, reduced(each, entry.series.values)) for each in calculations]
    return [(CALCULATIONS[each][0], "" if value is None else shown(entry.field, value)) for each, value in found]


def _dot(entry: Entry) -> str:
    dashed = ' class="dashed"' if entry.field.custom.line_style.fill != "solid" else ""
    return f'<i{dashed} style="color:{entry.colour}"></i>'
