"""Series over time: lines, areas, bars and points, stacked or not, with axes, limits, bands, marks and exemplars."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from foreshock_dashboards.picture import colours
from foreshock_dashboards.picture.axes import across, text_width, tick, up
from foreshock_dashboards.picture.document import Custom, Panel, UndrawableError
from foreshock_dashboards.picture.fields import field_of, series_colour
from foreshock_dashboards.picture.legends import Entry, legend
from foreshock_dashboards.picture.scale import log_reach, log_ticks, reach, value_ticks
from foreshock_dashboards.picture.series import Answer, Mark, Span, Values, reduced
from foreshock_dashboards.picture.svg import drawing, element, number, run, title

TOP: Final = 6
TIMES: Final = 20
"""Pixels of the axis of time."""
APART: Final = 32
"""Pixels from one marked value to the next, at least."""
LEAST: Final = 0.05
"""Pixels of a bar that is drawn."""

Placed = tuple[float, float, float]
"""Where a value lies: x, y, and the y that it stands on."""


@dataclass(frozen=True, slots=True)
class Plot:
    """The rectangle in which is drawn, and what its edges mean."""

    left: float
    width: float
    height: float
    span: Span
    low: float
    high: float
    log: bool

    def x(self, moment: float) -> float:
        return self.left + self.span.share(moment) * self.width

    def y(self, value: float) -> float:
        low, inside, high = self.low, min(max(value, self.low), self.high), self.high
        if self.log:
            low, inside, high = math.log(low), math.log(inside), math.log(high)
        return TOP + (1 - (inside - low) / (high - low)) * self.height


@dataclass(frozen=True, slots=True)
class Line:
    """A series as it is drawn: how high, and what it stands on (zero, what it is stacked on, what it is filled to)."""

    entry: Entry
    tops: Values
    floors: Values

    @property
    def custom(self) -> Custom:
        return self.entry.field.custom


def draw(panel: Panel, answer: Answer, span: Span, width: float, height: float) -> str:
    """The inside of a panel of this size in pixels."""
    entries = _entries(panel, answer)
    key = legend(panel.options.get("legend", {}), entries, width, height)
    tall = height - key.height
    lines = _lines(panel, entries)
    plot, ticks = _plot(lines, span, width, tall)
    unit = lines[0].entry.field.unit
    parts = [
        *up([(plot.y(each), tick(each, unit)) for each in ticks], plot.left, plot.width),
        *across(span, plot.left, plot.width, TOP, plot.height),
        *_marks(plot, span.marks),
        *(part for line in lines for part in _drawn(plot, line)),
        *_limits(plot, lines[0].entry),
        *_exemplars(plot, answer),
    ]
    return drawing(panel.title, parts, width, tall) + key.html


def _entries(panel: Panel, answer: Answer) -> list[Entry]:
    made = []
    for place, series in enumerate(answer.series):
        field = field_of(panel, series.name, series.ref)
        made.append(Entry(series, field, series_colour(field, place, reduced("lastNotNull", series.values))))
    return made


def _lines(panel: Panel, entries: Sequence[Entry]) -> list[Line]:
    """From the lowest of a stack to its top; a band is filled down to the series that it names, if that is there."""
    made: list[Line] = []
    named = {each.name: each for each in entries}
    stacks: dict[tuple[float, ...], list[float]] = {}
    for each in entries:
        values = each.series.values
        mode = each.field.custom.stacking.mode
        if each.field.custom.hide_from.viz:
            continue
        if mode == "normal":
            floors = stacks.get(each.series.times, [0.0] * len(values))
            sums = [floor + (value or 0) for floor, value in zip(floors, values, strict=True)]
            tops = tuple(None if value is None else top for top, value in zip(sums, values, strict=True))
            made.append(Line(each, tops, tuple(floors)))
            stacks[each.series.times] = sums
        elif mode not in {"none", "off"}:
            raise UndrawableError(f"panel {panel.title!r}: stacking by {mode!r} is not drawn here")
        else:
            below = named.get(each.field.custom.fill_below_to or "")
            made.append(Line(each, values, below.series.values if below else (0.0,) * len(values)))
    return made


def _plot(lines: Sequence[Line], span: Span, width: float, height: float) -> tuple[Plot, list[float]]:
    field = lines[0].entry.field
    there = [value for line in lines for value in line.tops if value is not None]
    most = max(2, math.floor((height - TIMES) / APART))
    log = field.custom.scale_distribution.type == "log"
    if log:
        low, high = log_reach(there)
        ticks = log_ticks(low, high, most)
    else:
        low, high = reach(there, (field.min, field.max), (field.custom.axis_soft_min, field.custom.axis_soft_max))
        ticks = value_ticks(low, high, most, field.unit)
    left = 12 + max(text_width(tick(each, field.unit)) for each in ticks)
    return Plot(left, width - left - 10, height - TIMES - TOP - 4, span, low, high, log), ticks


def _marks(plot: Plot, marks: Sequence[Mark]) -> Iterator[str]:
    foot = TOP + plot.height
    for each in marks:
        shade, said = colours.colour(each.colour), title(each.name)
        left, right = plot.x(max(each.start, plot.span.start)), plot.x(min(each.end, plot.span.end))
        if right > left:
            size = {"width": right - left, "height": plot.height}
            yield element("rect", said, x=left, y=TOP, **size, fill=shade, fill_opacity=".1")
        for x in sorted({left, right}):
            line = f"M{number(x)} {TOP}V{number(foot)}"
            yield element("path", said, d=line, stroke=shade, stroke_dasharray="4 3", fill="none")
        yield element("path", said, d=f"M{number(left)} {number(foot)}h{number(max(4, right - left))}", stroke=shade)


def _limits(plot: Plot, entry: Entry) -> Iterator[str]:
    mode = entry.field.custom.thresholds_style.mode
    for step in entry.field.thresholds.steps:
        if mode == "off" or step.value is None or not plot.low <= step.value <= plot.high:
            continue
        shade, y = colours.colour(step.color), plot.y(step.value)
        if "area" in mode:
            size = {"width": plot.width, "height": y - TOP}
            yield element("rect", x=plot.left, y=TOP, **size, fill=shade, fill_opacity=".1")
        if mode != "area":
            line = f"M{number(plot.left)} {number(y)}h{number(plot.width)}"
            dashes = "8 6" if "dashed" in mode else None
            yield element("path", d=line, stroke=shade, stroke_opacity=".8", stroke_dasharray=dashes)


def _exemplars(plot: Plot, answer: Answer) -> Iterator[str]:
    for moment, value, said in answer.exemplars:
        if plot.span.start <= moment <= plot.span.end and plot.low <= value <= plot.high:
            diamond = f"M{number(plot.x(moment))} {number(plot.y(value) - 4)}l4 4l-4 4l-4 -4z"
            yield element("path", title(said), class_="exemplar", d=diamond)


def _drawn(plot: Plot, line: Line) -> Iterator[str]:
    points = list(_placed(plot, line))
    if line.custom.draw_style == "bars":
        yield from _bars(plot, line, points)
        return
    runs = list(_runs(points, joined=bool(line.custom.span_nulls)))
    if line.custom.draw_style == "line":
        for each in runs:
            yield from _stroke(line, each)
    for x, y in _dots(plot, line, runs):
        yield element(
            "circle", title(line.entry.name), cx=x, cy=y, r=line.custom.point_size / 2, fill=line.entry.colour
        )


def _stroke(line: Line, placed: Sequence[Placed]) -> Iterator[str]:
    custom, said = line.custom, title(line.entry.name)
    outline = run([(x, y) for x, y, _ in placed], custom.line_interpolation)
    if custom.fill_opacity:
        foot = run([(x, floor) for x, _, floor in reversed(placed)])
        shape = f"{outline}L{foot[1:]}Z"
        yield element("path", said, d=shape, fill=line.entry.colour, fill_opacity=f"{custom.fill_opacity / 100:g}")
    if custom.line_width:
        style = custom.line_style
        dashes = " ".join(f"{each:g}" for each in style.dash) if style.fill == "dash" else None
        stroke = {"stroke": line.entry.colour, "stroke_dasharray": dashes, "stroke_linejoin": "round"}
        yield element("path", said, d=outline, fill="none", stroke_width=custom.line_width, **stroke)


def _placed(plot: Plot, line: Line) -> Iterator[Placed | None]:
    """Every value in its place; None where there is none."""
    for moment, top, floor in zip(line.entry.series.times, line.tops, line.floors, strict=True):
        if plot.span.start <= moment <= plot.span.end:
            yield None if top is None else (plot.x(moment), plot.y(top), plot.y(floor or 0.0))


def _runs(points: Sequence[Placed | None], *, joined: bool) -> Iterator[list[Placed]]:
    """What hangs together: a gap ends a run, unless gaps are spanned."""
    found: list[Placed] = []
    for each in points:
        if each is not None:
            found.append(each)
        elif found and not joined:
            yield found
            found = []
    if found:
        yield found


def _dots(plot: Plot, line: Line, runs: Sequence[Sequence[Placed]]) -> Iterator[tuple[float, float]]:
    """Points that are drawn: all of them where they are few, else those that no line reaches."""
    custom = line.custom
    alone = custom.draw_style == "points"
    if custom.show_points == "never" and not alone:
        return
    apart = plot.width / max(1, len(line.entry.series.times) - 1)
    everyone = alone or custom.show_points == "always" or apart >= custom.point_size * 2
    for found in runs:
        if everyone or len(found) == 1:
            yield from ((x, y) for x, y, _ in found)


def _bars(plot: Plot, line: Line, points: Sequence[Placed | None]) -> Iterator[str]:
    apart = plot.width / max(1, len(line.entry.series.times) - 1)
    half = max(1.0, apart * line.custom.bar_width_factor) / 2
    opacity = 1 if line.custom.fill_opacity is None else line.custom.fill_opacity / 100
    for each in points:
        if each is not None and abs(each[1] - each[2]) >= LEAST:
            x, y, floor = each
            left, right = max(plot.left, x - half), min(plot.left + plot.width, x + half)
            shape = f"M{number(left)} {number(y)}H{number(right)}V{number(floor)}H{number(left)}z"
            yield element("path", d=shape, fill=line.entry.colour, fill_opacity=f"{opacity:g}")
