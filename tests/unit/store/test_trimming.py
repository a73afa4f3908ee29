"""How far the public stream is trimmed."""

from datetime import UTC, datetime, timedelta

from foreshock_store.domain.trimming import EntryId, Extent, Reading, trim_before

NOW = datetime(2026, 6, 12, 12, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)
DAY = timedelta(days=1)
DONE = Reading(EntryId(MS), None)


def cut(lane: Extent, ours: Reading = DONE, most_bytes: int = 1_000) -> EntryId:
    return trim_before(lane, ours, NOW, keep=DAY, most_bytes=most_bytes)


def test_entries_older_than_a_day_go() -> None:
    assert cut(Extent(EntryId(1), EntryId(MS), 10)) == EntryId(MS - 86_400_000)


def test_what_our_group_was_not_given_stays() -> None:
    ours = Reading(EntryId(5, 2), None)
    assert cut(Extent(EntryId(1), EntryId(MS), 10), ours) == EntryId(5, 3)


def test_what_our_group_has_not_acknowledged_stays_whatever_its_bytes() -> None:
    ours = Reading(EntryId(MS), EntryId(7, 1))
    assert cut(Extent(EntryId(1), EntryId(MS), 10_000_000), ours) == EntryId(7, 1)


def test_over_its_bytes_young_entries_go_in_proportion() -> None:
    lane = Extent(EntryId(MS - 1_000), EntryId(MS), 4_000)
    assert cut(lane) == EntryId(MS - 250)


def test_a_lane_over_its_bytes_always_loses_at_least_one_entry() -> None:
    assert cut(Extent(EntryId(MS - 1, 4), EntryId(MS), 1_001)) > EntryId(MS - 1, 4)


def test_an_id_reads_back_as_it_is_written() -> None:
    assert EntryId.parse(b"17-3") == EntryId.parse(str(EntryId(17, 3)))
