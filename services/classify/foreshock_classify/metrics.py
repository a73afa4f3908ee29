"""What classify counts. Label sets are closed: topics, urgencies, languages."""

from prometheus_client import Counter, Gauge, Histogram

POSTS = Counter("foreshock_classify_posts_total", "Posts judged, by urgency", ["urgency"])
TOPICS = Counter("foreshock_classify_topics_total", "Topics given; a post has one to four", ["topic"])
LANGUAGES = Counter("foreshock_classify_languages_total", "Posts about our field, by language", ["lang"])
SHOCKS = Counter("foreshock_classify_shocks_total", "Posts decided to be a policy shock")
SUSPECTS = Counter("foreshock_classify_suspects_total", "Posts that took the urgent lane")
SECONDS = Histogram(
    "foreshock_classify_batch_seconds",
    "Judging one batch",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
)
MODEL = Gauge("foreshock_classify_model_info", "1, beside the version of the model that judges", ["version"])
SCORE_DRIFT = Gauge(
    "foreshock_classify_score_drift",
    "Population stability index of a score over the last relevant posts, against held-back posts of the corpus",
    ["score"],
)
UNKNOWN_WORDS = Gauge(
    "foreshock_classify_unknown_words_ratio", "Part of the words of the last relevant posts that the corpus lacks"
)
UNKNOWN_WORDS_EXPECTED = Gauge(
    "foreshock_classify_unknown_words_expected_ratio",
    "Part of the words of held-back posts in the same languages that the rest of the corpus lacks",
)
