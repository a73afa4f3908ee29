"""The AI Policy Shock Index: how much more shock there is than was usual in a base period, which reads 100.

    index(day) = 100 * (O / E) / mean of O / E over the base period

    O   what the day's shocks weigh. A telling (one text by one source) weighs its urgency times its tier. Copies of a
        text count once, as the strongest telling of it. Of the texts of one story the strongest counts whole, the next
        a half, a quarter, and so on; on later days a story counts by what they add to it.
    E   what the sources would have brought on such a day in the base period: for each its own mean, times how much
        louder than then it is. A source that is quieter than then, or silent, is taken to be as loud as then.

Who was not heard in the base period counts on neither side. After Baker, Bloom and Davis (2016), with the shares of
papers replaced by indirect standardisation, which bears counts that are mostly nought. docs/shock-index.md has the why.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from foreshock_shared.contracts.post import Tier
from foreshock_store.domain.partitions import start_of
from foreshock_store.domain.rare_counts import Interval, ratio, total

URGENCY: Final = (0.125, 0.25, 0.5, 1.0)
"""What a telling weighs by urgency, from low to critical: each step is worth twice the one below."""
TIER: Final[Mapping[Tier, float]] = {Tier.OFFICIAL: 1.0, Tier.PROVIDER: 1.0, Tier.PRESS: 0.5, Tier.SOCIAL: 0.25}
"""And by who tells it: who acts, who carries it out, who reports, who talks."""
FURTHER: Final = 0.5
"""What the next text of a story weighs, as part of the one before."""
LEAST_STORIES: Final = 10
"""Stories that a series must have in its base period; fewer have no mean that anything could be measured by."""
WINDOW: Final = timedelta(days=1)
"""What the latest value looks back on."""

Volumes: TypeAlias = Mapping[date, Mapping[str, int]]
"""For each day that is counted, posts of each source that are no shocks; a source with shocks alone stands with 0."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One text that reports a shock, by one source."""

    origin: UUID
    """The first post with the text; copies share it."""
    story: UUID
    source: str
    at: datetime
    weight: float
    jurisdiction: str | None = None
    """Whose law it is, as an entity id; None where the judgement does not say."""
    action: str | None = None


class By(StrEnum):
    """What the index is told apart by."""

    ALL = "all"
    JURISDICTION = "jurisdiction"
    EFFECT = "effect"


Period = TypeVar("Period", date, bool)


class Reading(NamedTuple):
    """The index of a day."""

    day: date
    level: Interval


@dataclass(frozen=True, slots=True)
class Base:
    """What a series is measured by."""

    first: date
    last: date
    volume: Mapping[str, float]
    """Posts a day of each source that was heard."""
    expected: Mapping[str, float]
    """What each source's shocks weighed on a day on which it was as loud as usual."""
    weighs: Interval
    """All shocks of the base period."""
    heaviest: float
    """The heaviest story of a day."""
    mean: float
    """Mean of O / E over its days."""

    def loudness(self, source: str, posts: int) -> float:
        """How much louder than in the base period a source is; never below 1."""
        usual = self.volume[source]
        return max(1.0, posts / usual) if usual else 1.0

    def expects(self, volumes: Mapping[str, int]) -> float:
        """E, on a day with these volumes."""
        return sum(mean * self.loudness(source, volumes.get(source, 0)) for source, mean in self.expected.items())


@dataclass(frozen=True, slots=True)
class Known:
    """All that an index is made of."""

    tellings: Sequence[Telling]
    volumes: Volumes
    base_days: Sequence[date]
    """The days of the base period that are counted."""
    base_length: int
    """How many it must have."""

    def bases(self, by: By) -> Iterator[tuple[str, Base, Sequence[Telling]]]:
        """Each series that there is enough to measure, by its name, with what it is measured by and its tellings."""
        if len(self.base_days) < self.base_length:
            return
        begin = start_of(self.base_days[0])
        for name, tellings in sorted(_split(self.tellings, by).items()):
            since = [each for each in tellings if each.at >= begin]
            if (base := base_of(since, self.volumes, self.base_days)) is not None:
                yield name, base, since


def base_days(counted: Iterable[date], begin: date | None, length: int) -> list[date]:
    """The first so many of the counted days, from `begin` on where it is given; fewer where there are no more yet."""
    return sorted(day for day in counted if begin is None or day >= begin)[:length]


