"""Kinds of panels that show one value of each of many: in which state it was, and who is ahead."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import bargauge, statetimeline
from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.models import common

from foreshock_dashboards.looks import PLAIN, fixed, mapped, steps
from foreshock_dashboards.panels import HEIGHT, PROMETHEUS, Panel, target
from foreshock_dashboards.promql import Query


def states(
    title: str,
    queries: Sequence[Query],
    about: str,
    texts: Mapping[str, tuple[str, str]],
    *,
    width: int = 12,
    height: int = HEIGHT,
) -> Panel:
    """What each was in at which time: a band for each series, coloured by the text and colour of its values."""
    panel = (
        statetimeline.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .span(width)
        .height(height)
        .mappings([mapped(texts)])
        .color_scheme(fixed("text"))
        .fill_opacity(75)
        .line_width(0)
        .row_height(0.8)
        .show_value(common.VisibilityMode.NEVER)
        .legend(
            common_builders.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    for place, query in enumerate(queries):
        panel = panel.with_target(target(place, query))
    return panel


def ranking(title: str, query: Query, about: str, *, unit: str, red: float | None = None, width: int = 12) -> Panel:
    """What each series says now, as bars from the longest to the shortest."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .span(width)
        .height(HEIGHT)
        .unit(unit)
        .min(0)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .orientation(common.VizOrientation.HORIZONTAL)
        .show_unfilled(True)
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(steps(red, below=PLAIN))
    )
    return panel.with_target(target(0, query, instant=True))
