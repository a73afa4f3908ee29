"""From bodies to posts: forms, siblings, and words for what is wrong."""

import json

import pytest

from foreshock_ingest.domain.bounded import TooLarge
from foreshock_ingest.domain.parsing import WrongContentType, parse
from foreshock_shared.runtime.errors import InvalidPayload

GOOD = {"source": "press", "native_id": "n1", "text": "A directive was signed"}
EVENT = {"specversion": "1.0", "id": "1", "source": "/them", "type": "org.them.post", "data": GOOD}


def body(*items: object) -> bytes:
    return json.dumps(list(items)).encode()


def test_one_post_is_read_as_single() -> None:
    parsed = parse(json.dumps(GOOD).encode(), "application/json; charset=utf-8", 10)
    assert parsed.single
    assert parsed.posts[0].text == GOOD["text"]


def test_lines_are_read_one_by_one() -> None:
    lines = b"\n".join([json.dumps(GOOD).encode(), b"", b'{"source": "press"', json.dumps(GOOD).encode(), b""])
    parsed = parse(lines, "application/x-ndjson", 10)
    assert parsed.places == [0, 2]
    assert [each.index for each in parsed.rejected] == [1]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"text": ""}, "text: "),
        ({"text": "x" * 1_000_000}, "text: "),
        ({"text": " \n\t"}, "text: "),
        ({"text": "a\x00b"}, "text: contains U+0000"),
        ({"text": 5}, "text: Input should be a valid string"),
        ({"text": None}, "text: Input should be a valid string"),
        ({"text": ["a"]}, "text: Input should be a valid string"),
        ({"source": {"a": 1}}, "source: Input should be a valid string"),
        ({"created_at": "0000-01-01T00:00:00Z"}, "created_at: "),
        ({"created_at": "0001-01-01T00:00:00Z"}, "created_at: lies outside the years 1970 to 2100"),
        ({"created_at": "9999-12-31T23:59:59Z"}, "created_at: lies outside the years 1970 to 2100"),
        ({"created_at": "2026-06-12T17:21:00"}, "created_at: Input should have timezone info"),
        ({"created_at": 1781284860}, "created_at: must be an ISO 8601 string"),
        ({"created_at": "yesterday"}, "created_at: "),
        ({"url": "file:///etc/passwd"}, "url: "),
        ({"tier": "royal"}, "tier: "),
        ({"metrics": {"likes": "many"}}, "metrics.likes: "),
        ({"native_id": "n\x00"}, "native_id: contains U+0000"),
    ],
)
def test_a_bad_field_is_named_and_its_siblings_are_read(change: dict[str, object], error: str) -> None:
    parsed = parse(body(GOOD, GOOD | change, GOOD), "application/json", 10)
    assert parsed.places == [0, 2]
    [rejected] = parsed.rejected
    assert rejected.index == 1
    assert rejected.error.startswith(error)
    assert len(rejected.error) < 300


@pytest.mark.parametrize(
    "raw", [b'{"a":NaN}', b'{"a":1,"a":2}', b'"\\ud800"', b"[" * 9_999 + b"]" * 9_999, b"7" * 5_000]
)
def test_an_item_that_is_no_strict_json_is_rejected_and_its_siblings_are_read(raw: bytes) -> None:
    good = json.dumps(GOOD).encode()
    parsed = parse(b"[" + good + b"," + raw + b"," + good + b"]", "application/json", 10)
    assert parsed.places == [0, 2]
    assert [each.index for each in parsed.rejected] == [1]


def test_a_missing_field_is_named_and_the_senders_own_id_is_answered() -> None:
    parsed = parse(body({"native_id": "bad", "source": "seed"}), "application/json", 10)
    assert (parsed.rejected[0].native_id, parsed.rejected[0].error) == ("bad", "text: Field required")


def test_an_item_that_is_no_object_is_rejected() -> None:
    parsed = parse(body(GOOD, "text", 5, None, []), "application/json", 10)
    assert [each.error for each in parsed.rejected] == ["a post is a JSON object"] * 4


def test_nothing_in_a_rejection_repeats_what_was_sent() -> None:
    parsed = parse(body({"source": "secret-" * 100, "text": 5, "tier": "secret-royal"}), "application/json", 10)
    assert "secret" not in parsed.rejected[0].error


@pytest.mark.parametrize("raw", [b"", b" \n", b"5", b'"text"', b"null", b'{"source": "press', b'{"a":1}x'])
def test_a_body_that_is_broken_as_a_whole_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidPayload):
        parse(raw, "application/json", 10)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_another_content_type_is_refused_with_those_that_are_read(content_type: str) -> None:
    with pytest.raises(WrongContentType, match="application/x-ndjson"):
        parse(b"{}", content_type, 10)


def test_more_items_than_allowed_are_refused() -> None:
    with pytest.raises(TooLarge, match="at most 2"):
        parse(body(GOOD, GOOD, GOOD), "application/json", 2)


def test_a_cloud_event_carries_a_post() -> None:
    parsed = parse(json.dumps(EVENT).encode(), "application/cloudevents+json", 10)
    assert parsed.single
    assert parsed.posts[0].native_id == "n1"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"specversion": "0.3"}, "specversion: must be 1.0"),
        ({"id": ""}, "id: "),
        ({"type": 5}, "type: "),
        ({"data": {"source": "press"}}, "text: Field required"),
        ({"data": "text"}, "a post is a JSON object"),
    ],
)
def test_a_bad_event_of_a_batch_is_rejected_and_its_siblings_are_read(change: dict[str, object], error: str) -> None:
    parsed = parse(body(EVENT, EVENT | change, EVENT), "application/cloudevents-batch+json", 10)
    assert parsed.places == [0, 2]
    assert parsed.rejected[0].error.startswith(error)


def test_an_event_without_data_is_rejected() -> None:
    bare = {name: value for name, value in EVENT.items() if name != "data"}
    assert parse(body(bare), "application/cloudevents-batch+json", 10).rejected[0].error.startswith("data: ")


def test_one_event_and_a_batch_are_not_taken_for_each_other() -> None:
    with pytest.raises(InvalidPayload, match="cloudevents-batch"):
        parse(body(EVENT), "application/cloudevents+json", 10)
    with pytest.raises(InvalidPayload, match=r"application/cloudevents\+json"):
        parse(json.dumps(EVENT).encode(), "application/cloudevents-batch+json", 10)
