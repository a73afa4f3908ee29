"""What comes in: from whom, how fresh, and what is turned down."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards.gauges import ranking, states
from foreshock_dashboards.looks import DIM, GREY, TIERS
from foreshock_dashboards.pages import dashboard
from foreshock_dashboards.panels import A_SECOND, bars, lines, number
from foreshock_dashboards.promql import count, rate, total

ANSWERS: Final = {"0": ("answers", "green"), "1": ("fails", "red")}
KINDS: Final = {"official": "orange", "news": "blue", "blog": "purple", "social": GREY}
VERDICTS: Final = {"new": "blue", "revision": "#2fb8a6", "same": DIM, "conflict": "orange"}
OUTCOMES: Final = {"accepted": "blue", "refused": "orange", "turned_away": "red"}
POLLS: Final = {"new": "blue", "unchanged": DIM, "failed": "red", "gone": "dark-red"}
STATES: Final = {"running": "green", "failing": "red", "ended": GREY, "elsewhere": DIM}
SILENCE: Final = "time() - max by (source) (foreshock_ingest_source_last_answer_timestamp_seconds)"


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
                    total('foreshock_ingest_posts_total{verdict=~"new|revision"}', "24h"),
                    "New posts and revisions.",
                    unit="short",
                    width=6,
                ),
                number(
                    "Feeds that fail",
                    "sum(max by (source) (foreshock_ingest_source_failing)) or vector(0)",
                    "Their last answer was an error, no feed, or that they are gone.",
                    unit="short",
                    orange=1,
                    width=6,
                ),
                number(
                    "Longest silence",
                    f"max({SILENCE})",
                    "Of the feed whose last useful answer is the oldest. Red from six hours on.",
                    unit="s",
                    red=6 * 3600,
                    width=6,
                ),
                number(
                    "Items rejected in 24 h",
                    total("foreshock_ingest_items_rejected_total", "24h"),
                    "What came and is no acceptable post.",
                    unit="short",
                    width=6,
                    colour="yellow",
                ),
            ],
            "Feeds": [
                states(
                    "Feeds",
                    [("max by (source) (foreshock_ingest_source_failing)", "{{source}}")],
                    "Whether the last answer of each was of use.",
                    ANSWERS,
                ),
                ranking(
                    "Silence",
                    (f"sort_desc({SILENCE})", "{{source}}"),
                    "Since the last useful answer of each feed, or since a replica began to read it.",
                    unit="s",
                    red=6 * 3600,
                ),
                bars(
                    "Polls",
                    [count("foreshock_ingest_feed_polls_total", "result")],
                    "new, unchanged, failed, gone.",
                    width=8,
                    colours=POLLS,
                ),
                lines(
                    "Sources by state",
                    [("sum by (state) (foreshock_ingest_sources)", "{{state}}")],
                    "A source is read by one replica; to the others it is elsewhere.",
                    unit="short",
                    stacked=True,
                    width=8,
                    colours=STATES,
                ),
                bars(
                    "Errors",
                    [count("foreshock_ingest_source_errors_total", "kind")],
                    "Times that a source broke off and was begun anew.",
                    width=8,
                ),
            ],
            "What comes in": [
                lines(
                    "Accepted by kind of source",
                    [rate('foreshock_ingest_posts_total{verdict=~"new|revision"}', "source_kind")],
                    "Posts a second, of pushes and feeds alike.",
                    unit=A_SECOND,
                    stacked=True,
                    colours=KINDS,
                ),
                lines(
                    "By what it was found to be",
                    [rate("foreshock_ingest_posts_total", "verdict")],
                    "Posts a second. same: known already. conflict: other content under a known id, refused.",
                    unit=A_SECOND,
                    stacked=True,
                    colours=VERDICTS,
                ),
                lines(
                    "Pushes",
                    [rate("foreshock_ingest_pushes_total", "outcome")],
                    "refused: not in order. turned_away: 429, 503, or a fault of ours.",
                    unit=A_SECOND,
                    stacked=True,
                    colours=OUTCOMES,
                ),
                bars(
                    "Items rejected",
                    [count("foreshock_ingest_items_rejected_total", "way")],
                    "What came and is no acceptable post. What a source sent of it is in the dead letters.",
                    colours={"push": "yellow", "source": "orange"},
                ),
            ],
            "The canary": [
                lines(
                    "Age of the last canary",
                    [("time() - max by (tier) (foreshock_canary_last_seen_timestamp_seconds)", "{{tier}}")],
                    "By the lane that it came in by.",
                    unit="s",
                    red=900,
                    colours=TIERS,
                ),
                bars(
                    "Canaries at the store",
                    [count("foreshock_store_canaries_total", "outcome")],
                    "misjudged: the classifier does not see a shock in it.",
                    colours={"passed": "green", "misjudged": "red"},
                ),
            ],
        },
    )
