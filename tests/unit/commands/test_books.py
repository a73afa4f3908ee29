"""The comparison of two books, whole and damaged."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foreshock_shared.contracts.post import id_checksum
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.audit.accepted import parse_day
from foreshock_stack.audit.books import Holding, Tally, add, compare, lasting, tally

NOON = datetime(2031, 5, 14, 12, tzinfo=UTC)
NAMESPACE = UUID(int=7)


def holding(number: int) -> Holding:
    """A post every 20 seconds: three a minute."""
    return Holding(uuid5(NAMESPACE, str(number)), NOON + timedelta(seconds=20 * number))


POSTS = [holding(n) for n in range(30)]


def test_books_that_agree_have_no_difference() -> None:
    stored, moving = POSTS[:20], POSTS[20:]
    assert compare(tally(POSTS), add(tally(stored), tally(moving))) == []


def test_a_stored_row_that_was_deleted_is_named_by_its_minute_and_first_digits() -> None:
    [difference] = compare(tally(POSTS), tally(post for post in POSTS if post != POSTS[4]))
    assert str(difference).startswith("2031-05-14 12:01: 1 post accepted but not held anywhere")
    assert str(POSTS[4].id)[:8] in str(difference)


def test_an_entry_that_was_dropped_leaves_a_difference_in_each_of_its_minutes() -> None:
    differences = compare(tally(POSTS), tally(POSTS[:5] + POSTS[10:]))
    assert [(each.minute, each.tally.count) for each in differences] == [
        ("2031-05-14 12:01", 1),
        ("2031-05-14 12:02", 3),
        ("2031-05-14 12:03", 1),
    ]


def test_a_row_too_many_is_a_difference_too() -> None:
    stranger = Holding(UUID(int=0xABCDEF01 << 96), NOON)
    [difference] = compare(tally(POSTS), tally([*POSTS, stranger]))
    assert "1 post held but not in the ledger, its id begins with abcdef01" in str(difference)


def test_one_post_in_the_place_of_another_is_seen_although_the_counts_agree() -> None:
    [difference] = compare(tally(POSTS), tally([*POSTS[1:], Holding(UUID(int=5), POSTS[0].accepted_at)]))
    assert difference.tally.count == 0
    assert "not the same ones" in str(difference)


@given(st.sets(st.integers(0, 200), max_size=40), st.sets(st.integers(0, 200), max_size=40))
def test_no_difference_means_the_same_posts(accepted: set[int], held: set[int]) -> None:
    differs = compare(tally(map(holding, accepted)), tally(map(holding, held)))
    assert (differs == []) == (accepted == held)


def test_only_differences_that_stay_the_same_last() -> None:
    lost, arriving = compare(tally(POSTS[:1]), {}), compare(tally(POSTS[3:4]), {})
    assert lasting([lost + arriving, lost, lost]) == lost
    assert lasting([lost, []]) == []


def test_a_day_of_the_ledger_is_read_as_it_was_written() -> None:
    fields = {b"12:00:count": b"2", b"12:00:sum": b"30", b"12:01:count": b"1", b"12:01:sum": b"5"}
    assert parse_day("2031-05-14", fields) == {"2031-05-14 12:00": Tally(2, 30), "2031-05-14 12:01": Tally(1, 5)}


def test_a_foreign_field_in_the_ledger_is_named() -> None:
    with pytest.raises(ConfigurationError, match="12:00:kount"):
        parse_day("2031-05-14", {b"12:00:kount": b"2"})


def test_the_first_digits_are_the_checksum() -> None:
    assert f"{id_checksum(POSTS[0].id):08x}" == str(POSTS[0].id)[:8]
