"""What every service counts about its deliveries and requests, and shows of itself.

Label sets are closed: streams, lanes, groups, error classes, routes, classes of status.
"""

from uuid import UUID

from prometheus_client import Counter, Gauge, Histogram

from foreshock_shared.runtime.tracing import trace_id

HANDLED = Counter("foreshock_posts_handled_total", "Posts whose effect is done and handed over", ["group", "lane"])
HANDLING = Histogram(
    "foreshock_batch_handling_seconds",
    "From a batch being read to its hand-over",
    ["group", "lane"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
FORWARDED = Counter("foreshock_posts_forwarded_total", "Posts published to the next stream", ["group", "lane"])
QUARANTINED = Counter("foreshock_posts_quarantined_total", "Posts put to the dead letters", ["group", "error"])
RETURNED = Counter("foreshock_posts_returned_total", "Posts put back to be tried alone", ["group"])
REDELIVERED = Counter("foreshock_entries_redelivered_total", "Entries drained or claimed", ["group", "lane"])
OUTAGES = Counter(
    "foreshock_delivery_outages_total", "Times a lane backed off, by what failed", ["group", "lane", "error"]
)
REPAIRED = Counter(
    "foreshock_groups_repaired_total", "Consumer groups that were gone and made again", ["group", "lane"]
)
BACKLOG = Gauge("foreshock_lane_entries", "Entries in a lane that are not done", ["group", "lane"])
PENDING = Gauge(
    "foreshock_lane_pending_entries",
    "Entries of a lane that were read and are not done: in hand, or left by a reader that is gone",
    ["group", "lane"],
)
OLDEST_PENDING = Gauge("foreshock_lane_oldest_pending_seconds", "Age of the oldest entry not done", ["group", "lane"])
LAST_READ = Gauge(
    "foreshock_lane_last_read_timestamp_seconds", "Unix time of the last read that worked", ["group", "lane"]
)

REQUESTS = Counter(
    "foreshock_http_requests_total",
    "Requests answered, by class of status; health and metrics apart",
    ["route", "status"],
)
REQUEST_SECONDS = Histogram(
    "foreshock_http_request_seconds",
    "From a request to the end of its answer",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
BUILD = Gauge("foreshock_build_info", "1, beside what runs here", ["version", "python"])
DISK_FREE = Gauge("foreshock_disk_free_bytes", "Free bytes of the disk that is watched")
DISK_SIZE = Gauge("foreshock_disk_size_bytes", "Bytes of the disk that is watched, free or not")


def exemplar(post: UUID | None, traceparent: str | None) -> dict[str, str] | None:
    """What leads from a measurement to the post that was measured, and to its trace where that is kept."""
    found = {"post_id": str(post) if post else None, "trace_id": trace_id(traceparent)}
    return {name: value for name, value in found.items() if value} or None
