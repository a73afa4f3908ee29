"""The report of a backtest as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from foreshock_classify.evaluation.page import STYLE
from foreshock_stack.backtest.report import Report, Row, difference, telling
from foreshock_stack.backtest.timeline import timeline

LISTED: Final = 500
OWN_STYLE: Final = """
figure.wide { max-width: none }
.critical { fill: #c0341d; color: #c0341d } .high { fill: #d98324; color: #d98324 }
.medium { fill: #c9b03a; color: #c9b03a } .low { fill: #6d8f71; color: #6d8f71 }
td, th { text-align: left } td.number, th.number { text-align: right }
"""


def page(report: Report) -> str:
    """The whole page. Headlines are texts of posts, none of them ours: all is escaped."""
    sent = [
        _list(f"Sent by {each.name}", [telling(told) for told in each.outcome.tellings], each.outcome.sent)
        for each in report.played
    ]
    changed = [_list(title, [difference(each) for each in found], len(found)) for title, found in report.differences()]
    alike = f"<p>Told alike by both: {report.comparison.same:,}</p>" if report.comparison else ""
    unmet = f"<p>{report.unmet:,} labels are of nothing in this history.</p>" if report.unmet else ""
    body = "\n".join(
        [
            f"<h1>Backtest</h1><p>{escape(report.title)}</p>",
            *(f"<p>{escape(note)}</p>" for note in report.notes),
            timeline(report.played, report.since, report.until),
            _table("Figures", report.headline()),
            unmet,
            _table("Rules", report.rules()),
            _table("What posts came to", report.reasons()),
            *changed,
            alike,
            *sent,
        ]
    )
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Backtest</title>'
    head += f"<style>{STYLE}{OWN_STYLE}</style>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _table(title: str, rows: Iterable[Row]) -> str:
    head, *body = rows
    lines = [_row("th", head), *(_row("td", row) for row in body)]
    return f"<h2>{escape(title)}</h2><table>{''.join(lines)}</table>"


def _row(tag: str, row: Row) -> str:
    cells = (f"<{tag}{' class=number' if number else ''}>{escape(cell)}</{tag}>" for number, cell in enumerate(row))
    return f"<tr>{''.join(cells)}</tr>"


def _list(title: str, rows: Sequence[Row], total: int) -> str:
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows[:LISTED])
    more = f"<p>and {total - LISTED:,} more</p>" if total > LISTED else ""
    return f"<h2>{escape(title)} <small>{total:,}</small></h2><table>{lines}</table>{more}"
