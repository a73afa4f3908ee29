"""How good the alerts of a simulation would have been. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from foreshock_notify.simulation.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of labelled stories, and how long alerts took."""

    hits: int
    """Useful, and told."""
    false_alarms: int
    missed: int
    rightly_silent: int
    median_wait: timedelta | None
    """From the first post of a told story to the first telling; of the useful ones where any story is labelled."""
    longest_wait: timedelta | None
    per_story: float
    """Notifications a told story and receiver."""

    @property
    def labelled(self) -> int:
        return self.hits + self.false_alarms + self.missed + self.rightly_silent

    @property
    def precision(self) -> float | None:
        """Useful ones among the labelled stories that are told."""
        told = self.hits + self.false_alarms
        return self.hits / told if told else None

    @property
    def recall(self) -> float | None:
        """Told ones among the useful stories."""
        useful = self.hits + self.missed
        return self.hits / useful if useful else None


def measure(outcome: Outcome, labels: Mapping[UUID, bool]) -> Figures:
    """Figures of an outcome; `labels` say of stories of this history whether it was useful to hear of them."""
    told = outcome.told
    counted = [(useful, story in told) for story, useful in labels.items()]
    waits = _waits(outcome, labels)
    return Figures(
        hits=counted.count((True, True)),
        false_alarms=counted.count((False, True)),
        missed=counted.count((True, False)),
        rightly_silent=counted.count((False, False)),
        median_wait=timedelta(seconds=median(each.total_seconds() for each in waits)) if waits else None,
        longest_wait=max(waits, default=None),
        per_story=outcome.sent / len(outcome.stories) if outcome.stories else 0.0,
    )


def _waits(outcome: Outcome, labels: Mapping[UUID, bool]) -> list[timedelta]:
    """How long each told story waited for its first telling."""
    first: dict[UUID, tuple[datetime, timedelta]] = {}
    for (story, _), told in outcome.stories.items():
        if labels.get(story, not labels):
            first[story] = min(first.get(story, (told.first, told.waited)), (told.first, told.waited))
    return [waited for _, waited in first.values()]
