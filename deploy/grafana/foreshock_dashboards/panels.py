"""The kinds of panels that we have: numbers, lines, bars and tables here, others in `gauges`.

Widths are in 24ths of the page.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as models

from foreshock_dashboards.looks import CALM, PLAIN, Colours, coloured, dashed, mapped, steps
from foreshock_dashboards.promql import Query

PROMETHEUS: Final = models.DataSourceRef(type_val="prometheus", uid="prometheus")
POSTGRES: Final = models.DataSourceRef(type_val="grafana-postgresql-datasource", uid="postgres")
HEIGHT: Final = 8
LOW: Final = 4
A_SECOND: Final = "count:/s"
POSTS: Final = "count:posts/s"

Panel: TypeAlias = Builder[models.Panel]


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


def number(
    title: str,
    expression: str,
    about: str,
    *,
    unit: str,
    red: float | None = None,
    orange: float | None = None,
    width: int = 4,
    height: int = LOW,
    colour: str = PLAIN,
    texts: Mapping[str, tuple[str, str]] | None = None,
) -> Panel:
    """What one expression says now. With a limit it is plain until its ground turns orange or red, so that nothing but
    trouble catches the eye; without one its recent past is behind it. `texts` are words and colours for values.
    """
    limited = red is not None or orange is not None
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .span(width)
        .height(height)
        .unit(unit)
        .graph_mode(common.BigValueGraphMode.NONE if limited else common.BigValueGraphMode.AREA)
        .color_mode(common.BigValueColorMode.BACKGROUND if limited else common.BigValueColorMode.VALUE)
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(steps(red, below="transparent" if limited else colour, orange=orange))
    )
    if texts:
        panel = panel.mappings([mapped(texts)])
    return panel.with_target(target(0, (expression, title)))


def lines(
    title: str,
    queries: Sequence[Query],
    about: str,
    *,
    unit: str,
    red: float | None = None,
    stacked: bool = False,
    width: int = 12,
    height: int = HEIGHT,
    colours: Colours | None = None,
    seldom: bool = False,
    most: float | None = None,
) -> timeseries.Panel:
    """Expressions over time; a dashed line marks `red`. `seldom`: points on a logarithmic axis in place of lines, for
    how long something takes that happens now and then only. `most`: the axis reaches at least so far, so that what is
    far from it looks calm.
    """
    panel = _over_time(title, queries, about, unit=unit, width=width, height=height, colours=colours)
    panel = panel.thresholds(steps(red, below="green"))
    if seldom:
        logarithmic = common_builders.ScaleDistributionConfig().type(common.ScaleDistribution.LOG).log(10)
        panel = panel.draw_style(common.GraphDrawStyle.POINTS).point_size(6).scale_distribution(logarithmic)
    elif stacked:
        together = common_builders.StackingConfig().mode(common.StackingMode.NORMAL)
        panel = panel.min(0).line_width(0).fill_opacity(65).stacking(together)
    else:
        panel = panel.min(0).line_width(1).override_by_regexp(*dashed(CALM))
    if red is not None:
        style = common_builders.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds_style(style)
    return panel if most is None else panel.axis_soft_max(most)


def bars(
    title: str,
    queries: Sequence[Query],
    about: str,
    *,
    width: int = 12,
    height: int = HEIGHT,
    colours: Colours | None = None,
    shades: str | None = None,
) -> Panel:
    """What happens seldom, counted: bars for each minute or longer, on top of each other; in `shades` of one colour
    where all of it is of a kind.
    """
    panel = _over_time(title, queries, about, unit="short", width=width, height=height, colours=colours)
    if shades:
        scheme = builders.FieldColor().mode(models.FieldColorModeId.SHADES).fixed_color(shades)
        panel = panel.color_scheme(scheme)
    return (
        panel.interval("1m")
        .min(0)
        .decimals(0)
        .no_value("none so far")
        .draw_style(common.GraphDrawStyle.BARS)
        .fill_opacity(80)
        .line_width(0)
        .axis_soft_max(4)
        .stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL))
    )


def _over_time(
    title: str,
    queries: Sequence[Query],
    about: str,
    *,
    unit: str,
    width: int,
    height: int,
    colours: Colours | None,
) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .span(width)
        .height(height)
        .unit(unit)
        .show_points(common.VisibilityMode.AUTO)
        .legend(
            common_builders.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
        )
    )
    for word, colour in (colours or {}).items():
        panel = panel.override_by_regexp(*coloured(word, colour))
    for place, query in enumerate(queries):
        panel = panel.with_target(target(place, query))
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


def rows(
    title: str,
    sql: str,
    about: str,
    *,
    width: int = 24,
    height: int = HEIGHT,
    columns: Mapping[str, Mapping[str, object]] | None = None,
) -> Panel:
    """What Postgres answers, as a table; `columns` are the settings of some of them."""
    panel = table.Panel().title(title).description(about).datasource(POSTGRES).span(width).height(height)
    for name, settings in (columns or {}).items():
        panel = panel.override_by_name(name, [models.DynamicConfigValue(*each) for each in settings.items()])
    return panel.with_target(_Sql(sql))


def target(place: int, query: Query, *, instant: bool = False) -> prometheus.Dataquery:
    """The query in this place of a panel, over time or for now."""
    expression, legend = query
    made = (
        prometheus.Dataquery().expr(expression).legend_format(legend).ref_id("ABCDEFGH"[place]).datasource(PROMETHEUS)
    )
    return made.instant() if instant else made.range().exemplar("histogram_quantile" in expression)
