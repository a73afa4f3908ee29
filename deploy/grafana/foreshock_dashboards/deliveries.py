"""Whether those who must be told are told: receivers, attempts, what waits and why."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from foreshock_dashboards import tables
from foreshock_dashboards.gauges import states
from foreshock_dashboards.looks import OUTCOMES
from foreshock_dashboards.pages import dashboard
from foreshock_dashboards.panels import bars, lines, number
from foreshock_dashboards.promql import count, quantiles, total

SUSPENDED: Final = "foreshock_receiver_suspended"
ALONE: Final = "foreshock_receiver_breaker_open"
STATES: Final = {
    "0": ("told", "green"),
    "1": ("left alone", "orange"),
    "2": ("suspended", "red"),
    "3": ("suspended", "red"),
}


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
                    f"sum(max by (receiver) ({SUSPENDED}))",
                    "They are told nothing any more: `./run deliveries recover`.",
                    unit="short",
                    red=1,
                ),
                number(
                    "Receivers left alone",
                    f"sum(max by (receiver) ({ALONE}))",
                    "They failed five times in a row, and are probed.",
                    unit="short",
                    orange=1,
                ),
                number(
                    "Attempts that fail",
                    "foreshock:delivery_attempts_failed:ratio_rate1h",
                    "Part of the attempts of the last hour. Objective: 5 %.",
                    unit="percentunit",
                    orange=0.05,
                    red=0.3,
                ),
                number(
                    "Delivered in 24 h",
                    total('foreshock_delivery_attempts_total{outcome="delivered"}', "24h"),
                    "Attempts that a receiver took.",
                    unit="short",
                    colour="green",
                ),
            ],
            "Receivers": [
                states(
                    "Receivers",
                    [
                        (f"2 * max by (receiver) ({SUSPENDED}) + max by (receiver) ({ALONE})", "{{receiver}}"),
                    ],
                    "Left alone: it failed five times in a row, and is probed. Suspended: it wants nothing any more.",
                    STATES,
                ),
                bars(
                    "Failures by receiver",
                    [count('foreshock_delivery_attempts_total{outcome!="delivered"}', "receiver", "reason")],
                    "Who fails, and how: attempts.",
                    shades="orange",
                ),
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
            ],
            "Deliveries": [tables.deliveries()],
            "Attempts": [
                bars(
                    "By outcome and reason",
                    [count("foreshock_delivery_attempts_total", "outcome", "reason")],
                    "retry: it is tried again. gone: the receiver is suspended. refused, gave_up: it is not.",
                    width=8,
                    colours=OUTCOMES,
                ),
                lines(
                    "Answer time",
                    quantiles("foreshock_delivery_attempt_seconds", "receiver"),
                    "From the request to its answer.",
                    unit="s",
                    width=8,
                    seldom=True,
                ),
                lines(
                    "From decision to receiver",
                    quantiles("foreshock_delivery_seconds", "receiver"),
                    "With all retries, of what was delivered.",
                    unit="s",
                    width=8,
                    seldom=True,
                ),
            ],
            "What is not sent, and what must go on": [
                bars(
                    "Held, dropped or repeated",
                    [
                        (count("foreshock_tellings_held_total", "reason")[0], "held: {{reason}}"),
                        (count("foreshock_deliveries_superseded_total", "receiver")[0], "superseded: {{receiver}}"),
                        (
                            count("foreshock_receiver_refreshes_total", "receiver", "reason")[0],
                            "repeated: {{receiver}} {{reason}}",
                        ),
                    ],
                    "Held by quiet hours, throttles, digests, silences, acknowledgements; superseded by a newer "
                    "revision; repeated, since alerts in Alertmanager lapse otherwise.",
                    width=8,
                    colours={"held": "yellow", "superseded": "purple", "repeated": "blue"},
                ),
                bars(
                    "Heartbeats",
                    [count("foreshock_canary_heartbeats_total", "receiver", "outcome")],
                    "To the service that pages when they stop.",
                    width=8,
                ),
                lines(
                    "Rules",
                    [
                        ("max(foreshock_rules_in_force)", "in force"),
                        (f"{total('foreshock_rules_refused_total', '1h')} > 0", "files refused in an hour"),
                    ],
                    "A refused file leaves the last good rules in force.",
                    unit="short",
                    width=8,
                    colours={"in": "green", "files": "red"},
                ),
            ],
        },
    )
