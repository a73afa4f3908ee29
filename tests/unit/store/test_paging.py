"""Cursors."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foreshock_shared.runtime.problems import Problem
from foreshock_store.adapters.reader import Place
from foreshock_store.api.paging import from_cursor, to_cursor


def test_a_cursor_leads_back_to_its_place() -> None:
    place = Place(datetime(2026, 6, 12, 12, 0, 0, 123_456, tzinfo=UTC), uuid4())
    assert from_cursor(to_cursor(place)) == place


def test_no_cursor_is_the_start() -> None:
    assert from_cursor(None) is None


@pytest.mark.parametrize("cursor", ["", "x", "é" * 32, "A" * 31, "A" * 36, "f" + "_" * 31])
def test_anything_else_is_refused_as_a_bad_request(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        from_cursor(cursor)
    assert refused.value.status == 400


@given(st.text(max_size=64))
def test_no_text_does_worse_than_a_bad_request(cursor: str) -> None:
    with suppress(Problem):
        assert to_cursor(from_cursor(cursor) or pytest.fail("a text is no start")) == cursor
