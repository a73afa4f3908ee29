"""The normal lane is filled about as fast as it is read, and at any speed while nobody reads."""

from foreshock_ingest.domain.pacing import PATIENCE, Pace

AHEAD = 6


def test_a_short_lane_holds_nobody_back() -> None:
    assert not Pace(AHEAD).holds(AHEAD - 1, 0.0)


def test_a_long_lane_holds_back_until_it_is_short_again() -> None:
    pace = Pace(AHEAD)

    assert [pace.holds(length, 0.01 * n) for n, length in enumerate((AHEAD + 3, AHEAD + 1, AHEAD, AHEAD - 1))] == [
        True,
        True,
        True,
        False,
    ]


def test_a_lane_that_nobody_reads_holds_nobody_back_after_a_while() -> None:
    pace = Pace(AHEAD)
    pace.holds(AHEAD, 0.0)

    assert pace.holds(AHEAD, PATIENCE * 0.9)
    assert not pace.holds(AHEAD, PATIENCE)
    pace.wrote(5)
    assert not pace.holds(AHEAD + 5, PATIENCE + 0.1)


def test_a_lane_that_grows_by_less_than_was_written_is_being_read() -> None:
    pace = Pace(AHEAD)
    pace.holds(AHEAD, 0.0)
    pace.wrote(5)

    assert pace.holds(AHEAD + 4, PATIENCE * 1.5)


def test_a_lane_that_is_read_again_holds_back_again() -> None:
    pace = Pace(AHEAD)
    pace.holds(AHEAD * 9, 0.0)
    assert not pace.holds(AHEAD * 9, PATIENCE)

    assert pace.holds(AHEAD * 9 - 1, PATIENCE * 2)
