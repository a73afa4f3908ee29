"""What has happened out there, and how fast it was told: for those who are to be warned."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards import shock_index, tables
from foreshock_dashboards.looks import (
    DECISIONS,
    QUANTILES,
    STATUSES,
    TIERS,
    TOPICS,
    URGENCIES,
    WINDOWS,
)
from foreshock_dashboards.pages import dashboard
from foreshock_dashboards.panels import A_SECOND, bars, lines, number
from foreshock_dashboards.promql import count, quantiles, rate, total

SHOCKS: Final = count("foreshock_classify_shocks_total")[0]
SUSPECTED: Final = count("foreshock_classify_suspects_total")[0]
OPENED: Final = 'sum(foreshock_notify_decisions_total{{reason=~"opened|reopened|burst"}}{ago})'
NOW, BEFORE, EARLIER = (OPENED.format(ago=ago) for ago in ("", " offset 1m", " offset 2m"))
MARKS: Final = {
    "incident opened": ("blue", f"{NOW} > ({BEFORE} or vector(0)) unless {BEFORE} > ({EARLIER} or vector(0))")
}
"""The minute in which an incident is opened; of several in a row the first."""


def build() -> Dashboard:
    """The dashboard."""
    return dashboard(
        "foreshock-shocks",
        "Shocks",
        "Incidents, what posts are judged to be, and how long it takes from a post to an alert.",
        {
            "Now": [
                number(
                    "Open incidents",
                    'sum(max by (status) (foreshock_incidents{status=~"unconfirmed|corroborated|official"}))',
                    "Neither lifted, retracted, closed nor merged.",
                    unit="short",
                    colour="orange",
                ),
                number(
                    "Shocks in 24 h",
                    total("foreshock_classify_shocks_total", "24h"),
                    "Posts judged to report a shock; many posts can report one. Canaries are among them.",
                    unit="short",
                ),
                number(
                    "The whole way, p99",
                    "histogram_quantile(0.99, sum by (le) (rate(foreshock_canary_seconds_bucket[1h])))",
                    "From a canary being accepted to its end in notify, in the last hour.",
                    unit="s",
                    orange=1,
                    red=15,
                ),
                number(
                    "Age of the last canary",
                    "time() - min(max by (tier) (foreshock_canary_last_seen_timestamp_seconds))",
                    "A synthetic shock comes through every five minutes; after three rounds without one it is red.",
                    unit="s",
                    red=900,
                ),
                number(
                    "Not told yet",
                    "sum(max by (receiver) (foreshock_deliveries_undelivered))",
                    "Deliveries that are still to be made; what is held does not count.",
                    unit="short",
                    red=20,
                ),
                number(
                    "Rules in force",
                    "max(foreshock_rules_in_force)",
                    "Without rules nobody is told anything.",
                    unit="short",
                ),
            ],
            "AI Policy Shock Index": shock_index.row(),
            "Incidents": [
                tables.incidents(),
                tables.lead_times(),
                tables.stories(),
                lines(
                    "Incidents by status",
                    [("max by (status) (foreshock_incidents)", "{{status}}")],
                    "All that are kept, 400 days.",
                    unit="short",
                    stacked=True,
                    colours=STATUSES,
                ),
                bars(
                    "Decisions",
                    [count('foreshock_notify_decisions_total{reason!="no_rule"}', "reason")],
                    "What posts on the public stream came to, by the reason; those that no rule is about are left out.",
                    colours=DECISIONS,
                ),
            ],
            "What posts are": [
                lines(
                    "By topic",
                    [rate('foreshock_classify_topics_total{topic!="none"}', "topic")],
                    "Of what is about our field, posts a second. A post has one to four topics.",
                    unit=A_SECOND,
                    stacked=True,
                    width=8,
                    colours=TOPICS,
                ),
                lines(
                    "By urgency",
                    [rate('foreshock_classify_posts_total{urgency!="low"}', "urgency")],
                    "Posts a second; low, which is nearly all, is left out. Critical: act within minutes or hours.",
                    unit=A_SECOND,
                    stacked=True,
                    width=8,
                    colours=URGENCIES,
                ),
                bars(
                    "Shocks and suspects",
                    [
                        (SHOCKS, "shocks"),
                        (f"{SUSPECTED} - {SHOCKS}", "suspects that are none"),
                    ],
                    "Posts. Suspects take the urgent lane; canaries are among both.",
                    width=8,
                    colours={"shocks": "red", "suspects": "yellow"},
                ),
                lines(
                    "By language",
                    [rate("foreshock_classify_languages_total", "lang")],
                    "Of what is about our field, posts a second. Other: none that the classifier was taught.",
                    unit=A_SECOND,
                    stacked=True,
                ),
                lines(
                    "Texts of their own, and copies",
                    [rate("foreshock_store_texts_total", "kind")],
                    "Posts a second about our field. What is copied much may be a storm, or somebody's campaign.",
                    unit=A_SECOND,
                    stacked=True,
                    colours={"origin": "blue", "copy": "orange"},
                ),
            ],
            "How fast": [
                lines(
                    "From post to decision",
                    quantiles("foreshock_post_to_decision_seconds"),
                    "From a post being accepted to the revision of an incident that it caused. A diamond is one post.",
                    unit="s",
                    red=1,
                    width=6,
                    colours=QUANTILES,
                    seldom=True,
                ),
                lines(
                    "From creation to decision",
                    quantiles("foreshock_creation_to_decision_seconds"),
                    "From a post being written, as its source says: with the time until we read it.",
                    unit="s",
                    width=6,
                    colours=QUANTILES,
                    seldom=True,
                ),
                lines(
                    "The whole way, by canaries",
                    quantiles("foreshock_canary_seconds", "tier"),
                    "Canaries come in by both lanes, and are there on quiet days.",
                    unit="s",
                    red=1,
                    width=6,
                    colours=TIERS,
                    seldom=True,
                ),
                lines(
                    "From decision to receiver",
                    quantiles("foreshock_delivery_seconds", "receiver"),
                    "From a revision to the receiver's answer that it has it.",
                    unit="s",
                    width=6,
                    seldom=True,
                ),
            ],
            "Objectives: part that went wrong": [
                lines(
                    "Pushes turned away",
                    [
                        ("foreshock:pushes_turned_away:ratio_rate1h", "an hour"),
                        ("foreshock:pushes_turned_away:ratio_rate6h", "six hours"),
                    ],
                    "Objective: 0.1 %. Red: the pace at which a month's budget loses 2 % an hour.",
                    unit="percentunit",
                    red=0.0144,
                    most=0.016,
                    width=8,
                    colours=WINDOWS,
                ),
                lines(
                    "Alerts late",
                    [
                        ("foreshock:alerts_late:ratio_rate1h", "an hour"),
                        ("foreshock:alerts_late:ratio_rate6h", "six hours"),
                    ],
                    "Decided later than a second after acceptance. Objective: 1 %.",
                    unit="percentunit",
                    red=0.144,
                    most=0.16,
                    width=8,
                    colours=WINDOWS,
                ),
                lines(
                    "Attempts to deliver that fail",
                    [
                        ("foreshock:delivery_attempts_failed:ratio_rate1h", "an hour"),
                        ("foreshock:delivery_attempts_failed:ratio_rate6h", "six hours"),
                    ],
                    "Objective: 5 %.",
                    unit="percentunit",
                    red=0.72,
                    most=0.8,
                    width=8,
                    colours=WINDOWS,
                ),
            ],
        },
        marks=MARKS,
    )
