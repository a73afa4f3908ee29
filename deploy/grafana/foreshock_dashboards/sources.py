"""What comes in: from whom, how fresh, and what is turned down."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards.panels import dashboard, lines, number, rate


def build() -> Dashboard:
    """The dashboard."""
    return dashboard(
        "foreshock-sources",
        "Sources",
        "Feeds and pushes: how fresh they are, what is accepted of them, what is not.",
        {
            "Now": [
                number(
                    "Accepted in 24 h",
                    'sum(increase(foreshock_ingest_posts_total{verdict=~"new|revision"}[24h]))',
                    "New posts and revisions.",
                    unit="short",
                    width=6,
                ),
                number(
                    "Feeds that fail",
                    "sum(max by (source) (foreshock_ingest_source_failing)) or vector(0)",
                    "Their last answer was an error, no feed, or that they are gone.",
                    unit="short",
                    red=1,
                    width=6,
                ),
                number(
                    "Longest silence",
                    "max(time() - max by (source) (foreshock_ingest_source_last_answer_timestamp_seconds))",
                    "Of the feed whose last useful answer is the oldest.",
                    unit="s",
                    red=6 * 3600,
                    width=6,
                ),
                number(
                    "Items rejected in 24 h",
                    "sum(increase(foreshock_ingest_items_rejected_total[24h])) or vector(0)",
                    "What came and is no acceptable post.",
                    unit="short",
                    width=6,
                ),
            ],
            "What comes in": [
                lines(
                    "Accepted by kind of source",
                    [rate('foreshock_ingest_posts_total{verdict=~"new|revision"}', "source_kind")],
                    "social, news, official, blog; pushes and feeds alike.",
                    unit="cps",
                    stacked=True,
                ),
                lines(
                    "By what it was found to be",
                    [rate("foreshock_ingest_posts_total", "verdict")],
                    "same: known already. conflict: other content under a known id, refused.",
                    unit="cps",
                    stacked=True,
                ),
                lines(
                    "Pushes",
                    [rate("foreshock_ingest_pushes_total", "outcome")],
                    "refused: not in order. turned_away: 429, 503, or a fault of ours.",
                    unit="cps",
                    stacked=True,
                ),
                lines(
                    "Items rejected",
                    [rate("foreshock_ingest_items_rejected_total", "way")],
                    "What came and is no acceptable post. What a source sent of it is in the dead letters.",
                    unit="cps",
                ),
            ],
            "Feeds": [
                lines(
                    "Freshness",
                    [
                        (
                            "time() - max by (source) (foreshock_ingest_source_last_answer_timestamp_seconds)",
                            "{{source}}",
                        )
                    ],
                    "Seconds since the last useful answer, or since a replica began to read it.",
                    unit="s",
                ),
                lines(
                    "Failing",
                    [("max by (source) (foreshock_ingest_source_failing)", "{{source}}")],
                    "1 for a feed whose last answer was of no use.",
                    unit="short",
                    stacked=True,
                ),
                lines(
                    "Polls",
                    [rate("foreshock_ingest_feed_polls_total", "result")],
                    "new, unchanged, failed, gone.",
                    unit="cps",
                    stacked=True,
                    width=8,
                ),
                lines(
                    "Sources by state",
                    [("sum by (state) (foreshock_ingest_sources)", "{{state}}")],
                    "A source is read by one replica; to the others it is elsewhere.",
                    unit="short",
                    stacked=True,
                    width=8,
                ),
                lines(
                    "Errors",
                    [rate("foreshock_ingest_source_errors_total", "kind")],
                    "Times that a source broke off and was begun anew.",
                    unit="cps",
                    width=8,
                ),
            ],
            "The canary": [
                lines(
                    "Age of the last canary",
                    [("time() - max by (tier) (foreshock_canary_last_seen_timestamp_seconds)", "{{tier}}")],
                    "By the lane that it came in by.",
                    unit="s",
                    red=900,
                ),
                lines(
                    "Canaries at the store",
                    [rate("foreshock_store_canaries_total", "outcome")],
                    "misjudged: the classifier does not see a shock in it.",
                    unit="cps",
                ),
            ],
        },
    )
