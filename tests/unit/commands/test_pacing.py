"""When a post of a recording is pushed, and with which others."""

import json
from datetime import UTC, datetime, timedelta

from foreshock_stack.feed import Dated, Rebase
from foreshock_stack.pacing import REQUEST_BYTES, Batcher, Due, at_rate, schedule

START = datetime(2031, 1, 1, tzinfo=UTC)


def dated(*seconds: float | None) -> list[Dated]:
    return [Dated({"text": str(n)}, None if s is None else START + timedelta(seconds=s)) for n, s in enumerate(seconds)]


def texts(batch: list[bytes]) -> list[str]:
    return [json.loads(post)["text"] for post in batch]


def test_gaps_are_divided_by_the_speed() -> None:
    assert [due.at for due in schedule(dated(0, 60, 90), speed=60)] == [0.0, 1.0, 1.5]


def test_speed_zero_is_a_flood() -> None:
    assert [due.at for due in schedule(dated(0, 60, 90), speed=0)] == [0.0, 0.0, 0.0]


def test_a_post_older_than_the_one_ahead_is_due_with_it() -> None:
    assert [due.at for due in schedule(dated(0, 60, 30, 90), speed=1)] == [0.0, 60.0, 60.0, 90.0]


def test_a_recording_without_dates_is_due_at_once() -> None:
    assert [due.at for due in schedule(dated(None, None), speed=1)] == [0.0, 0.0]


def test_rebased_posts_keep_their_gaps_as_replayed() -> None:
    dates = [due.row["created_at"] for due in schedule(dated(0, 60), speed=60, rebase=Rebase(START))]
    assert dates == ["2031-01-01T00:00:00+00:00", "2031-01-01T00:00:01+00:00"]


def test_a_rate_spaces_posts_evenly() -> None:
    assert [due.at for due in at_rate([{}, {}, {}], 500)] == [0.0, 0.002, 0.004]
    assert [due.at for due in at_rate([{}, {}], 0)] == [0.0, 0.0]


def test_only_what_is_due_is_taken_in_order() -> None:
    batcher = Batcher(schedule(dated(0, 1, 5), speed=1), limit=200)
    assert texts(batcher.take(1.0)) == ["0", "1"]
    assert batcher.next_due == 5.0
    assert batcher.take(4.9) == []
    assert texts(batcher.take(5.0)) == ["2"]
    assert batcher.next_due is None


def test_a_request_holds_no_more_than_its_limit() -> None:
    batcher = Batcher(at_rate(({"text": str(n)} for n in range(5)), 0), limit=2)
    assert [texts(batcher.take(0)) for _ in range(3)] == [["0", "1"], ["2", "3"], ["4"]]


def test_long_posts_make_shorter_requests_and_one_too_long_goes_alone() -> None:
    long = {"text": "x" * (REQUEST_BYTES + 1)}
    batcher = Batcher([Due(0, {"text": "a"}), Due(0, long), Due(0, {"text": "b"})], limit=200)
    assert [len(batcher.take(0)) for _ in range(3)] == [1, 1, 1]
