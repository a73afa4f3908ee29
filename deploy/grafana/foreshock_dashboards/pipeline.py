"""The way of a post, what waits on it and what falls off: for those who operate it."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards import details
from foreshock_dashboards.gauges import states
from foreshock_dashboards.looks import SERVICES
from foreshock_dashboards.pages import dashboard
from foreshock_dashboards.panels import A_SECOND, Panel, bars, lines
from foreshock_dashboards.promql import count, quantiles, rate
from foreshock_dashboards.stations import STUCK, way

ANSWERS: Final = {"1": ("answers", "green"), "0": ("does not", "red")}


def build() -> Dashboard:
    """The dashboard."""
    return dashboard(
        "foreshock-pipeline",
        "Pipeline",
        "How posts move from sources to receivers, what waits, and what has fallen off.",
        {
            "The way of a post; downwards: what passes, what waits, how long": way(),
            "Lanes": _lanes(),
            "Trouble, counted by the minute": _trouble(),
            "Ingest": details.ingest(),
            "Classify": details.classify(),
            "Store": details.store(),
            "Notify": details.notify(),
            "The machine": details.machine(),
        },
    )


def _lanes() -> list[Panel]:
    return [
        states(
            "Services",
            [('min by (job) (up{job=~"ingest|classify|store|notify"})', "{{job}}")],
            "Whether every replica answers Prometheus.",
            ANSWERS,
            width=8,
        ),
        lines(
            "Oldest entry not done",
            [("max by (group, lane) (foreshock_lane_oldest_pending_seconds)", "{{group}} {{lane}}")],
            "What grows is stuck. Red: the urgent lane may not wait longer.",
            unit="s",
            red=STUCK["urgent"],
            width=8,
            colours=SERVICES,
        ),
        lines(
            "Entries not done",
            [
                ("max by (group, lane) (foreshock_lane_entries)", "{{group}} {{lane}}"),
                ("sum by (group) (max by (group, lane) (foreshock_lane_pending_entries))", "{{group}}, in hand"),
            ],
            "An entry carries 1 to 200 posts. In hand: read and not handed over yet; the others nobody has read.",
            unit="short",
            width=8,
            colours=SERVICES,
        ),
        lines(
            "Posts handed on",
            [
                rate("foreshock_posts_handled_total", "group"),
                (rate("foreshock_posts_forwarded_total", "group")[0], "{{group}}, forwarded"),
            ],
            "Handled: the effect is done. The store forwards what is about our field.",
            unit=A_SECOND,
            width=8,
            colours=SERVICES,
        ),
        lines(
            "From read to hand-over",
            quantiles("foreshock_batch_handling_seconds", "group"),
            "The effect of a service on a batch: judging, storing, deciding.",
            unit="s",
            width=8,
            colours=SERVICES,
        ),
        lines(
            "Last read",
            [("time() - max by (group, lane) (foreshock_lane_last_read_timestamp_seconds)", "{{group}} {{lane}}")],
            "Seconds since Redis last answered a read. Red: nobody reads.",
            unit="s",
            red=60,
            most=65,
            width=8,
            colours=SERVICES,
        ),
    ]


def _trouble() -> list[Panel]:
    return [
        bars(
            "What went wrong",
            [
                (count("foreshock_posts_quarantined_total", "group", "error")[0], "quarantined: {{group}} {{error}}"),
                (count("foreshock_delivery_outages_total", "group", "error")[0], "outage: {{group}} {{error}}"),
                (count("foreshock_ingest_refusals_total", "strain")[0], "turned away: {{strain}}"),
                (count("foreshock_groups_repaired_total", "group", "lane")[0], "group made again: {{group}} {{lane}}"),
                (count("foreshock_store_chore_failures_total", "chore")[0], "chore failed: {{chore}}"),
            ],
            "Posts put to the dead letters (`./run dead list`), times that a lane backed off, pushes that ingest did "
            "not even read, groups that somebody flushed or deleted, chores of the store.",
            colours={"quarantined": "red", "outage": "orange", "turned": "yellow", "group": "purple", "chore": "blue"},
        ),
        bars(
            "What was tried again",
            [
                (count("foreshock_entries_redelivered_total", "group")[0], "{{group}}, entries taken over"),
                (count("foreshock_posts_returned_total", "group")[0], "{{group}}, posts to be tried alone"),
            ],
            "After a restart, from a replica that is gone, or because a batch failed.",
            colours=SERVICES,
        ),
    ]
