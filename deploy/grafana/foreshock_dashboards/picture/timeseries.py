"""Series over time: lines, areas, bars and points, stacked or not, with axes, limits, bands, marks and exemplars."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from foreshock_dashboards.picture import colours
from foreshock_dashboards.picture.axes import across, text_width, tick, up
from foreshock_dashboards.picture.document import Panel, UndrawableError
from foreshock_dashboards.picture.fields import field_of, series_colour
from foreshock_dashboards.picture.legends import Entry, legend
from foreshock_dashboards.picture.scale import reach, value_ticks
from foreshock_dashboards.picture.series import Answer, Mark, Span, Values, reduced

TIMES: Final = 20
"""Pixels of the axis of time."""
TOP: Final = 6


@dataclass(frozen=True, slots=True)
class Plot:
    """The rectangle in which is drawn, and what its edges mean."""

    left: float
    width: float
    height: float
    span: Span
    low: float
    high: float

    def x(self, moment: float) -> float:
        return self.left + (moment - self.span.start) / (self.span.end - self.span.start) * self.width

    def y(self, value: float) -> float:
        return TOP + (1 - (value - self.low) / (self.high - self.low)) * self.height


@dataclass(frozen=True, slots=True)
class Line:
    """A series as it is drawn: its values with those that it stands on."""

    entry: Entry
    tops: Values
    floors: Values
    """Zero, or the top of the series below it."""
    filled: bool


def draw(panel: Panel, answer: Answer, span: Span, width: float, height: float) -> str:
    """The inside of a panel of this size in pixels."""
    entries = _entries(panel, answer)
    key = legend(panel.options.get("legend", {}), entries, width, height)
    wide, tall = width - key.right, height - key.below
    lines = _lines(panel, entries)
    plot, ticks = _plot(lines, span, wide, tall)
    field = lines[0].entry.field
    parts = [
        *up([(plot.y(each), tick(each, field.unit)) for each in ticks], plot.left, plot.width),
        *across(span, plot.left, plot.width, TOP, plot.height),
        *_marks(plot, span.marks),
        *(part for line in lines for part in _drawn(plot, line)),
        *_limits(plot, lines[0].entry),
        *_exemplars(plot, answer),
    ]
    svg = f'<svg width="{wide:.0f}" height="{tall:.0f}" role="img" aria-label="{escape(panel.title)}">{"".join(parts)}</svg>'
    return f'<div class="{"beside" if key.right else "above"}">{svg}{key.html}</div>'


def _entries(panel: Panel, answer: Answer) -> list[Entry]:
    made = []
    for place, series in enumerate(answer.series):
        field = field_of(panel, series.name, series.ref)
        made.append(Entry(series, field, series_colour(field, place, reduced("lastNotNull", series.values))))
    return made


def _lines(panel: Panel, entries: Sequence[Entry]) -> list[Line]:
    """From the lowest of a stack to its top; a band is filled down to the series that it names."""
    made: list[Line] = []
    named = {each.name: each for each in entries}
    sums: dict[str, list[float]] = {}
    for each in entries:
        custom = each.field.custom
        values = each.series.values
        if custom.hide_from.viz:
            continue
        if custom.stacking.mode == "normal":
            below = sums.setdefault(repr(each.series.times), [0.0] * len(values))
            floors = tuple(below)
            sums[repr(each.series.times)] = [base + (value or 0) for base, value in zip(below, values, strict=True)]
            tops = tuple(None if value is None else base + value for base, value in zip(floors, values, strict=True))
            made.append(Line(each, tops, floors, filled=True))
        elif custom.stacking.mode not in {"none", "off"}:
            raise UndrawableError(f"panel {panel.title!r}: stacking by {custom.stacking.mode!r} is not drawn here")
        elif custom.fill_below_to is not None:
            if custom.fill_below_to not in named:
                raise UndrawableError(
                    f"panel {panel.title!r}: {each.name!r} is filled to {custom.fill_below_to!r}, which there is not"
                )
            made.append(Line(each, values, named[custom.fill_below_to].series.values, filled=True))
        else:
            made.append(Line(each, values, (0.0,) * len(values), filled=True))
    return made


def _plot(lines: Sequence[Line], span: Span, width: float, height: float) -> tuple[Plot, list[float]]:
    field = lines[0].entry.field
    there = [value for line in lines for value in line.tops if value is not None]
    soft = (field.custom.axis_soft_min, field.custom.axis_soft_max)
    low, high = reach(there, field.min, field.max, soft)
    ticks = value_ticks(low, high, max(2, math.floor((height - TIMES) / 32)), field.unit)
    left = 12 + max(text_width(tick(each, field.unit)) for each in ticks)
    return Plot(left, width - left - 10, height - TIMES - 10, span, low, high), ticks


def _marks(plot: Plot, marks: Sequence[Mark]) -> Iterator[str]:
    for each in marks:
        shade = colours.colour(each.colour)
        left, right = plot.x(max(each.start, plot.span.start)), plot.x(min(each.end, plot.span.end))
        said = f"<title>{escape(each.name)}</title>"
        if right > left:
            yield f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{plot.height:.1f}" fill="{shade}" fill-opacity=".1">{said}</rect>'
        for x in {left, right}:
            yield f'<path d="M{x:.1f} {TOP}v{plot.height:.1f}" stroke="{shade}" stroke-dasharray="4 3" fill="none">{said}</path>'
        yield f'<path d="M{left:.1f} {plot.height + TOP:.1f}h{max(4.0, right - left):.1f}" stroke="{shade}" stroke-width="3">{said}</path>'


def _limits(plot: Plot, entry: Entry) -> Iterator[str]:
    mode = entry.field.custom.thresholds_style.mode
    for step in entry.field.thresholds.steps:
        if mode == "off" or step.value is None or not plot.low <= step.value <= plot.high:
            continue
        shade, y = colours.colour(step.color), plot.y(step.value)
        if "area" in mode:
            yield f'<rect x="{plot.left:.1f}" y="{TOP}" width="{plot.width:.1f}" height="{y - TOP:.1f}" fill="{shade}" fill-opacity=".1"/>'
        if mode != "area":
            dashes = ' stroke-dasharray="8 6"' if "dashed" in mode else ""
            yield f'<path d="M{plot.left:.1f} {y:.1f}h{plot.width:.1f}" stroke="{shade}" stroke-opacity=".8"{dashes}/>'


def _exemplars(plot: Plot, answer: Answer) -> Iterator[str]:
    for moment, value, said in answer.exemplars:
        if plot.span.start <= moment <= plot.span.end and plot.low <= value <= plot.high:
            x, y = plot.x(moment), plot.y(value)
            yield f'<path class="exemplar" d="M{x:.1f} {y - 4:.1f}l4 4l-4 4l-4 -4z"><title>{escape(said)}</title></path>'


def _drawn(plot: Plot, line: Line) -> Iterator[str]:
    custom, shade = line.entry.field.custom, line.entry.colour
    points = list(_placed(plot, line))
    name = f"<title>{escape(line.entry.name)}</title>"
    if custom.draw_style == "bars":
        yield from _bars(plot, line, points)
        return
    runs = list(_runs(points, joined=bool(custom.span_nulls)))
    opacity = 0.0 if custom.fill_opacity is None else custom.fill_opacity / 100
    if custom.draw_style == "line":
        for run in runs:
            if opacity and line.filled:
                yield f'<path d="{_area(run, custom.line_interpolation)}" fill="{shade}" fill-opacity="{opacity:g}">{name}</path>'
            if custom.line_width:
                dashes = (
                    f' stroke-dasharray="{" ".join(f"{each:g}" for each in custom.line_style.dash)}"'
                    if custom.line_style.fill == "dash"
                    else ""
                )
                yield (
                    f'<path d="{_path([each[:2] for each in run], custom.line_interpolation)}" fill="none" stroke="{shade}" '
                    f'stroke-width="{custom.line_width:g}" stroke-linejoin="round"{dashes}>{name}</path>'
                )
    for x, y in _dots(plot, line, runs):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{custom.point_size / 2:g}" fill="{shade}">{name}</circle>'


Placed = tuple[float, float, float]
"""Where a value lies: x, y, and the y that it stands on."""


def _placed(plot: Plot, line: Line) -> Iterator[Placed | None]:
    """Every value in its place; None where there is none."""
    inside = replace(plot)
    for moment, top, floor in zip(line.entry.series.times, line.tops, line.floors, strict=True):
        if not plot.span.start <= moment <= plot.span.end:
            continue
        if top is None:
            yield None
        else:
            base = min(max(floor or 0.0, plot.low), plot.high)
            yield inside.x(moment), inside.y(min(max(top, plot.low), plot.high)), inside.y(base)


def _runs(points: Sequence[Placed | None], *, joined: bool) -> Iterator[list[Placed]]:
    """What hangs together: a gap ends a run, unless gaps are spanned."""
    run: list[Placed] = []
    for each in points:
        if each is not None:
            run.append(each)
        elif run and not joined:
            yield run
            run = []
    if run:
        yield run


def _path(points: Sequence[tuple[float, float]], how: str) -> str:
    said = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (_, before), (x, y) in zip(points, points[1:], strict=False):
        said.append(f"H{x:.1f}V{y:.1f}" if how == "stepAfter" else f"H{x:.1f}" if y == before else f"L{x:.1f} {y:.1f}")
    return "".join(said)


def _area(run: Sequence[Placed], how: str) -> str:
    back = [(x, floor) for x, _, floor in reversed(run)]
    return f"{_path([each[:2] for each in run], how)}L{_path(back, 'linear')[1:]}Z"


def _dots(plot: Plot, line: Line, runs: Sequence[Sequence[Placed]]) -> Iterator[tuple[float, float]]:
    """Points that are drawn: all of them where they are few, else those that no line reaches."""
    custom = line.entry.field.custom
    apart = plot.width / max(1, len(line.entry.series.times) - 1)
    everyone = custom.show_points == "always" or custom.draw_style == "points" or apart >= custom.point_size * 2
    if custom.show_points == "never" and custom.draw_style != "points":
        return
    for run in runs:
        if everyone or len(run) == 1:
            yield from ((x, y) for x, y, _ in run)


def _bars(plot: Plot, line: Line, points: Sequence[Placed | None]) -> Iterator[str]:
    custom = line.entry.field.custom
    apart = plot.width / max(1, len(line.entry.series.times) - 1)
    wide = max(1.0, apart * custom.bar_width_factor)
    opacity = 1 if custom.fill_opacity is None else custom.fill_opacity / 100
    for each in points:
        if each is not None and abs(each[1] - each[2]) >= 0.05:
            x, y, floor = each
            yield f'<path d="M{x - wide / 2:.1f} {y:.1f}h{wide:.1f}V{floor:.1f}h{-wide:.1f}z" fill="{line.entry.colour}" fill-opacity="{opacity:g}"/>'
