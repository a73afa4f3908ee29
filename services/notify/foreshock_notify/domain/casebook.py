"""A batch of posts, decided one after the other: what one post has changed is known to the next.

The casebook is filled with what is stored of the stories concerned, under their locks; it decides, keeps what it
decided, and reads and writes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from foreshock_notify.domain.case import Case, Decision, Incident, Witnesses
from foreshock_notify.domain.incident import CONFIRMING, decide, is_witness, untold
from foreshock_notify.domain.rules import Facts, RuleSet
from foreshock_shared.contracts.events import PostStored


@dataclass(slots=True)
class Casebook:
    """Incidents and witnesses by story."""

    incidents: dict[UUID, Incident] = field(default_factory=dict)
    witnesses: dict[UUID, Witnesses] = field(default_factory=dict)

    def decide(self, rules: RuleSet, posts: Iterable[PostStored], now: datetime) -> list[Decision]:
        """Decide posts in their order."""
        return [self._decide(rules, post, now) for post in posts]

    def _decide(self, rules: RuleSet, post: PostStored, now: datetime) -> Decision:
        story = post.story
        heard = self.witnesses.get(story.id, Witnesses())
        ended = None if story.ends is None else self.incidents.get(story.ends)
        decision = decide(rules, Case(self.incidents.get(story.id), ended, heard), post, now)
        if decision.witness:
            self.witnesses[story.id] = heard.including(post)
        for change in decision.changes:
            self.incidents[change.incident.story_id] = change.incident
        return decision


def plain(rules: RuleSet, post: PostStored, now: datetime) -> Decision | None:
    """The decision on a post that can neither open nor move an incident by itself; None where it might.

    Most posts are plain. Unless their story has an incident, they need no lock and no look at what is stored.
    """
    if post.tier in CONFIRMING or post.story.ends is not None:
        return None
    verdicts = rules.judge(Facts.of(post, 0), now)
    return None if is_witness(verdicts) else untold(post, verdicts)
