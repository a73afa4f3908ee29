"""What has happened out there, and how fast it was told: for those who are to be warned."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards.panels import Panel, band, dashboard, lines, number, quantiles, rate, rows

RECENT = """\
SELECT opened_at AS "opened", status, urgency, headline, array_to_string(topics, ', ') AS topics,
       array_to_string(rules, ', ') AS rules, origins, revision, last_post_at AS "last post"
FROM notify.incidents
ORDER BY opened_at DESC
LIMIT 25
"""


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
                ),
                number(
                    "Shocks in 24 h",
                    "sum(increase(foreshock_classify_shocks_total[24h]))",
                    "Posts judged to report a shock; many posts can report one.",
                    unit="short",
                ),
                number(
                    "Age of the last canary",
                    "time() - min(max by (tier) (foreshock_canary_last_seen_timestamp_seconds))",
                    "A synthetic shock comes through every five minutes; after three rounds without one it is red.",
                    unit="s",
                    red=900,
                ),
                number(
                    "The whole way, p99",
                    "histogram_quantile(0.99, sum by (le) (rate(foreshock_canary_seconds_bucket[1h])))",
                    "From a canary being accepted to its end in notify, in the last hour.",
                    unit="s",
                    red=5,
                ),
                number(
                    "Not told yet",
                    "sum(max by (receiver) (foreshock_deliveries_undelivered))",
                    "Deliveries that are still to be made; what is held does not count.",
                    unit="short",
                    red=20,
                ),
                number(
                    "Rules", "max(foreshock_rules_in_force)", "Without rules nobody is told anything.", unit="short"
                ),
            ],
            "AI Policy Shock Index": _index(),
            "Incidents": [
                rows("Recent incidents", RECENT, "The last 25, from Postgres."),
                lines(
                    "Incidents by status",
                    [("max by (status) (foreshock_incidents)", "{{status}}")],
                    "All that are kept, 400 days.",
                    unit="short",
                    stacked=True,
                ),
                lines(
                    "Decisions",
                    [rate("foreshock_notify_decisions_total", "reason")],
                    "What posts on the public stream came to, by the reason; most are no shock for any rule.",
                    unit="cps",
                    stacked=True,
                ),
            ],
            "What posts are": [
                lines(
                    "By topic",
                    [rate("foreshock_classify_topics_total", "topic")],
                    "A post has one to four topics; `none` is what is not about our field.",
                    unit="cps",
                    stacked=True,
                    width=8,
                ),
                lines(
                    "By urgency",
                    [rate("foreshock_classify_posts_total", "urgency")],
                    "Critical: act within minutes or hours.",
                    unit="cps",
                    stacked=True,
                    width=8,
                ),
                lines(
                    "Shocks and suspects",
                    [
                        ("sum(rate(foreshock_classify_shocks_total[$__rate_interval]))", "shocks"),
                        ("sum(rate(foreshock_classify_suspects_total[$__rate_interval]))", "suspects"),
                    ],
                    "Suspects take the urgent lane; canaries are among both.",
                    unit="cps",
                    width=8,
                ),
            ],
            "How fast": [
                lines(
                    "From post to decision",
                    quantiles("foreshock_post_to_decision_seconds"),
                    "From a post being accepted to the revision of an incident that it caused.",
                    unit="s",
                    red=1,
                    width=8,
                ),
                lines(
                    "The whole way, by canaries",
                    quantiles("foreshock_canary_seconds", "tier"),
                    "Canaries come in by both lanes, and are there on quiet days.",
                    unit="s",
                    red=1,
                    width=8,
                ),
                lines(
                    "From decision to receiver",
                    quantiles("foreshock_delivery_seconds", "receiver"),
                    "From a revision to the receiver's answer that it has it.",
                    unit="s",
                    width=8,
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
                    width=8,
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
                    width=8,
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
                    width=8,
                ),
            ],
        },
    )


def _index() -> list[Panel]:
    """It has no value before its base period is over."""
    return [
        number(
            "Shock index",
            'max(foreshock_shock_index{by="all"})',
            "Of the last 24 hours; 100 is the mean of the base period. Empty until that is over.",
            unit="short",
            width=8,
        ),
        number(
            "Mean of 7 days",
            'foreshock:shock_index:avg_7d{by="all"}',
            "A day holds few shocks; what lasts shows here.",
            unit="short",
            width=8,
        ),
        number(
            "Days of the base period",
            "max(foreshock_shock_index_base_days)",
            "Counted so far; there is an index once they are as many as `FORESHOCK_INDEX_BASE_DAYS`.",
            unit="short",
            width=8,
        ),
        band(
            "All shocks",
            "foreshock_shock_index",
            '{by="all"}',
            "The last 24 hours with a 90 % band: two values whose bands overlap much are not known to differ.",
            unit="short",
            width=8,
        ),
        lines(
            "By jurisdiction",
            [('max by (name) (foreshock_shock_index{by="jurisdiction"})', "{{name}}")],
            "Each against its own base period; those with too few shocks in it are left out.",
            unit="short",
            width=8,
        ),
        lines(
            "By effect",
            [('max by (name) (foreshock_shock_index{by="effect"})', "{{name}}")],
            "By what is done: suspend, ban, licence, tariff. Each against its own base period.",
            unit="short",
            width=8,
        ),
    ]
