"""What ingest counts. Label sets are closed: a source is one of `sources.yaml`; no author or post id is ever one."""

from prometheus_client import Counter, Gauge, Histogram

PUSHES = Counter("foreshock_ingest_pushes_total", "Pushes, by their end", ["outcome"])
ACCEPTED, REFUSED_PUSH, TURNED_AWAY = (PUSHES.labels(outcome) for outcome in ("accepted", "refused", "turned_away"))
"""Refused for what it is, the sender's affair; turned away for what we are: too full, too slow or broken."""
POSTS = Counter(
    "foreshock_ingest_posts_total", "Posts handed in, by what they were found to be", ["verdict", "source_kind"]
)
REJECTED = Counter("foreshock_ingest_items_rejected_total", "Items that are no acceptable post", ["way"])
REFUSED = Counter("foreshock_ingest_refusals_total", "Times that nothing was accepted, by strain", ["strain"])
ENTRY_POSTS = Histogram(
    "foreshock_ingest_entry_posts", "Posts handed to one atomic step", buckets=(1, 2, 5, 10, 25, 50, 100, 150, 200)
)
WRITING = Histogram(
    "foreshock_ingest_write_seconds",
    "From a round of entries being sent to its answer",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
STRAIN = Gauge("foreshock_ingest_strain", "1 for the strain under which nothing is accepted", ["strain"])
BACKLOG = Gauge("foreshock_ingest_backlog_entries", "Entries of posts that are not handled yet")
MEMORY = Gauge("foreshock_ingest_redis_memory_ratio", "Used part of the Redis server's memory limit")
DEAD_LETTERS = Gauge("foreshock_ingest_dead_letter_bytes", "Size of all dead letters")
SOURCES = Gauge("foreshock_ingest_sources", "Sources of this replica, by how they are", ["state"])
SOURCE_ERRORS = Counter("foreshock_ingest_source_errors_total", "Times a source failed and was tried again", ["kind"])
POLLS = Counter("foreshock_ingest_feed_polls_total", "Feeds asked, by what came of it", ["result"])
LAST_ANSWER = Gauge(
    "foreshock_ingest_source_last_answer_timestamp_seconds",
    "Unix time at which a source last answered, or a replica began to read it",
    ["source"],
)
FAILING = Gauge("foreshock_ingest_source_failing", "1 for a source whose last answer was of no use", ["source"])
CANARY_INTERVAL = Gauge("foreshock_canary_interval_seconds", "How often canaries are sent; 0 where they are not")
