"""The identity of a post, and what may be a post at all."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from foreshock_shared.contracts.post import Post, PostIn, canonical_text, id_checksum

NOW = datetime(2026, 6, 12, 17, 21, tzinfo=UTC)


def post(**fields: Any) -> PostIn:
    return PostIn.model_validate({"source": "wire", "text": "Access is suspended"} | fields)


def test_the_same_native_id_is_the_same_post_whatever_the_text() -> None:
    assert post(native_id="1").identity() == post(native_id="1", text="edited").identity()


def test_the_same_native_id_of_another_source_is_another_post() -> None:
    assert post(native_id="1").identity() != post(native_id="1", source="other").identity()


def test_without_a_native_id_the_canonical_text_decides() -> None:
    assert post(text="Access  is\nsuspended ").identity() == post().identity()
    assert post(text="Access is restored").identity() != post().identity()


def test_a_native_id_is_never_taken_for_a_text() -> None:
    assert post(native_id="Access is suspended").identity() != post().identity()


def test_counters_are_no_content() -> None:
    assert post(metrics={"likes": 1}).content_hash() == post(metrics={"likes": 2}).content_hash()
    assert post(author="a").content_hash() != post(author="b").content_hash()


def test_identities_are_the_same_on_every_machine_for_ever() -> None:
    assert str(post(native_id="1").identity()) == "5e5d6ee4-e7a1-526b-ad30-eb51ccab6b30"


def test_accepting_freezes_identity_content_and_moment() -> None:
    accepted = Post.accept(post(native_id="1"), NOW)
    assert (accepted.id, accepted.accepted_at) == (post(native_id="1").identity(), NOW)
    assert Post.model_validate_json(accepted.to_wire()) == accepted


def test_the_checksum_is_the_beginning_of_the_id() -> None:
    identity = post(native_id="1").identity()
    assert f"{id_checksum(identity):08x}" == str(identity)[:8]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", " \n\t"),
        ("text", "x" * 100_001),
        ("text", "a\x00b"),
        ("text", 7),
        ("text", "\ud800"),
        ("source", ""),
        ("source", None),
        ("native_id", "n" * 513),
        ("url", "file:///etc/passwd"),
        ("url", "javascript:alert(1)"),
        ("url", "https://"),
        ("lang", "english please"),
        ("created_at", "0000-01-01T00:00:00Z"),
        ("created_at", "9999-12-31T23:59:59Z"),
        ("created_at", "2026-06-12T17:21:00"),
        ("created_at", "yesterday"),
        ("created_at", 1_765_000_000),
        ("created_at", 1e999),
        ("metrics", {"likes": float("nan")}),
        ("metrics", {"likes": float("inf")}),
        ("metrics", {str(n): 1 for n in range(51)}),
        ("tier", "king"),
        ("source_kind", "telepathy"),
    ],
)
def test_a_bad_field_is_refused_and_named(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        post(**{field: value})
    assert refused.value.errors()[0]["loc"][0] == field


@pytest.mark.parametrize("text", ["  a\u00a0b ", "a b", "a\nb"])
def test_canonical_text_folds_white_space_of_every_kind(text: str) -> None:
    assert canonical_text(text) == "a b"
