"""What notify counts. Label sets are closed: receivers of the rules file, outcomes, statuses, reasons."""

from prometheus_client import Counter, Gauge, Histogram

DECISIONS = Counter("foreshock_notify_decisions_total", "Posts decided, by what they came to", ["reason"])
INCIDENTS = Gauge("foreshock_incidents", "Incidents, by status", ["status"])
ATTEMPTS = Counter(
    "foreshock_delivery_attempts_total",
    "Attempts to deliver, by their end and the answer",
    ["receiver", "outcome", "reason"],
)
ATTEMPT_SECONDS = Histogram(
    "foreshock_delivery_attempt_seconds",
    "From the request to its answer",
    ["receiver"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)
_WAYS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600)
DECIDED_AFTER = Histogram(
    "foreshock_post_to_decision_seconds", "From a post being accepted to the revision it caused", buckets=_WAYS
)
DECIDED_AFTER_CREATION = Histogram(
    "foreshock_creation_to_decision_seconds",
    "From a post being written, as its source says, to the revision it caused",
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600),
)
DELIVERED_AFTER = Histogram(
    "foreshock_delivery_seconds", "From a revision to the receiver's answer that it has it", ["receiver"], buckets=_WAYS
)
UNDELIVERED = Gauge("foreshock_deliveries_undelivered", "Deliveries that are still to be made", ["receiver"])
OLDEST_UNDELIVERED = Gauge(
    "foreshock_deliveries_oldest_undelivered_seconds", "Age of the oldest delivery still to be made", ["receiver"]
)
SUSPENDED = Gauge(
    "foreshock_receiver_suspended", "1 for a receiver that takes nothing more from us: it is told nothing", ["receiver"]
)
BREAKER_OPEN = Gauge(
    "foreshock_receiver_breaker_open", "1 for a receiver that is left alone for a while after failures", ["receiver"]
)
SUPERSEDED = Counter(
    "foreshock_deliveries_superseded_total", "Deliveries dropped for a newer revision of the incident", ["receiver"]
)
REFRESHES = Counter(
    "foreshock_receiver_refreshes_total", "Repetitions of alerts that would lapse, by their end", ["receiver", "reason"]
)
HELD = Counter(
    "foreshock_tellings_held_total", "Tellings held, collected for a digest or suppressed", ["receiver", "reason"]
)
RULES_IN_FORCE = Gauge("foreshock_rules_in_force", "Rules that decide now")
RULES_REFUSED = Counter("foreshock_rules_refused_total", "Rules files refused while an older one stayed in force")
CANARY_LAST_SEEN = Gauge(
    "foreshock_canary_last_seen_timestamp_seconds",
    "Unix time at which the latest canary that has come through was accepted, by the tier that it came in as",
    ["tier"],
)
CANARY_SECONDS = Histogram(
    "foreshock_canary_seconds", "From a canary being accepted to its end in notify", ["tier"], buckets=_WAYS
)
HEARTBEATS = Counter("foreshock_canary_heartbeats_total", "Heartbeats sent, by their end", ["receiver", "outcome"])
