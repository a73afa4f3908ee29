"""What classify counts. Label sets are closed: topics and urgencies."""

from prometheus_client import Counter, Histogram

POSTS = Counter("foreshock_classify_posts_total", "Posts judged, by urgency", ["urgency"])
TOPICS = Counter("foreshock_classify_topics_total", "Topics given; a post has one to four", ["topic"])
SHOCKS = Counter("foreshock_classify_shocks_total", "Posts decided to be a policy shock")
SUSPECTS = Counter("foreshock_classify_suspects_total", "Posts that took the urgent lane")
SECONDS = Histogram(
    "foreshock_classify_batch_seconds",
    "Judging one batch",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
)
