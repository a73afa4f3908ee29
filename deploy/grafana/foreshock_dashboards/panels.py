"""How panels look, and the few kinds that we have: numbers, lines and tables. Widths are in 24ths of the page."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as models

PROMETHEUS: Final = models.DataSourceRef(type_val="prometheus", uid="prometheus")
POSTGRES: Final = models.DataSourceRef(type_val="grafana-postgresql-datasource", uid="postgres")
HEIGHT: Final = 8
LOW: Final = 4

Panel: TypeAlias = Builder[models.Panel]
Query: TypeAlias = tuple[str, str]
"""A PromQL expression and its legend, in which `{{label}}` stands for the value of a label."""


class Sql(Dataquery):
    """A query of the Postgres data source, for which the SDK has no type of its own."""

    def __init__(self, text: str) -> None:
        self.text = text

    def to_json(self) -> dict[str, object]:
        """As Grafana keeps it."""
        return {
            "datasource": POSTGRES,
            "editorMode": "code",
            "format": "table",
            "rawQuery": True,
            "rawSql": self.text,
            "refId": "A",
        }


class _Sql(Builder[Dataquery]):
    def __init__(self, text: str) -> None:
        self._text = text

    def build(self) -> Dataquery:
        return Sql(self._text)


def number(title: str, expression: str, about: str, *, unit: str, red: float | None = None, width: int = 4) -> Panel:
    """What one expression says now, with its recent past behind it; its ground turns red from `red` on."""
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .span(width)
        .height(LOW)
        .unit(unit)
        .graph_mode(common.BigValueGraphMode.AREA)
        .color_mode(common.BigValueColorMode.VALUE if red is None else common.BigValueColorMode.BACKGROUND)
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(_red_from(red))
    )
    return panel.with_target(_prometheus(0, (expression, title)))


def lines(
    title: str,
    queries: Sequence[Query],
    about: str,
    *,
    unit: str,
    red: float | None = None,
    stacked: bool = False,
    width: int = 12,
) -> timeseries.Panel:
    """Expressions over time; a dashed line marks `red`."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .span(width)
        .height(HEIGHT)
        .unit(unit)
        .min(0)
        .line_width(1)
        .fill_opacity(25 if stacked else 5)
        .show_points(common.VisibilityMode.NEVER)
        .legend(
            common_builders.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
        .thresholds(_red_from(red))
    )
    if stacked:
        panel = panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL))
    if red is not None:
        style = common_builders.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds_style(style)
    for place, query in enumerate(queries):
        panel = panel.with_target(_prometheus(place, query))
    return panel


def band(title: str, metric: str, where: str, about: str, *, unit: str, width: int = 12) -> Panel:
    """A gauge that has a lower and an upper end, `metric`_low and `metric`_high: the value between them as a band."""
    ends = (("", "value"), ("_low", "low"), ("_high", "high"))
    panel = lines(title, [(f"max({metric}{end}{where})", name) for end, name in ends], about, unit=unit, width=width)
    thin = models.DynamicConfigValue(id_val="custom.lineWidth", value=0)
    filled = models.DynamicConfigValue(id_val="custom.fillBelowTo", value="low")
    bare = models.DynamicConfigValue(id_val="custom.fillOpacity", value=0)
    shade = models.DynamicConfigValue(id_val="custom.fillOpacity", value=20)
    strong = models.DynamicConfigValue(id_val="custom.lineWidth", value=2)
    return (
        panel.override_by_name("value", [strong, bare])
        .override_by_name("low", [thin, bare])
        .override_by_name("high", [thin, shade, filled])
    )


def rows(title: str, sql: str, about: str, *, width: int = 24) -> Panel:
    """What Postgres answers, as a table."""
    panel = table.Panel().title(title).description(about).datasource(POSTGRES).span(width).height(HEIGHT)
    return panel.with_target(_Sql(sql))


def dashboard(uid: str, title: str, about: str, groups: dict[str, Sequence[Panel]]) -> models.Dashboard:
    """Panels under headings, from left to right."""
    made = (
        builders.Dashboard(title)
        .uid(uid)
        .description(about)
        .tags(["foreshock"])
        .timezone("utc")
        .time("now-6h", "now")
        .refresh("30s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    number_of = 0
    for heading, panels in groups.items():
        number_of += 1
        made = made.with_row(builders.Row(heading).id(number_of))
        for panel in panels:
            number_of += 1
            built = panel.build()
            built.id_val = number_of
            made = made.with_panel(_Built(built))
    return made.build()


class _Built(Builder[models.Panel]):
    """A panel that has got its number."""

    def __init__(self, panel: models.Panel) -> None:
        self._panel = panel

    def build(self) -> models.Panel:
        return self._panel


def quantiles(metric: str, by: str = "") -> list[Query]:
    """The median and the 99th percentile of a histogram, for each value of the label `by`."""
    grouping, legend = (f"le, {by}", f"{{{{{by}}}}} ") if by else ("le", "")
    return [
        (f"histogram_quantile({q}, sum by ({grouping}) (rate({metric}_bucket[$__rate_interval])))", f"{legend}{name}")
        for q, name in ((0.5, "p50"), (0.99, "p99"))
    ]


def rate(metric: str, *by: str) -> Query:
    """How often a counter counts in a second, by labels."""
    return f"sum by ({', '.join(by)}) (rate({metric}[$__rate_interval]))", " ".join(f"{{{{{each}}}}}" for each in by)


def _prometheus(place: int, query: Query) -> prometheus.Dataquery:
    expression, legend = query
    return (
        prometheus.Dataquery()
        .expr(expression)
        .legend_format(legend)
        .ref_id("ABCDEFGH"[place])
        .datasource(PROMETHEUS)
        .range()
    )


def _red_from(limit: float | None) -> builders.ThresholdsConfig:
    steps = [models.Threshold(value=None, color="green")]
    if limit is not None:
        steps.append(models.Threshold(value=limit, color="red"))
    return builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
