"""Rows and columns, as Postgres or an instant query gives them."""

from datetime import datetime
from html import escape
from typing import Final

from foreshock_dashboards.picture import colours, units
from foreshock_dashboards.picture.document import FieldOptions, Panel
from foreshock_dashboards.picture.fields import field_of, mapping, value_colour
from foreshock_dashboards.picture.series import Answer, Cell

ROW: Final = 36


def draw(panel: Panel, answer: Answer, width: float, height: float, now: float) -> str:
    """The inside of a panel of this size in pixels: as many rows as there is room for."""
    table = answer.table
    fields = [field_of(panel, name, kind=_kind(row)) for name, row in zip(table.columns, _first(answer), strict=True)]
    fixed = sum(each.custom.width or 0 for each in fields)
    share = max(40.0, (width - fixed) / max(1, sum(each.custom.width is None for each in fields)))
    widths = "".join(f'<col style="width:{each.custom.width or share:.0f}px">' for each in fields)
    names = zip(table.columns, fields, table.rows[0], strict=True)
    head = "".join(
        f'<th class="{_side(field, cell)}">{escape(field.display_name or name)}</th>' for name, field, cell in names
    )
    rows = table.rows[: max(1, int(height / ROW) - 1)]
    body = "".join(f"<tr>{''.join(_cell(f, c, now) for f, c in zip(fields, row, strict=True))}</tr>" for row in rows)
    return f'<table class="rows" style="width:{width:.0f}px"><colgroup>{widths}</colgroup><tr>{head}</tr>{body}</table>'


def _first(answer: Answer) -> tuple[Cell, ...]:
    return answer.table.rows[0]


def _kind(cell: Cell) -> str:
    return "time" if isinstance(cell, datetime) else "number" if isinstance(cell, (int, float)) else "string"


def _side(field: FieldOptions, cell: Cell) -> str:
    if field.custom.align != "auto":
        return field.custom.align
    return "right" if _kind(cell) == "number" else "left"


def _cell(field: FieldOptions, cell: Cell, now: float) -> str:
    mapped = mapping(field, cell) or {}
    text = str(mapped.get("text") or _text(field, cell, now))
    number = float(cell) if isinstance(cell, (int, float)) else None
    kind = field.custom.cell_options.type
    shade = (
        colours.colour(str(mapped["color"]))
        if mapped.get("color")
        else value_colour(field, number)
        if kind != "auto"
        else ""
    )
    style = {
        "auto": "",
        "color-text": f"color:{shade}",
        "color-background": f"background:{shade};color:{colours.ink(shade)}",
    }[kind]
    link = ' class="link"' if field.links else ""
    return f'<td class="{_side(field, cell)}" style="{style}"><span{link}>{escape(text)}</span></td>'


def _text(field: FieldOptions, cell: Cell, now: float) -> str:
    if cell is None:
        return field.no_value or ""
    if isinstance(cell, datetime):
        return units.text(cell.timestamp() * 1000, field.unit or "dateTimeAsIso", now=now)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return units.text(float(cell), field.unit, field.decimals)
    return str(cell)
