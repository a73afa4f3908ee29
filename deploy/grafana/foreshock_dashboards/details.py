"""A row of detail for each service, and one for the machine that they run on."""

from typing import Final

from foreshock_dashboards.looks import QUANTILES, SERVICES
from foreshock_dashboards.panels import A_SECOND, Panel, lines
from foreshock_dashboards.promql import Query, quantiles, rate

ANSWERED: Final = {"2xx": "green", "3xx": "blue", "4xx": "yellow", "5xx": "red"}


def _durations(title: str, of: list[Query], about: str) -> Panel:
    """How long something takes."""
    return lines(title, of, about, unit="s", width=8, colours=QUANTILES)


def _requests(service: str) -> list[Panel]:
    """Rate, errors and duration of what a service answers."""
    own = f'{{job="{service}"}}'
    return [
        lines(
            "Requests",
            [(rate(f"foreshock_http_requests_total{own}", "route", "status")[0], "{{status}} {{route}}")],
            "Answered, by class of status. 4xx is the sender's affair, 5xx ours.",
            unit=A_SECOND,
            width=8,
            colours=ANSWERED,
        ),
        _durations(
            "How long requests take",
            quantiles("foreshock_http_request_seconds", where=own),
            "To the end of the answer; for a push, with the fsync of its posts.",
        ),
    ]


def ingest() -> list[Panel]:
    """What is accepted."""
    return [
        *_requests("ingest"),
        _durations(
            "Writing accepted posts",
            quantiles("foreshock_ingest_write_seconds"),
            "A round of entries to Redis, with its fsync.",
        ),
    ]


def classify() -> list[Panel]:
    """What is judged, and whether it is like what was learnt."""
    return [
        _durations(
            "Judging a batch", quantiles("foreshock_classify_batch_seconds"), "The classifier alone, without waiting."
        ),
        lines(
            "Drift of scores",
            [("max by (score) (foreshock_classify_score_drift)", "{{score}}")],
            "Population stability index of the last 2,000 relevant posts. Below 0.1: none. Red: of posts of a kind "
            "the model says something else than it did of held-back posts.",
            unit="short",
            red=0.25,
            width=8,
        ),
        lines(
            "Unknown words",
            [
                ("avg(foreshock_classify_unknown_words_ratio >= 0)", "of relevant posts"),
                ("avg(foreshock_classify_unknown_words_expected_ratio >= 0)", "expected"),
            ],
            "Part of a post's words that the corpus lacks; expected is what it was of posts held back from it.",
            unit="percentunit",
            width=8,
        ),
    ]


def store() -> list[Panel]:
    """What is read of what is kept."""
    return [
        *_requests("store"),
        lines(
            "Partitions ahead",
            [("min(foreshock_store_partition_days_ahead)", "days")],
            "Days after today for which the store has a partition.",
            unit="short",
            width=8,
            colours={"days": SERVICES["store"]},
        ),
    ]


def notify() -> list[Panel]:
    """What is read of what is told, and what is still to be told."""
    return [
        *_requests("notify"),
        lines(
            "Deliveries not made yet",
            [("sum(max by (receiver) (foreshock_deliveries_undelivered))", "deliveries")],
            "Of all receivers; the dashboard *Deliveries* has each.",
            unit="short",
            width=8,
            colours={"deliveries": SERVICES["notify"]},
        ),
    ]


def machine() -> list[Panel]:
    """What can run out, and what runs."""
    return [
        lines(
            "Memory of Redis",
            [("max(foreshock_ingest_redis_memory_ratio)", "used")],
            "At 60 % nothing more is accepted, and what was accepted is finished.",
            unit="percentunit",
            red=0.6,
            most=0.65,
            width=8,
            colours={"used": SERVICES["ingest"]},
        ),
        lines(
            "Memory of the services",
            [('max by (job) (process_resident_memory_bytes{job=~"ingest|classify|store|notify"})', "{{job}}")],
            "Of the largest replica of each. A container is ended at 512 MiB.",
            unit="bytes",
            red=512 * 1024**2,
            most=540 * 1024**2,
            width=8,
            colours=SERVICES,
        ),
        lines(
            "Disk",
            [("max by (job) (1 - foreshock_disk_free_bytes / foreshock_disk_size_bytes)", "{{job}}")],
            "Used of the disk that a service watches (`FORESHOCK_WATCHED_DISK`), by default its own.",
            unit="percentunit",
            red=0.9,
            most=1,
            width=8,
            colours=SERVICES,
        ),
        lines(
            "Dead letters and the public stream",
            [
                ("max(foreshock_ingest_dead_letter_bytes)", "dead letters"),
                ("max by (lane) (foreshock_store_public_stream_bytes)", "public stream, {{lane}}"),
            ],
            "Each may take 64 MB.",
            unit="bytes",
            red=64e6,
            width=8,
            colours={"dead": "orange", "public": SERVICES["store"]},
        ),
        lines(
            "Replicas by version",
            [("count by (job, version) (foreshock_build_info)", "{{job}} {{version}}")],
            "Two of one service while it is upgraded.",
            unit="short",
            width=8,
            colours=SERVICES,
        ),
        lines(
            "Replicas by model",
            [("count by (version) (foreshock_classify_model_info)", "{{version}}")],
            "More than one for long: replicas of classify judge by different models or watchlists.",
            unit="short",
            width=8,
        ),
    ]
