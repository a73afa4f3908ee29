"""Two sets of rules over one history: what one alone would have told, and what one would have told sooner. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from foreshock_notify.simulation.outcome import Outcome, Told


@dataclass(frozen=True, slots=True)
class Only:
    """A receiver hears of a story by one set of rules and not by the other."""

    story_id: UUID
    receiver: str
    told: Told


@dataclass(frozen=True, slots=True)
class Shifted:
    """A receiver hears of a story by both, at another time; `by` is negative where the second is sooner."""

    story_id: UUID
    receiver: str
    told: Told
    by: timedelta


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where a second set of rules differs from a first."""

    lost: list[Only]
    """Told by the first alone."""
    won: list[Only]
    """Told by the second alone."""
    sooner: list[Shifted]
    later: list[Shifted]
    same: int


def compare(first: Outcome, second: Outcome) -> Comparison:
    """What changes for each story and receiver, in the order of time."""
    both = first.stories.keys() & second.stories.keys()
    shifts = [
        Shifted(story, receiver, first.stories[story, receiver], by)
        for story, receiver in both
        if (by := second.stories[story, receiver].first - first.stories[story, receiver].first)
    ]
    shifts.sort(key=lambda each: (each.told.first, each.receiver))
    return Comparison(
        lost=_only(first, second),
        won=_only(second, first),
        sooner=[each for each in shifts if each.by < timedelta(0)],
        later=[each for each in shifts if each.by > timedelta(0)],
        same=len(both) - len(shifts),
    )


def _only(one: Outcome, other: Outcome) -> list[Only]:
    found = [
        Only(story, receiver, told)
        for (story, receiver), told in one.stories.items()
        if (story, receiver) not in other.stories
    ]
    return sorted(found, key=lambda each: (each.told.first, each.receiver))
