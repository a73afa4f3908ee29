"""The report of a backtest on a terminal, or in a file."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from foreshock_stack.backtest.report import LISTED, Report, Row, difference, telling


def show(report: Report, console: Console) -> None:
    """Print it all; lists are cut, and say so."""
    console.print(Text(report.title, style="bold"))
    for note in report.notes:
        console.print(Text(note, style="yellow"))
    console.print(_table(report.headline()))
    console.print(_table(report.rules()))
    console.print(_table(report.reasons()))
    if report.unmet:
        console.print(Text(f"{report.unmet:,} labels are of nothing in this history"))
    for each in report.played:
        if each.outcome.tellings:
            _list(console, f"sent by {each.name}", [telling(told) for told in each.outcome.tellings], each.outcome.sent)
    for title, found in report.differences():
        _list(console, title, [difference(each) for each in found], len(found))
    if report.comparison is not None:
        console.print(Text(f"told alike by both: {report.comparison.same:,}"))


def _list(console: Console, title: str, rows: Sequence[Row], total: int) -> None:
    console.print(Text(f"\n{title}: {total:,}", style="bold"))
    if rows:
        table = Table.grid(padding=(0, 2))
        for row in rows[:LISTED]:
            table.add_row(*map(Text, row))
        console.print(table)
    if total > LISTED:
        console.print(Text(f"and {total - min(total, LISTED):,} more; --html has up to 500 of each"))


def _table(rows: Iterable[Row]) -> Table:
    """The first row is the head; the first column stands to the left."""
    head, *body = rows
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if number else "left")
    for row in body:
        table.add_row(*map(Text, row))
    return table
