"""The shock index: what must not move it, what must never lower it, and what its band says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.judged import NOON

from foreshock_shared.contracts.post import Tier
from foreshock_store.domain.rare_counts import Interval
from foreshock_store.domain.shock_index import (
    LEAST_STORIES,
    TIER,
    URGENCY,
    By,
    Known,
    Reading,
    Telling,
    base_days,
    by_day,
    latest,
    weight,
)

BASE: Final = 14
DAYS: Final = 21
FIRST: Final = NOON.date()
DAY: Final = timedelta(days=1)
SOURCES: Final = {"gazette": Tier.OFFICIAL, "wire": Tier.PRESS, "feed": Tier.SOCIAL, "lab": Tier.PROVIDER}
LATER: Final = st.integers(BASE, DAYS - 1)
TWIN: Final = 1 << 64


def telling(day: int, story: int, origin: int, source: str = "wire", urgency: int = 3, hour: int = 0) -> Telling:
    return Telling(
        origin=UUID(int=origin),
        story=UUID(int=story),
        source=source,
        at=NOON + day * DAY + timedelta(hours=hour),
        weight=weight(urgency, SOURCES.get(source, Tier.PRESS)),
        jurisdiction="freedonia" if story % 2 else None,
        action="ban",
    )


@st.composite
def tellings(draw: st.DrawFn) -> list[Telling]:
    """Enough stories in the base period, and any others; a text has one story, told by any sources."""
    base = [telling(n % BASE, n, n, "wire" if n % 3 else "gazette") for n in range(LEAST_STORIES + 2)]
    drawn = draw(
        st.lists(
            st.builds(
                telling,
                st.integers(0, DAYS - 1),
                st.just(0),
                st.integers(100, 130),
                st.sampled_from(sorted(SOURCES)),
                st.integers(2, 3),
                st.integers(-11, 11),
            ),
            max_size=25,
        )
    )
    return base + [replace(each, story=UUID(int=each.origin.int % 7)) for each in drawn]


@st.composite
def worlds(draw: st.DrawFn) -> Known:
    posts = st.integers(0, 1_000)
    volumes = {FIRST + n * DAY: {source: draw(posts) for source in SOURCES} for n in range(DAYS)}
    return Known(draw(tellings()), volumes, base_days(volumes, None, BASE), BASE)


def readings(known: Known, by: By = By.ALL) -> dict[str, list[Reading]]:
    return {name: by_day(base, told, known.volumes, FIRST) for name, base, told in known.bases(by)}


def levels(known: Known) -> dict[date, Interval]:
    return {each.day: each.level for each in readings(known)["all"]}


def values(known: Known) -> list[float]:
    return [each.value for each in levels(known).values()]


def told(known: Known, *more: Telling) -> Known:
    return replace(known, tellings=[*known.tellings, *more])


def with_volume(known: Known, day: int, source: str, posts: int) -> Known:
    when = FIRST + day * DAY
    return replace(known, volumes={**known.volumes, when: {**known.volumes[when], source: posts}})


def doubled(known: Known) -> Known:
    """Every source says twice as much: of noise, and of shocks, each of them news of its own."""
    twins = [
        replace(each, origin=UUID(int=each.origin.int + TWIN), story=UUID(int=each.story.int + TWIN))
        for each in known.tellings
    ]
    volumes = {day: {source: 2 * n for source, n in counts.items()} for day, counts in known.volumes.items()}
    return replace(told(known, *twins), volumes=volumes)


def a_quiet_world(stories: Sequence[Telling] = ()) -> Known:
    volumes = {FIRST + n * DAY: dict.fromkeys(SOURCES, 100) for n in range(DAYS)}
    base = [telling(n % BASE, n, n) for n in range(BASE)]
    return Known([*base, *stories], volumes, base_days(volumes, None, BASE), BASE)


@given(worlds())
def test_the_mean_of_the_base_period_is_100(known: Known) -> None:
    base = [level.value for day, level in levels(known).items() if day in known.base_days]
    assert len(base) == BASE
    assert sum(base) / BASE == pytest.approx(100)


@given(worlds())
def test_twice_the_volume_of_every_source_leaves_it_as_it_is_and_narrows_the_band(known: Known) -> None:
    once, twice = levels(known), levels(doubled(known))
    for day, level in twice.items():
        assert level.value == pytest.approx(once[day].value)
        assert level.low >= once[day].low - 1e-9
        assert level.high < once[day].high


@given(worlds(), LATER, st.sampled_from(sorted(SOURCES)))
def test_a_source_that_is_louder_with_no_more_shocks_does_not_raise_it(known: Known, day: int, source: str) -> None:
    when = FIRST + day * DAY
    louder = with_volume(known, day, source, 2 * known.volumes[when][source] + 1)
    assert levels(louder)[when].value <= levels(known)[when].value + 1e-9


def test_a_louder_firehose_with_as_many_more_shocks_is_no_more_shock() -> None:
    usual = a_quiet_world([telling(16, 90, 90)])
    louder = with_volume(usual, 16, "wire", 200)
    assert values(louder)[16] == pytest.approx(values(usual)[16] / 2)
    assert values(told(louder, telling(16, 91, 91)))[16] == pytest.approx(values(usual)[16])


@given(worlds(), st.data())
def test_a_copied_text_counts_once(known: Known, data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(known.tellings))
    strength = min(each.weight for each in known.tellings if each.origin == original.origin)
    copies = [
        replace(original, source=source, at=original.at + timedelta(minutes=n), weight=strength * 0.9)
        for n, source in enumerate(data.draw(st.lists(st.sampled_from(sorted(SOURCES)), min_size=1, max_size=5)))
    ]
    assert values(told(known, *copies)) == pytest.approx(values(known))


def test_a_copy_by_who_acts_counts_as_theirs() -> None:
    talk = a_quiet_world([telling(16, 90, 90, "feed")])
    copied = told(talk, telling(16, 90, 90, "gazette"))
    official = a_quiet_world([telling(16, 90, 90, "gazette")])
    assert values(copied) == values(official)
    assert values(copied)[16] > values(talk)[16]


@given(worlds(), LATER, st.integers(0, 40), st.sampled_from(sorted(SOURCES)), st.integers(0, 3))
def test_one_more_independent_origin_never_lowers_its_day(
    known: Known, day: int, story: int, source: str, urgency: int
) -> None:
    more = told(known, telling(day, story, 999, source, urgency))
    assert levels(more)[FIRST + day * DAY].value >= levels(known)[FIRST + day * DAY].value - 1e-9


def test_further_origins_of_one_story_count_for_less_and_less_and_other_stories_do_not() -> None:
    one_story = [telling(16, 90, 90 + n) for n in range(4)]
    stories = [telling(16, 90 + n, 90 + n) for n in range(4)]
    same, other = ([values(a_quiet_world(each[: n + 1]))[16] for n in range(4)] for each in (one_story, stories))
    assert [value / same[0] for value in same] == pytest.approx([1, 1.5, 1.75, 1.875])
    assert [value / other[0] for value in other] == pytest.approx([1, 2, 3, 4])


def test_a_story_counts_on_later_days_by_what_they_add_to_it() -> None:
    found = values(a_quiet_world([telling(16, 90, 90), telling(17, 90, 91), telling(18, 90, 90, "feed")]))
    assert found[17] == pytest.approx(found[16] / 2)
    assert found[18] == 0


@given(worlds(), LATER, st.sampled_from(sorted(SOURCES)))
def test_a_source_that_falls_silent_does_not_raise_it(known: Known, day: int, source: str) -> None:
    when = FIRST + day * DAY
    silent = replace(
        with_volume(known, day, source, 0),
        tellings=[each for each in known.tellings if not (each.at.date() == when and each.source == source)],
    )
    usual = with_volume(known, day, source, 0)
    assert levels(silent)[when].value <= levels(usual)[when].value + 1e-9
    gone = {
        day: {name: n for name, n in counts.items() if name != source or day < when}
        for day, counts in known.volumes.items()
    }
    assert values(replace(known, volumes=gone))[day] == pytest.approx(values(usual)[day])


def test_silence_is_read_as_quiet_and_not_as_absence() -> None:
    heard = a_quiet_world([telling(16, 90, 90, "gazette")])
    assert values(with_volume(heard, 16, "wire", 0))[16] == values(heard)[16]


@given(worlds(), st.integers(0, 100_000), LATER)
def test_sources_that_join_later_count_on_neither_side(known: Known, posts: int, day: int) -> None:
    joined = told(with_volume(known, day, "newcomer", posts), telling(day, 500, 500, "newcomer"))
    assert levels(joined) == levels(known)


@given(worlds(), st.lists(st.integers(0, 100_000), min_size=DAYS, max_size=DAYS))
def test_a_source_of_noise_alone_changes_nothing(known: Known, posts: list[int]) -> None:
    noisy = known
    for day, n in enumerate(posts):
        noisy = with_volume(noisy, day, "firehose", n)
    assert values(noisy) == pytest.approx(values(known))


@given(worlds())
def test_the_band_holds_the_value(known: Known) -> None:
    for level in levels(known).values():
        assert 0 <= level.low <= level.value <= level.high
        assert level.high > 0


def test_a_day_without_shocks_reads_nought_and_still_says_how_much_it_may_hide() -> None:
    level = levels(a_quiet_world())[FIRST + 16 * DAY]
    assert (level.value, level.low) == (0, 0)
    assert level.high > 100


@given(worlds())
def test_the_weight_grows_with_urgency_and_with_nearness(known: Known) -> None:
    assert sorted(URGENCY) == list(URGENCY)
    assert TIER[Tier.OFFICIAL] >= TIER[Tier.PROVIDER] > TIER[Tier.PRESS] > TIER[Tier.SOCIAL] > 0


def test_before_there_is_a_base_period_there_is_no_index() -> None:
    known = a_quiet_world()
    assert readings(replace(known, base_days=known.base_days[:-1])) == {}
    few = replace(known, tellings=[telling(n % BASE, n % (LEAST_STORIES - 1), n) for n in range(50)])
    assert readings(few) == {}
    assert readings(replace(known, tellings=[])) == {}


def test_series_with_too_few_stories_of_their_own_have_none() -> None:
    known = a_quiet_world()
    assert readings(known, By.JURISDICTION) == {}
    assert readings(known, By.EFFECT).keys() == {"ban"}
    enough = told(known, *(telling(n % BASE, 201 + 2 * n, 201 + 2 * n) for n in range(LEAST_STORIES)))
    assert readings(enough, By.JURISDICTION).keys() == {"freedonia"}


def test_a_series_is_measured_by_its_own_base() -> None:
    known = told(a_quiet_world(), *(telling(n % BASE, 201 + 2 * n, 201 + 2 * n) for n in range(LEAST_STORIES)))
    base = [each.level.value for each in readings(known, By.JURISDICTION)["freedonia"][:BASE]]
    assert sum(base) / BASE == pytest.approx(100)


def test_the_latest_value_looks_back_on_24_hours() -> None:
    known = a_quiet_world([telling(20, 90, 90)])
    [(_, base, told_since)] = known.bases(By.ALL)
    at = NOON + 20 * DAY
    now, day_after, before = (
        latest(base, told_since, known.volumes, moment).value for moment in (at, at + DAY, at - timedelta(seconds=1))
    )
    assert now == pytest.approx(values(known)[20])
    assert (day_after, before) == (0, 0)


def test_the_base_period_begins_where_it_is_told_to_and_passes_over_days_that_are_not_counted() -> None:
    days = [FIRST + n * DAY for n in (5, 0, 1, 3)]
    assert base_days(days, None, 3) == [FIRST, FIRST + DAY, FIRST + 3 * DAY]
    assert base_days(days, FIRST + DAY, 2) == [FIRST + DAY, FIRST + 3 * DAY]
    assert base_days([], None, 3) == []
