"""What a history came to under one set of rules, in memory that grows with what is told and not with the history."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from foreshock_notify.simulation.telling import Telling
from foreshock_shared.contracts.judgement import Urgency

MOST_LISTED: Final = 20_000
"""Tellings that are kept one by one; the rest is counted."""


@dataclass(slots=True)
class Told:
    """What one receiver would have heard of one story."""

    first: datetime
    headline: str
    urgency: Urgency
    waited: timedelta
    """From the first post of the story to the first telling."""
    count: int = 1


@dataclass(slots=True)
class Outcome:
    """Everything that is asked of a simulation afterwards."""

    stories: dict[tuple[UUID, str], Told] = field(default_factory=dict)
    """By story and receiver."""
    by_rule: Counter[str] = field(default_factory=Counter)
    """First tellings in which a rule had a part."""
    by_receiver: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    """Posts by what they came to."""
    tellings: list[Telling] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """Notifications in all."""
        return self.by_receiver.total()

    @property
    def told(self) -> set[UUID]:
        """Stories that anybody would have heard of."""
        return {story for story, _ in self.stories}

    def add(self, tellings: Iterable[Telling]) -> None:
        """Take in what would have been sent."""
        for telling in tellings:
            place = (telling.story_id, telling.receiver)
            if place in self.stories:
                self.stories[place].count += 1
            else:
                waited = telling.at - telling.began
                self.stories[place] = Told(telling.at, telling.headline, telling.urgency, waited)
                self.by_rule.update(telling.rules)
            self.by_receiver[telling.receiver] += 1
            if len(self.tellings) < MOST_LISTED:
                self.tellings.append(telling)
