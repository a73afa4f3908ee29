"""The stations of a post as tiles, a column each: sources, ingest, classify, store, notify, receivers.

From top to bottom: what passes, what waits, the oldest in the urgent lane, the oldest in the normal one.
"""

from typing import Final

from foreshock_dashboards.looks import SERVICES
from foreshock_dashboards.panels import POSTS, Panel, number
from foreshock_dashboards.promql import total

GROUPS: Final = {"classify": "judged", "store": "kept", "notify": "decided"}
STUCK: Final = {"urgent": 15, "normal": 300}
"""Seconds that the oldest entry may wait, as in the alert on lanes that are behind."""
OPEN: Final = {"0": ("open", "transparent"), "1": ("closed", "red")}
LINE: Final = 3


def way() -> list[Panel]:
    """Six columns, one a station; plain where all is well, orange and red where it is not."""
    return [*_passing(), *_waiting(), *_urgent(), *_normal()]


def _passing() -> list[Panel]:
    return [
        number(
            "sources: offered",
            "sum(rate(foreshock_ingest_posts_total[$__rate_interval]))",
            "Posts a second that sources and pushes bring, with those that are known already.",
            unit=POSTS,
        ),
        number(
            "ingest: accepted",
            'sum(rate(foreshock_ingest_posts_total{verdict=~"new|revision"}[$__rate_interval]))',
            "New posts and revisions a second.",
            unit=POSTS,
            colour=SERVICES["ingest"],
        ),
        *(
            number(
                f"{group}: {done}",
                f'sum(rate(foreshock_posts_handled_total{{group="{group}"}}[$__rate_interval]))',
                "Posts a second. Notify is given what is about our field only.",
                unit=POSTS,
                colour=SERVICES[group],
            )
            for group, done in GROUPS.items()
        ),
        number(
            "receivers: told",
            '60 * sum(rate(foreshock_delivery_attempts_total{outcome="delivered"}[$__rate_interval])) or vector(0)',
            "Deliveries a minute that a receiver took.",
            unit="count:/min",
            colour="green",
        ),
    ]


def _waiting() -> list[Panel]:
    return [
        number(
            "sources: feeds that fail",
            "sum(max by (source) (foreshock_ingest_source_failing)) or vector(0)",
            "Their last answer was an error, no feed, or that they are gone.",
            unit="short",
            orange=1,
            height=LINE,
        ),
        number(
            "ingest: backlog",
            "max(foreshock_ingest_backlog_entries)",
            "Entries that nobody has handled yet, of all lanes that count; at 20,000 pushes are answered 429.",
            unit="short",
            orange=10_000,
            red=20_000,
            height=LINE,
        ),
        *(
            number(
                f"{group}: waiting",
                f'sum(max by (lane) (foreshock_lane_entries{{group="{group}"}}))',
                "Entries in both lanes that are not done.",
                unit="short",
                red=10_000,
                height=LINE,
            )
            for group in GROUPS
        ),
        number(
            "receivers: undelivered",
            "sum(max by (receiver) (foreshock_deliveries_undelivered))",
            "Deliveries still to be made; what is held does not count.",
            unit="short",
            red=20,
            height=LINE,
        ),
    ]


def _urgent() -> list[Panel]:
    return [
        number(
            "sources: longest silence",
            "max(time() - max by (source) (foreshock_ingest_source_last_answer_timestamp_seconds))",
            "Of the feed whose last useful answer is the oldest.",
            unit="s",
            red=6 * 3600,
            height=LINE,
        ),
        number(
            "ingest: the door",
            'max(foreshock_ingest_strain{strain!="none"})',
            "Closed while nothing is accepted, so that what was accepted can be finished.",
            unit="short",
            red=1,
            height=LINE,
            texts=OPEN,
        ),
        *_oldest("urgent"),
        number(
            "receivers: oldest",
            "max(foreshock_deliveries_oldest_undelivered_seconds)",
            "Age of the oldest delivery still to be made.",
            unit="s",
            red=300,
            height=LINE,
        ),
    ]


def _normal() -> list[Panel]:
    return [
        number(
            "sources: turned away in 1 h",
            total('foreshock_ingest_pushes_total{outcome="turned_away"}', "1h"),
            "Pushes answered 429, 503, or with a fault of ours.",
            unit="short",
            orange=1,
            height=LINE,
        ),
        number(
            "quarantined in 24 h",
            total("foreshock_posts_quarantined_total", "24h"),
            "Posts put to the dead letters by any service: `./run dead list`.",
            unit="short",
            orange=1,
            height=LINE,
        ),
        *_oldest("normal"),
        number(
            "receivers: suspended",
            "sum(max by (receiver) (foreshock_receiver_suspended))",
            "They are told nothing any more: `./run deliveries recover`.",
            unit="short",
            red=1,
            height=LINE,
        ),
    ]


def _oldest(lane: str) -> list[Panel]:
    return [
        number(
            f"{group}: oldest, {lane}",
            f'max(foreshock_lane_oldest_pending_seconds{{group="{group}", lane="{lane}"}})',
            f"Age of the oldest entry in the {lane} lane that is not done. Red: it is stuck, or floods.",
            unit="s",
            red=STUCK[lane],
            height=LINE,
        )
        for group in GROUPS
    ]
