"""Whether those who must be told are told: receivers, attempts, what waits and why."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards.panels import dashboard, lines, number, quantiles, rate


def build() -> Dashboard:
    """The dashboard."""
    return dashboard(
        "foreshock-deliveries",
        "Deliveries",
        "What is sent to receivers, how it ends, and what still waits.",
        {
            "Now": [
                number(
                    "Undelivered",
                    "sum(max by (receiver) (foreshock_deliveries_undelivered))",
                    "Deliveries still to be made; what is held does not count.",
                    unit="short",
                    red=20,
                ),
                number(
                    "Oldest undelivered",
                    "max(foreshock_deliveries_oldest_undelivered_seconds)",
                    "Red from five minutes on.",
                    unit="s",
                    red=300,
                ),
                number(
                    "Suspended receivers",
                    "sum(max by (receiver) (foreshock_receiver_suspended))",
                    "They are told nothing any more: `./run deliveries recover`.",
                    unit="short",
                    red=1,
                ),
                number(
                    "Receivers left alone",
                    "sum(max by (receiver) (foreshock_receiver_breaker_open))",
                    "They failed five times in a row, and are probed.",
                    unit="short",
                    red=1,
                ),
                number(
                    "Delivered in 24 h",
                    'sum(increase(foreshock_delivery_attempts_total{outcome="delivered"}[24h]))',
                    "Attempts that a receiver took.",
                    unit="short",
                ),
                number(
                    "Attempts that fail",
                    "foreshock:delivery_attempts_failed:ratio_rate1h",
                    "Part of the attempts of the last hour.",
                    unit="percentunit",
                    red=0.3,
                ),
            ],
            "Attempts": [
                lines(
                    "By outcome and reason",
                    [rate("foreshock_delivery_attempts_total", "outcome", "reason")],
                    "retry: it is tried again. gone: the receiver is suspended. refused, gave_up: it is not.",
                    unit="cps",
                    stacked=True,
                ),
                lines(
                    "Failures by receiver",
                    [rate('foreshock_delivery_attempts_total{outcome!="delivered"}', "receiver", "reason")],
                    "Who fails, and how.",
                    unit="cps",
                    stacked=True,
                ),
                lines(
                    "Answer time",
                    quantiles("foreshock_delivery_attempt_seconds", "receiver"),
                    "From the request to its answer.",
                    unit="s",
                ),
                lines(
                    "From decision to receiver",
                    quantiles("foreshock_delivery_seconds", "receiver"),
                    "With all retries, of what was delivered.",
                    unit="s",
                ),
            ],
            "By receiver": [
                lines(
                    "Undelivered",
                    [("max by (receiver) (foreshock_deliveries_undelivered)", "{{receiver}}")],
                    "Deliveries still to be made.",
                    unit="short",
                ),
                lines(
                    "Oldest undelivered",
                    [("max by (receiver) (foreshock_deliveries_oldest_undelivered_seconds)", "{{receiver}}")],
                    "Age of the oldest delivery still to be made.",
                    unit="s",
                    red=300,
                ),
                lines(
                    "Suspended or left alone",
                    [
                        ("max by (receiver) (foreshock_receiver_suspended)", "{{receiver}}, suspended"),
                        ("max by (receiver) (foreshock_receiver_breaker_open)", "{{receiver}}, left alone"),
                    ],
                    "1 while it is so.",
                    unit="short",
                    red=1,
                ),
                lines(
                    "Heartbeats",
                    [rate("foreshock_canary_heartbeats_total", "receiver", "outcome")],
                    "To the service that pages when they stop.",
                    unit="cps",
                ),
            ],
            "What is not sent": [
                lines(
                    "Held, collected or suppressed",
                    [rate("foreshock_tellings_held_total", "reason")],
                    "Quiet hours, throttles, digests, silences, acknowledgements.",
                    unit="cps",
                    stacked=True,
                    width=8,
                ),
                lines(
                    "Superseded",
                    [rate("foreshock_deliveries_superseded_total", "receiver")],
                    "Dropped for a newer revision of the same incident.",
                    unit="cps",
                    width=8,
                ),
                lines(
                    "Alerts repeated",
                    [rate("foreshock_receiver_refreshes_total", "receiver", "reason")],
                    "Alerts in Alertmanager lapse unless they are repeated.",
                    unit="cps",
                    width=8,
                ),
                lines(
                    "Rules",
                    [
                        ("max(foreshock_rules_in_force)", "in force"),
                        ("sum(increase(foreshock_rules_refused_total[1h]))", "files refused in an hour"),
                    ],
                    "A refused file leaves the last good rules in force.",
                    unit="short",
                    width=8,
                ),
            ],
        },
    )
