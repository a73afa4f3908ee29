"""Entries and payloads as bytes."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lanes import a_post

from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.contracts.streams import ENTRY_BYTES, ENTRY_LIMIT, INGESTED, Field
from foreshock_shared.runtime.arrays import cut_array
from foreshock_shared.runtime.delivery import wire
from foreshock_shared.runtime.errors import InvalidPayload

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def entry(data: bytes, event: str = INGESTED.event) -> dict[bytes, bytes]:
    fields = wire.entry_fields(INGESTED, data, datetime.now(UTC)) | {Field.TYPE: event}
    return {k.encode(): v if isinstance(v, bytes) else v.encode() for k, v in fields.items()}


def test_what_is_packed_is_decoded_again() -> None:
    posts = [a_post() for _ in range(3)]
    (data,) = wire.pack(post.to_wire() for post in posts)
    assert wire.decode(entry(data), INGESTED, PostIngested) == wire.Decoded(posts, [])


def test_an_entry_carries_at_most_two_hundred_posts() -> None:
    sizes = [data.count(b"{}") for data in wire.pack([b"{}"] * (2 * ENTRY_LIMIT + 1))]
    assert sizes == [ENTRY_LIMIT, ENTRY_LIMIT, 1]


def test_an_entry_is_closed_before_it_grows_too_large() -> None:
    large = b'"' + b"x" * (ENTRY_BYTES // 2) + b'"'
    assert [len(data) for data in wire.pack([large] * 3)] == [len(large) + 2] * 3


def test_nothing_packs_to_no_entry() -> None:
    assert list(wire.pack([])) == []


@given(st.lists(ANYTHING, max_size=6), st.sampled_from([", ", ",", " ,\n"]))
def test_an_array_is_cut_into_the_exact_bytes_of_its_items(items: list[object], comma: str) -> None:
    pieces = [json.dumps(item).encode() for item in items]
    assert cut_array(b" [" + comma.encode().join(pieces) + b"]\n") == pieces


@pytest.mark.parametrize("broken", [b"", b" ", b"{}", b"[", b"[1,", b'["a]', b"[1]]", b"[] x", b"7"])
def test_a_broken_outer_form_is_refused(broken: bytes) -> None:
    with pytest.raises(InvalidPayload):
        cut_array(broken)


@given(st.binary(max_size=200))
def test_whatever_bytes_come_decoding_answers_and_loses_none(data: bytes) -> None:
    decoded = wire.decode(entry(data), INGESTED, PostIngested)
    assert decoded.payloads == []
    assert decoded.undecodable or data.strip() in (b"[]", b"[ ]") or cut_array(data) == []


def test_an_error_names_the_place_and_not_the_content() -> None:
    decoded = wire.decode(entry(b'[{"source": 7, "text": "secret words"}]'), INGESTED, PostIngested)
    (bad,) = decoded.undecodable
    assert "source: Input should be a valid string" in str(bad.error)
    assert "secret" not in str(bad.error)
