"""When who would have been told: a picture as SVG text, no script, readable in light and dark."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Final

from foreshock_notify.simulation.telling import Telling
from foreshock_shared.contracts.judgement import Urgency
from foreshock_stack.backtest.report import Played, cut

WIDTH: Final = 960
LEFT: Final = 190
ROW: Final = 26
TOP: Final = 18
DOTS: Final = 3_000
"""Notifications of one set of rules that are drawn."""
TICKS: Final = 6
_STEPS: Final = tuple(
    timedelta(minutes=n) for n in (1, 5, 15, 60, 180, 360, 720, 1_440, 2_880, 10_080, 20_160, 43_200, 129_600, 525_600)
)


def timeline(played: Sequence[Played], since: datetime, until: datetime) -> str:
    """A row for each receiver of each set of rules, a dot for each notification; larger where it opens an incident."""
    rows = [(each, receiver) for each in played for receiver in sorted(each.outcome.by_receiver)]
    height = TOP + ROW * len(rows) + 24
    marks = "".join([*_ticks(since, until, height), *_rows(rows, since, until)])
    return (
        f'<figure class="wide"><svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Notifications over time">'
        f"{marks}</svg><p>{_legend()}; a large dot opens an incident, a small one follows up</p></figure>"
    )


def _legend() -> str:
    return " ".join(f'<span class="{each.value}">●</span> {each.value}' for each in Urgency)


def _rows(rows: Sequence[tuple[Played, str]], since: datetime, until: datetime) -> Iterator[str]:
    for number, (each, receiver) in enumerate(rows):
        y = TOP + ROW * number + ROW // 2
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(receiver)} · {escape(each.name)}</text>'
        for told in each.outcome.tellings[:DOTS]:
            if told.receiver == receiver:
                yield _dot(told, _x(told.at, since, until), y)


def _dot(told: Telling, x: float, y: int) -> str:
    label = f"{told.at:%Y-%m-%d %H:%M:%S} {told.kind.value} ({told.reason}), {told.urgency.value}: {cut(told.headline)}"
    radius = 5 if told.kind.value == "opened" else 3
    return (
        f'<circle class="{told.urgency.value}" cx="{x}" cy="{y}" r="{radius}"><title>{escape(label)}</title></circle>'
    )


def _ticks(since: datetime, until: datetime, height: int) -> Iterator[str]:
    """Round moments, about as many as `TICKS`."""
    span = until - since
    step = next((each for each in _STEPS if span / each <= TICKS), _STEPS[-1])
    form = "%m-%d" if step >= timedelta(days=1) else "%m-%d %H:%M"
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + step * -((midnight - since) // step)
    while at <= until:
        x = _x(at, since, until)
        yield f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{height - 18}"/>'
        yield f'<text x="{x}" y="{height - 5}" text-anchor="middle">{at:{form}}</text>'
        at += step


def _x(at: datetime, since: datetime, until: datetime) -> float:
    share = (at - since) / (until - since)
    return round(LEFT + 8 + min(max(share, 0), 1) * (WIDTH - LEFT - 24), 1)
