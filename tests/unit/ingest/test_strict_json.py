"""What is refused as JSON, by name, and that one bad item never takes its siblings with it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foreshock_ingest.domain.strict_json import loads
from foreshock_shared.runtime.arrays import cut_array
from foreshock_shared.runtime.errors import InvalidPayload

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b'{"a": NaN}', "NaN and Infinity"),
        (b'{"a": -Infinity}', "NaN and Infinity"),
        (b'{"a": 1e999}', "1e999"),
        (b'{"a": [{"b": -1e999}]}', "1e999"),
        (b"1" + b"0" * 400 + b".0", "1e999"),
        (b'{"a": 1, "a": 2}', "duplicate key"),
        (b'{"a": "\\ud800"}', "lone surrogate"),
        (b'{"a": "\\ud800x"}', "lone surrogate"),
        (b'{"a": "\\udc00"}', "lone surrogate"),
        (b'{"a": "\xed\xa0\x80"}', "not valid UTF-8"),
        (b'{"a": "\xff"}', "not valid UTF-8"),
        (b"[" * 100_000 + b"]" * 100_000, "nested more than 200 levels"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested more than 200 levels"),
        (b"9" * 5_000, "more than 4,300 digits"),
        (b'{"a": 1} {"b": 2}', "trailing"),
        (b'{"a": "unfinished', "EOF"),
        (b"[1,]", "trailing comma"),
        (b"{'a': 1}", "key must be a string"),
    ],
)
def test_what_two_readers_could_understand_differently_is_refused_by_name(text: bytes, named: str) -> None:
    with pytest.raises(InvalidPayload, match="(?i)" + named):
        loads(text)


def test_a_reason_quotes_only_a_little_of_what_was_sent() -> None:
    key = "k" * 10_000
    with pytest.raises(InvalidPayload) as refused:
        loads(f'{{"{key}": 1, "{key}": 2}}'.encode())
    assert len(str(refused.value)) < 200
    assert "line 1" in str(refused.value)


@given(JSON)
def test_what_is_json_is_read_as_it_is(value: object) -> None:
    assert loads(json.dumps(value).encode()) == value


@given(st.lists(JSON, max_size=6))
def test_an_array_is_cut_into_exactly_its_items(values: list[object]) -> None:
    cut = cut_array(json.dumps(values, indent=1).encode())
    assert [json.loads(item) for item in cut] == values


def test_an_array_is_cut_whatever_is_wrong_inside_its_items() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    items = [b'{"a": "],[\\"}"}', b'{"a": NaN}', deep, b'"\xff, ]"', b"9" * 5_000, b'{"a":1]']
    assert cut_array(b" [" + b",".join(items) + b"]\n") == items


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b'[{"a": 1}, {"b": "cut o', "never ends"),
        (b'[{"a": 1}, {"b": 2}', "never closed"),
        (b'[{"a": 1}] and more', "goes on"),
        (b'[{"a": 1}]]', "goes on"),
        (b'[{"a": 1}}', "another bracket"),
        (b'[{"a": 1}, ]', "comma"),
        (b'[, {"a": 1}]', "comma"),
        (b'{"a": 1}', "not a JSON array"),
    ],
)
def test_an_array_that_is_itself_broken_is_refused_as_a_whole(text: bytes, named: str) -> None:
    with pytest.raises(InvalidPayload, match=named):
        cut_array(text)


def test_cutting_does_not_grow_faster_than_its_input() -> None:
    assert len(cut_array(b"[" + b",".join([b"[[[]]]"] * 100_000) + b"]")) == 100_000
    with pytest.raises(InvalidPayload):
        cut_array(b"[" * 5_000_000)
    with pytest.raises(InvalidPayload):
        cut_array(b'["' + b"\\" * 5_000_000)
