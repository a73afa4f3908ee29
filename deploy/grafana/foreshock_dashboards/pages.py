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


def dashboard(
    uid: str,
    title: str,
    about: str,
    groups: Mapping[str, Sequence[Panel]],
    *,
    marks: Mapping[str, tuple[str, str]] = {},
) -> models.Dashboard:
    """Panels under headings, from left to right. Where an alert begins to fire is marked in each, and where an
    expression of `marks` has a value: a colour and an expression by what is to be read there.
    """
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
    begins = {
        f"{severity} alerts": (
            colour,
            BEGINS.format(firing=f'ALERTS{{alertstate="firing", severity="{severity}"}}'),
        )
        for severity, colour in FIRING
    }
    for name, (colour, expression) in {**begins, **marks}.items():
        made = made.annotation(
            builders.AnnotationQuery()
            .name(name)
            .datasource(PROMETHEUS)
            .enable(True)
            .icon_color(colour)
            .expr(expression)
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
