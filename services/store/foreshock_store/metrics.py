"""What the store counts beside its deliveries."""

from prometheus_client import Counter, Gauge

STORED = Counter(
    "foreshock_store_posts_total", "Posts given to the archive, by whether they are about our field", ["kind"]
)
TEXTS = Counter(
    "foreshock_store_texts_total",
    "Posts about our field, by whether their text is an origin of its own or a copy of one",
    ["kind"],
)
LETTERS_KEPT = Counter("foreshock_store_dead_letters_kept_total", "Dead letters moved into Postgres", ["group"])
TRIMMED = Counter("foreshock_store_entries_trimmed_total", "Entries trimmed off the public stream", ["lane"])
PUBLIC_BYTES = Gauge("foreshock_store_public_stream_bytes", "Memory that a lane of the public stream takes", ["lane"])
READERS_BEHIND = Gauge(
    "foreshock_store_foreign_groups_behind",
    "Groups of others that have lost, or will lose, entries to trimming",
    ["lane"],
)
CHORES_FAILED = Counter(
    "foreshock_store_chore_failures_total", "Background chores that failed and are tried again", ["chore"]
)
PARTITION_DAYS_AHEAD = Gauge("foreshock_store_partition_days_ahead", "Days after today that have a partition")
CANARIES = Counter(
    "foreshock_store_canaries_total", "Canaries that came by, by whether they were judged right", ["outcome"]
)
SHOCK_INDEX = Gauge(
    "foreshock_shock_index",
    "AI Policy Shock Index of the last 24 hours, 100 being the mean of its base period",
    ["by", "name"],
)
SHOCK_INDEX_LOW = Gauge("foreshock_shock_index_low", "Lower end of its 90 % band", ["by", "name"])
SHOCK_INDEX_HIGH = Gauge("foreshock_shock_index_high", "Upper end of its 90 % band", ["by", "name"])
SHOCK_INDEX_BASE = Gauge("foreshock_shock_index_base_days", "Days of its base period that are counted so far")
