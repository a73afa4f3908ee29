"""The way of a post from left to right: ingest, classify, store, notify. For those who operate it."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards.panels import Panel, dashboard, lines, number, quantiles, rate

GROUPS = ("classify", "store", "notify")
STUCK = {"urgent": 15, "normal": 300}
"""Seconds that the oldest entry may wait, as in the alert on lanes that are behind."""


def build() -> Dashboard:
    """The dashboard."""
    return dashboard(
        "foreshock-pipeline",
        "Pipeline",
        "How posts move from ingest to notify, what waits, and what has fallen off.",
        {
            "The way of a post": _way(),
            "Lanes": [
                lines(
                    "Oldest entry not done",
                    [("max by (group, lane) (foreshock_lane_oldest_pending_seconds)", "{{group}} {{lane}}")],
                    "What grows is stuck. Red: the urgent lane may not wait longer.",
                    unit="s",
                    red=STUCK["urgent"],
                    width=8,
                ),
                lines(
                    "Entries not done",
                    [("max by (group, lane) (foreshock_lane_entries)", "{{group}} {{lane}}")],
                    "An entry carries 1 to 200 posts.",
                    unit="short",
                    width=8,
                ),
                lines(
                    "Last read",
                    [
                        (
                            "time() - max by (group, lane) (foreshock_lane_last_read_timestamp_seconds)",
                            "{{group}} {{lane}}",
                        )
                    ],
                    "Seconds since Redis last answered a read. Red: nobody reads.",
                    unit="s",
                    red=60,
                    width=8,
                ),
                lines(
                    "From read to hand-over",
                    quantiles("foreshock_batch_handling_seconds", "group"),
                    "The effect of a service on a batch: judging, storing, deciding.",
                    unit="s",
                ),
                lines(
                    "Posts handed on",
                    [
                        rate("foreshock_posts_handled_total", "group"),
                        (rate("foreshock_posts_forwarded_total", "group")[0], "{{group}}, forwarded"),
                    ],
                    "Handled: the effect is done. The store forwards what is about our field.",
                    unit="cps",
                ),
            ],
            "Trouble": [
                lines(
                    "Outages",
                    [rate("foreshock_delivery_outages_total", "group", "error")],
                    "Times that a lane backed off, by what failed.",
                    unit="cps",
                    width=8,
                ),
                lines(
                    "Tried again",
                    [
                        (rate("foreshock_entries_redelivered_total", "group")[0], "{{group}}, entries taken over"),
                        (rate("foreshock_posts_returned_total", "group")[0], "{{group}}, posts to be tried alone"),
                    ],
                    "After a restart, from a replica that is gone, or because a batch failed.",
                    unit="cps",
                    width=8,
                ),
                lines(
                    "Turned away",
                    [rate("foreshock_ingest_refusals_total", "strain")],
                    "Pushes that ingest did not even read, by the strain it is under.",
                    unit="cps",
                    width=8,
                ),
                lines(
                    "Quarantined",
                    [rate("foreshock_posts_quarantined_total", "group", "error")],
                    "Posts put to the dead letters: `./run dead list`.",
                    unit="cps",
                    width=8,
                ),
                lines(
                    "Groups made again",
                    [rate("foreshock_groups_repaired_total", "group", "lane")],
                    "Somebody flushed Redis or deleted a stream.",
                    unit="cps",
                    width=8,
                ),
                lines(
                    "Chores of the store that failed",
                    [rate("foreshock_store_chore_failures_total", "chore")],
                    "Partitions, dead letters, trimming, forgetting. They are tried again.",
                    unit="cps",
                    width=8,
                ),
            ],
            "Posts against the corpus": [
                lines(
                    "Drift of scores",
                    [("max by (score) (foreshock_classify_score_drift)", "{{score}}")],
                    "Population stability index of the last 2,000 relevant posts. Below 0.1: none. Red: the model says "
                    "of posts of a kind something else than it did of held-back posts.",
                    unit="short",
                    red=0.25,
                ),
                lines(
                    "Unknown words",
                    [
                        ("avg(foreshock_classify_unknown_words_ratio >= 0)", "of relevant posts"),
                        ("avg(foreshock_classify_unknown_words_expected_ratio >= 0)", "expected"),
                    ],
                    "Part of a post's words that the corpus lacks; expected is what it was of posts held back from it.",
                    unit="percentunit",
                ),
            ],
            "Limits": [
                lines(
                    "Memory of Redis",
                    [("max(foreshock_ingest_redis_memory_ratio)", "used")],
                    "At 60 % nothing more is accepted, and what was accepted is finished.",
                    unit="percentunit",
                    red=0.6,
                    width=8,
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
                ),
                lines(
                    "Memory of the services",
                    [
                        (
                            'process_resident_memory_bytes{job=~"ingest|classify|store|notify"}',
                            "{{job}} {{instance}}",
                        )
                    ],
                    "A container is ended at 512 MiB.",
                    unit="bytes",
                    red=512 * 1024**2,
                    width=8,
                ),
                lines(
                    "Writing accepted posts",
                    quantiles("foreshock_ingest_write_seconds"),
                    "A round of entries to Redis, with its fsync.",
                    unit="s",
                    width=8,
                ),
                lines(
                    "Judging a batch",
                    quantiles("foreshock_classify_batch_seconds"),
                    "The classifier alone, without waiting.",
                    unit="s",
                    width=8,
                ),
                lines(
                    "Partitions ahead",
                    [("min(foreshock_store_partition_days_ahead)", "days")],
                    "Days after today for which the store has a partition.",
                    unit="short",
                    width=8,
                ),
            ],
        },
    )


def _way() -> list[Panel]:
    """Four columns, one a service; what passes, what waits, how long."""
    passing = [
        number(
            "ingest: accepted",
            'sum(rate(foreshock_ingest_posts_total{verdict=~"new|revision"}[$__rate_interval]))',
            "New posts and revisions a second.",
            unit="cps",
            width=6,
        ),
        *(
            number(
                f"{group}: handled",
                f'sum(rate(foreshock_posts_handled_total{{group="{group}"}}[$__rate_interval]))',
                "Posts a second. Notify is given what is about our field only.",
                unit="cps",
                width=6,
            )
            for group in GROUPS
        ),
    ]
    waiting = [
        number(
            "ingest: backlog",
            "max(foreshock_ingest_backlog_entries)",
            "Entries that nobody has handled yet, of all lanes that count; at 20,000 pushes are answered 429.",
            unit="short",
            red=20_000,
            width=6,
        ),
        *(
            number(
                f"{group}: waiting",
                f'sum(max by (lane) (foreshock_lane_entries{{group="{group}"}}))',
                "Entries in both lanes that are not done.",
                unit="short",
                red=10_000,
                width=6,
            )
            for group in GROUPS
        ),
    ]
    return [*passing, *waiting, *_oldest("urgent"), *_oldest("normal")]


def _oldest(lane: str) -> list[Panel]:
    closed = {
        "urgent": number(
            "ingest: closed",
            'max(foreshock_ingest_strain{strain!="none"})',
            "1 while nothing is accepted.",
            unit="short",
            red=1,
            width=6,
        ),
        "normal": number(
            "quarantined in 24 h",
            "sum(increase(foreshock_posts_quarantined_total[24h])) or vector(0)",
            "Posts put to the dead letters by any service.",
            unit="short",
            red=1,
            width=6,
        ),
    }
    ages = [
        number(
            f"{group}: oldest, {lane}",
            f'max(foreshock_lane_oldest_pending_seconds{{group="{group}", lane="{lane}"}})',
            f"Age of the oldest entry in the {lane} lane that is not done. Red: it is stuck, or floods.",
            unit="s",
            red=STUCK[lane],
            width=6,
        )
        for group in GROUPS
    ]
    return [closed[lane], *ages]
