"""A dashboard of panels: their order under headings, what is marked in all of them, and the way to the others."""

from collections.abc import Mapping, Sequence
from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from foreshock_dashboards.panels import PROMETHEUS, Panel

TAG: Final = "foreshock"
FIRING: Final = (("critical", "red"), ("warning", "orange"))
BEGINS: Final = "{firing} unless {firing} offset 1m"
"""The minute in which an alert begins to fire: marked for as long as it lasts, it would cover everything."""


def dashboard(uid: str, title: str, about: str, groups: Mapping[str, Sequence[Panel]]) -> models.Dashboard:
    """Panels under headings, from left to right; where an alert begins to fire is marked in each."""
    made = (
        builders.Dashboard(title)
        .uid(uid)
        .description(about)
        .tags([TAG])
        .timezone("utc")
        .time("now-6h", "now")
        .refresh("30s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            builders.DashboardLink("Foreshock")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(False)
            .keep_time(True)
        )
        .readonly()
    )
    for severity, colour in FIRING:
        made = made.annotation(
            builders.AnnotationQuery()
            .name(f"{severity} alerts")
            .datasource(PROMETHEUS)
            .enable(True)
            .icon_color(colour)
            .expr(BEGINS.format(firing=f'ALERTS{{alertstate="firing", severity="{severity}"}}'))
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
