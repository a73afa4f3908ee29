"""How a file of posts is read."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foreshock_stack.feed import BadLine, Dated, Rebase, opened, parse_date, read


def items(*rows: object) -> list[Dated | BadLine]:
    return list(read([json.dumps(row).encode() for row in rows], "file"))


def rows(*given: object) -> list[dict[str, object]]:
    return [item.row for item in items(*given) if isinstance(item, Dated)]


def test_a_pushed_post_is_taken_as_it_is() -> None:
    post = {"source": "wire", "text": "a", "native_id": "7", "created_at": "2031-01-01T00:00:00+00:00"}
    assert rows(post) == [post]


def test_an_exported_post_gives_its_id_and_date_to_the_pushed_one() -> None:
    assert rows({"id": "ev-1", "text": "a", "date": "2031-01-01", "outlet": "x", "lang": None}) == [
        {"source": "file", "text": "a", "native_id": "ev-1", "created_at": "2031-01-01T00:00:00+00:00"}
    ]


def test_a_post_without_a_date_is_as_old_as_the_one_before_it() -> None:
    first, second = items({"text": "a", "date": "2031-01-01"}, {"text": "b"})
    assert isinstance(first, Dated)
    assert isinstance(second, Dated)
    assert first.date == second.date == datetime(2031, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "no JSON"),
        (b'{"text": NaN}', "no JSON"),
        (b'{"text": "a", "metrics": {"likes": 1e999}}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "list"),
        (b'{"text": "a", "date": "yesterday"}', "date 'yesterday'"),
    ],
)
def test_a_bad_line_is_named_and_its_siblings_go_on(line: bytes, reason: str) -> None:
    bad, good = read([line, b'{"text": "b"}'], "file")
    assert isinstance(bad, BadLine)
    assert bad.number == 1
    assert reason in str(bad)
    assert isinstance(good, Dated)


def test_blank_lines_count_as_lines_but_are_no_posts() -> None:
    [bad] = read([b"\n", b"  \n", b"oops\n"], "file")
    assert isinstance(bad, BadLine)
    assert bad.number == 3


def test_a_gzip_file_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_bytes(gzip.compress(b'{"text": "a"}\n'))
    with opened(file) as recording:
        assert [item.row["text"] for item in read(recording.lines, "x") if isinstance(item, Dated)] == ["a"]


def test_a_month_or_a_year_is_its_first_moment() -> None:
    assert parse_date("2031-02") == datetime(2031, 2, 1, tzinfo=UTC)
    assert parse_date("2031") == datetime(2031, 1, 1, tzinfo=UTC)
    assert parse_date("2031-13") is None


def test_a_date_without_a_zone_is_utc() -> None:
    assert parse_date("2031-01-01T12:00:00") == datetime(2031, 1, 1, 12, tzinfo=UTC)
    assert parse_date(1_700_000_000) is None


def test_a_rebased_post_is_a_new_post_of_the_moment_it_is_due() -> None:
    [post] = (item for item in items({"text": "a", "native_id": "7", "date": "2001-01-01"}) if isinstance(item, Dated))
    now = datetime(2031, 1, 1, tzinfo=UTC)
    new = Rebase(now)(post, 2.5)
    assert new.date == now + timedelta(seconds=2.5)
    assert new.row["created_at"] == "2031-01-01T00:00:02.500000+00:00"
    assert new.row["native_id"] != "7"
    assert new.row["native_id"] == Rebase(now)(post, 9.0).row["native_id"]
    assert new.row["native_id"] != Rebase(now + timedelta(days=1))(post, 2.5).row["native_id"]