def _split(tellings: Iterable[Telling], by: By) -> dict[str, list[Telling]]:
    """Tellings by what they are told apart by; one that does not say so is in none."""
    if by is By.ALL:
        return {By.ALL.value: list(tellings)}
    found: defaultdict[str, list[Telling]] = defaultdict(list)
    for each in tellings:
        name = each.jurisdiction if by is By.JURISDICTION else each.action
        if name is not None:
            found[name].append(each)
    return dict(found)


def weight(urgency: int, tier: Tier) -> float:
    """What a telling of this rank of urgency weighs."""
    return URGENCY[urgency] * TIER[tier]


def base_of(tellings: Iterable[Telling], volumes: Volumes, days: Sequence[date]) -> Base | None:
    """What these tellings and volumes are in these days; None where too few stories lie in them."""
    begin, end = start_of(days[0]), start_of(days[-1] + timedelta(days=1))
    within = [each for each in tellings if begin <= each.at < end]
    if len({each.story for each in within}) < LEAST_STORIES:
        return None
    heard = sorted({source for day in days for source in volumes[day]})
    volume = {source: sum(volumes[day].get(source, 0) for day in days) / len(days) for source in heard}
    gains = _gains(within, volume, lambda at: at.date())
    weighed = [gain for stories in gains.values() for gain in stories.values()]
    bare = Base(days[0], days[-1], volume, {}, total(weighed, max(weighed)), max(weighed), mean=1.0)
    expected = {
        source: credit / sum(bare.loudness(source, volumes[day].get(source, 0)) for day in days)
        for source, credit in _shares(within).items()
    }
    base = replace(bare, expected=expected)
    ratios = [sum(gains.get(day, {}).values()) / base.expects(volumes[day]) for day in days]
    return replace(base, mean=sum(ratios) / len(days))


def by_day(base: Base, tellings: Iterable[Telling], volumes: Volumes, since: date) -> list[Reading]:
    """The index of every counted day from `since` on, oldest first; none from before the base period."""
    gains = _gains(tellings, base.volume, lambda at: at.date())
    days = sorted(day for day in volumes if day >= max(since, base.first))
    return [Reading(day, _index(base, gains.get(day, {}), volumes[day])) for day in days]


def latest(base: Base, tellings: Iterable[Telling], volumes: Volumes, now: datetime) -> Interval:
    """The index of the last 24 hours; how loud sources are is taken from the last day that is counted."""
    known = [each for each in tellings if each.at <= now]
    gains = _gains(known, base.volume, lambda at: at > now - WINDOW)
    return _index(base, gains.get(True, {}), volumes[max(volumes)])


def _index(base: Base, stories: Mapping[UUID, float], volumes: Mapping[str, int]) -> Interval:
    """Stories, not texts, are what comes independently: the band is of their number."""
    band = ratio(total(list(stories.values()), base.heaviest), base.weighs)
    return band.scaled(100 * base.weighs.value / (base.expects(volumes) * base.mean))


def _gains(
    tellings: Iterable[Telling], heard: Mapping[str, float], period: Callable[[datetime], Period]
) -> dict[Period, dict[UUID, float]]:
    """What each story gains in each period. Periods follow each other; before the first there is nothing."""
    gains: defaultdict[Period, dict[UUID, float]] = defaultdict(dict)
    ordered = sorted((t for t in tellings if t.source in heard), key=lambda t: (t.story, t.at))
    for story, told in groupby(ordered, key=lambda t: t.story):
        strongest: dict[UUID, float] = {}
        before = 0.0
        for when, some in groupby(told, key=lambda t: period(t.at)):
            for each in some:
                strongest[each.origin] = max(strongest.get(each.origin, 0.0), each.weight)
            after = sum(part for _, part in _parts(strongest))
            gains[when][story] = after - before
            before = after
    return dict(gains)


def _shares(tellings: Iterable[Telling]) -> dict[str, float]:
    """What stories weigh altogether, by the source of the strongest telling of each text; of equals, the first."""
    stories: defaultdict[UUID, dict[UUID, Telling]] = defaultdict(dict)
    for each in sorted(tellings, key=lambda t: (-t.weight, t.at, t.source)):
        stories[each.story].setdefault(each.origin, each)
    shares: defaultdict[str, float] = defaultdict(float)
    for texts in stories.values():
        for origin, part in _parts({origin: told.weight for origin, told in texts.items()}):
            shares[texts[origin].source] += part
    return dict(shares)


def _parts(texts: Mapping[UUID, float]) -> list[tuple[UUID, float]]:
    """What each text adds to its story, the strongest first: that order makes one text more never a loss."""
    ordered = sorted(texts.items(), key=lambda item: (-item[1], item[0]))
    return [(origin, strength * FURTHER**place) for place, (origin, strength) in enumerate(ordered)]
