"""The band around a sum of few weighed events, measured against what is known of Poisson's counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foreshock_store.domain.rare_counts import ratio, total

WEIGHTS = st.lists(st.floats(0.01, 2.0), max_size=50)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(0, 0.0, 2.996), (1, 0.051, 4.744), (5, 1.970, 10.513), (20, 13.255, 29.062), (100, 84.139, 118.079)],
)
def test_events_of_one_weight_have_the_exact_interval_of_their_number(events: int, low: float, high: float) -> None:
    """Garwood's, at 90 %."""
    band = total([1.0] * events, 1.0)
    assert band.value == events
    assert band.low == pytest.approx(low, abs=0.02)
    assert band.high == pytest.approx(high, abs=0.06)


@given(WEIGHTS, st.floats(0.01, 2.0))
def test_it_holds_the_sum(weights: list[float], heaviest: float) -> None:
    band = total(weights, heaviest)
    assert 0 <= band.low <= band.value < band.high


@given(st.lists(st.floats(0.01, 2.0), min_size=1, max_size=20))
def test_more_of_the_same_makes_it_narrower_for_its_size(weights: list[float]) -> None:
    few, many = (total(weights * times, 2.0) for times in (1, 3))
    assert many.high / many.value < few.high / few.value
    assert many.low / many.value >= few.low / few.value


def test_fewer_and_heavier_events_leave_more_open_than_many_light_ones() -> None:
    heavy, light = total([2.0, 2.0], 2.0), total([0.25] * 16, 0.25)
    assert heavy.value == light.value
    assert heavy.low < light.low
    assert heavy.high > light.high


@given(WEIGHTS, st.lists(st.floats(0.01, 2.0), min_size=1, max_size=50))
def test_a_ratio_is_less_certain_than_what_stands_above(above: list[float], below: list[float]) -> None:
    top, bottom = total(above, 1.0), total(below, 1.0)
    band = ratio(top, bottom)
    assert band.low <= top.low / bottom.value + 1e-12
    assert band.high >= top.high / bottom.value - 1e-9
    assert band.low <= band.value <= band.high


def test_the_end_for_no_event_goes_over_into_that_for_next_to_none() -> None:
    base = total([1.0] * 20, 1.0)
    none, next_to_none = ratio(total([], 1.0), base), ratio(total([1e-9], 1.0), base)
    assert next_to_none.high == pytest.approx(none.high, rel=0.01)
