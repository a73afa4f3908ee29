"""From the targets of a panel to what there is to draw, with the steps and variables that Grafana would use."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from foreshock_dashboards.picture.document import Annotation, Dashboard, Panel, Target, UndrawableError
from foreshock_dashboards.picture.series import Answer, Mark, Series, Span, Table, legend
from foreshock_dashboards.picture.sources import DataSourceError, Found, Postgres, Prometheus
from foreshock_dashboards.picture.variables import expanded, expanded_sql, interval, seconds, values

MARK_STEP: Final = 60.0
"""As Grafana asks for annotations."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks for one dashboard over one span of time."""

    dashboard: Dashboard
    prometheus: Prometheus
    postgres: Postgres | None
    span: Span
    scrape: float
    """Seconds from one scrape to the next, as Grafana's data source says."""

    async def panel(self, panel: Panel, width: float) -> Answer:
        """What all targets of a panel give, `width` pixels wide."""
        answer = Answer()
        for target in panel.targets:
            if target.hide:
                continue
            try:
                found = await self._target(panel, target, width)
            except (DataSourceError, UndrawableError, ValueError) as error:
                raise UndrawableError(f"{self.dashboard.title}, panel {panel.title!r}: {error}") from error
            answer = Answer(
                answer.series + found.series,
                found.table if found.table.columns else answer.table,
                answer.exemplars + found.exemplars,
                answer.note or found.note,
            )
        return answer

    async def marks(self) -> tuple[Mark, ...]:
        """What the annotations of the dashboard say."""
        return tuple([mark for each in self.dashboard.marks for mark in await self._marks(each)])

    async def _marks(self, annotation: Annotation) -> Iterable[Mark]:
        """Moments that follow on each other are one mark, as long as they last."""
        step = MARK_STEP
        known = values(self.dashboard.variables, self.span, step, self.scrape)
        asked = expanded(annotation.expr or "", known)
        found = await self.prometheus.range(asked, self.span.start, self.span.end, step)
        return [
            Mark(
                first,
                last,
                f"{annotation.name}: {each.labels.get('alertname', '')}".rstrip(": "),
                annotation.icon_color,
            )
            for each in found
            for first, last in _stretches([moment for moment, value in each.points if value], step)
        ]

    async def _target(self, panel: Panel, target: Target, width: float) -> Answer:
        least = seconds(target.interval or panel.interval or f"{self.scrape:g}s")
        step = interval(self.span, panel.max_data_points or width, least)
        known = values(self.dashboard.variables, self.span, step, self.scrape)
        if target.raw_sql is not None:
            return await self._statement(panel, target, known)
        if target.expr is None:
            raise UndrawableError("a query is neither PromQL nor SQL")
        asked = expanded(target.expr, known)
        if target.instant:
            times: tuple[float, ...] = (self.span.end,)
            found = await self.prometheus.instant(asked, self.span.end)
        else:
            times = _grid(self.span, step)
            found = await self.prometheus.range(asked, times[0], times[-1], step)
        exemplars = await self.prometheus.exemplars(asked, self.span.start, self.span.end) if target.exemplar else []
        return Answer(tuple(_series(each, target, times, step) for each in found), Table(), tuple(exemplars))

    async def _statement(self, panel: Panel, target: Target, known: dict[str, str]) -> Answer:
        if self.postgres is None:
            return Answer(note="not asked: no address of Postgres was given")
        if panel.type != "table":
            raise UndrawableError("what Postgres answers is drawn as a table only")
        columns, rows = await self.postgres.rows(expanded_sql(target.raw_sql or "", self.span, known))
        return Answer(table=Table(columns, rows))


def _grid(span: Span, step: float) -> tuple[float, ...]:
    """Moments that are multiples of the step, so that a series does not flicker as time goes by."""
    first, last = math.floor(span.start / step), math.floor(span.end / step)
    return tuple(round(number * step, 3) for number in range(first, last + 1))


def _series(found: Found, target: Target, times: tuple[float, ...], step: float) -> Series:
    known = {round(moment / step): value for moment, value in found.points if math.isfinite(value)}
    given = tuple(known.get(round(moment / step)) for moment in times)
    return Series(legend(target.legend_format, found.labels), target.ref_id, times, given)


def _stretches(moments: list[float], step: float) -> Iterator[tuple[float, float]]:
    first = last = None
    for moment in moments:
        if last is not None and first is not None and moment - last > step * 1.5:
            yield first, last
            first = None
        first, last = moment if first is None else first, moment
    if first is not None and last is not None:
        yield first, last


def at(span: Span, marks: tuple[Mark, ...]) -> Span:
    """The span with what is marked in it."""
    return replace(span, marks=marks)
