"""When a program is started again, and when one that runs is taken for dead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foreshock_stack.restarts import FIRST_PAUSE, LONGEST_PAUSE, Restarts, is_hung

MIDDLE = 0.5


def test_the_first_end_is_followed_by_a_start_almost_at_once() -> None:
    assert Restarts().after(lived=3600).pause(MIDDLE) == FIRST_PAUSE


def test_pauses_double_up_to_the_longest() -> None:
    restarts, pauses = Restarts(), []
    for _ in range(8):
        restarts = restarts.after(lived=0.1)
        pauses.append(restarts.pause(MIDDLE))
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, LONGEST_PAUSE, LONGEST_PAUSE])


def test_a_program_that_ran_well_for_a_while_is_forgiven() -> None:
    assert Restarts(in_a_row=9).after(lived=60).pause(MIDDLE) == FIRST_PAUSE


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_pause_is_never_long_and_never_none(in_a_row: int, chance: float) -> None:
    assert 0.8 * FIRST_PAUSE <= Restarts(in_a_row).pause(chance) <= 1.2 * LONGEST_PAUSE


def test_a_program_has_time_to_start_before_it_must_answer() -> None:
    assert not is_hung(now=399, started=100, last_answer=None, first_within=300, allowed=30)
    assert is_hung(now=401, started=100, last_answer=None, first_within=300, allowed=30)


def test_only_silence_since_the_last_answer_counts() -> None:
    assert not is_hung(now=1000, started=100, last_answer=971, first_within=300, allowed=30)
    assert is_hung(now=1002, started=100, last_answer=971, first_within=300, allowed=30)
