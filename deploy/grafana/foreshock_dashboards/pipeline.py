"""The way of a post from left to right: sources, ingest, classify, store, notify, receivers. For those who operate it."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards.looks import QUANTILES, SERVICES
from foreshock_dashboards.pages import dashboard
from foreshock_dashboards.panels import A_SECOND, POSTS, Panel, bars, count, lines, number, quantiles, rate, states

GROUPS: Final = {"classify": "judged", "store": "kept", "notify": "decided"}
STUCK: Final = {"urgent": 15, "normal": 300}
"""Seconds that the oldest entry may wait, as in the alert on lanes that are behind."""
ANSWERS: Final = {"1": ("answers", "green"), "0": ("does not", "red")}
OPEN: Final = {"0": ("open", "transparent"), "1": ("closed", "red")}
LINE: Final = 3


def build() -> Dashboard:
    """The dashboard."""
    return dashboard(
        "foreshock-pipeline",
        "Pipeline",
        "How posts move from sources to receivers, what waits, and what has fallen off.",
        {
            "The way of a post, from left to right: what passes, what waits, the oldest in the urgent lane, in the normal": (
                _way()
            ),
            "Lanes": _lanes(),
            "Trouble: how often, by the minute": _trouble(),
            "Limits": _limits(),
        },
    )


def _way() -> list[Panel]:
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
            'sum(increase(foreshock_ingest_pushes_total{outcome="turned_away"}[1h])) or vector(0)',
            "Pushes answered 429, 503, or with a fault of ours.",
            unit="short",
            orange=1,
            height=LINE,
        ),
        number(
            "quarantined in 24 h",
            "sum(increase(foreshock_posts_quarantined_total[24h])) or vector(0)",
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
            [("max by (group, lane) (foreshock_lane_entries)", "{{group}} {{lane}}")],
            "An entry carries 1 to 200 posts.",
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
            width=8,
            colours=SERVICES,
        ),
    ]


def _trouble() -> list[Panel]:
    return [
        bars(
            "Outages",
            [count("foreshock_delivery_outages_total", "group", "error")],
            "Times that a lane backed off, by what failed.",
            width=8,
            colours=SERVICES,
        ),
        bars(
            "Tried again",
            [
                (count("foreshock_entries_redelivered_total", "group")[0], "{{group}}, entries taken over"),
                (count("foreshock_posts_returned_total", "group")[0], "{{group}}, posts to be tried alone"),
            ],
            "After a restart, from a replica that is gone, or because a batch failed.",
            width=8,
            colours=SERVICES,
        ),
        bars(
            "Turned away",
            [count("foreshock_ingest_refusals_total", "strain")],
            "Pushes that ingest did not even read, by the strain it is under.",
            width=8,
        ),
        bars(
            "Quarantined",
            [count("foreshock_posts_quarantined_total", "group", "error")],
            "Posts put to the dead letters: `./run dead list`.",
            width=8,
            colours=SERVICES,
        ),
        bars(
            "Groups made again",
            [count("foreshock_groups_repaired_total", "group", "lane")],
            "Somebody flushed Redis or deleted a stream.",
            width=8,
            colours=SERVICES,
        ),
        bars(
            "Chores of the store that failed",
            [count("foreshock_store_chore_failures_total", "chore")],
            "Partitions, dead letters, trimming, forgetting. They are tried again.",
            width=8,
        ),
    ]


def _limits() -> list[Panel]:
    return [
        lines(
            "Memory of Redis",
            [("max(foreshock_ingest_redis_memory_ratio)", "used")],
            "At 60 % nothing more is accepted, and what was accepted is finished.",
            unit="percentunit",
            red=0.6,
            most=0.65,
            width=8,
            colours={"used": SERVICES["ingest"]},
        ),
        lines(
            "Dead letters and the public stream",
            [
                ("max(foreshock_ingest_dead_letter_bytes)", "dead letters"),
                ("max by (lane) (foreshock_store_public_stream_bytes)", "public stream, {{lane}}"),
            ],
            "Each may take 64 MB.",
            unit="bytes",
            red=64e6,
            width=8,
            colours={"dead": "orange", "public": SERVICES["store"]},
        ),
        lines(
            "Memory of the services",
            [('max by (job) (process_resident_memory_bytes{job=~"ingest|classify|store|notify"})', "{{job}}")],
            "Of the largest replica of each. A container is ended at 512 MiB.",
            unit="bytes",
            red=512 * 1024**2,
            most=540 * 1024**2,
            width=8,
            colours=SERVICES,
        ),
        lines(
            "Writing accepted posts",
            quantiles("foreshock_ingest_write_seconds"),
            "A round of entries to Redis, with its fsync.",
            unit="s",
            width=8,
            colours=QUANTILES,
        ),
        lines(
            "Judging a batch",
            quantiles("foreshock_classify_batch_seconds"),
            "The classifier alone, without waiting.",
            unit="s",
            width=8,
            colours=QUANTILES,
        ),
        lines(
            "Partitions ahead",
            [("min(foreshock_store_partition_days_ahead)", "days")],
            "Days after today for which the store has a partition.",
            unit="short",
            width=8,
            colours={"days": SERVICES["store"]},
        ),
    ]
