"""Rules: which posts somebody wants to be told of, who, and when.

`match` is pure and says of every rule why it did or did not match; `Rule` carries beside its matchers who is told and
when (`policy.py`), which is decided for each telling by itself (`telling.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from foreshock_notify.domain.burst import UNCOUNTED, Span, Tally, bursting
from foreshock_notify.domain.matchers import (
    Bursting,
    Facts,
    Match,
    Miss,
    NoMatch,
    Verdict,
    When,
    bursting_subjects,
    missing,
)
from foreshock_notify.domain.policy import Digest, Quiet, Step, Throttle
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.values import Duration, Names, RuleName

__all__ = ["Bursting", "Facts", "Match", "Miss", "NoMatch", "Rule", "RuleName", "RuleSet", "Verdict", "When", "match"]

MAX_AGE: Final = timedelta(hours=24)
"""How old a post may be and still alert, where its rule does not say."""


class Rule(BaseModel):
    """Who is told of what, and when. `name` is its stable id: incidents list it, metrics and decisions speak of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: RuleName
    when: When
    send_to: Names = ()
    max_age: Duration = MAX_AGE
    stands_for: Annotated[Duration, Field(le=timedelta(days=7))] = Field(default=timedelta(0), alias="for")
    """How long an incident must have stood before anybody is told."""
    throttle: Throttle | None = None
    quiet: Quiet | None = None
    digest: Digest | None = None
    escalate: Annotated[tuple[Step, ...], Field(max_length=10)] = ()

    @property
    def receivers(self) -> tuple[str, ...]:
        """Everybody whom it names: those who are told, and those who are told if nobody acknowledges."""
        return tuple(dict.fromkeys((*self.send_to, *(name for step in self.escalate for name in step.to))))


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules and receivers that are in force together."""

    rules: tuple[Rule, ...] = ()
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    heartbeat_to: tuple[str, ...] = ()
    """Receivers that hear of every round of canaries, and of nothing else."""

    def judge(self, facts: Facts, now: datetime, tally: Tally = UNCOUNTED) -> tuple[Verdict, ...]:
        """The verdict of each rule, in the order of the rules."""
        return tuple([match(rule, facts, now, tally) for rule in self.rules])

    def max_age(self, names: tuple[str, ...]) -> timedelta:
        """The longest of these rules' ages; rules that are gone no longer have a say."""
        return max((rule.max_age for rule in self.rules if rule.name in names), default=MAX_AGE)

    @property
    def spans(self) -> frozenset[Span]:
        """The times over which posts must be counted for these rules."""
        return frozenset(rule.when.burst.span for rule in self.rules if rule.when.burst is not None)


def older_than(created_at: datetime | None, age: timedelta, now: datetime) -> bool:
    """Whether something is too old to alert. What carries no date counts as new."""
    return created_at is not None and now - created_at > age


_MATCH: Final = Match()
_NO_MATCH: Final = {miss: NoMatch(miss) for miss in Miss}


def match(rule: Rule, facts: Facts, now: datetime, tally: Tally = UNCOUNTED) -> Verdict:
    """Whether a rule wants a post told, and if not, the first thing that was missing."""
    when = rule.when
    missed = missing(when, facts)
    if missed is not None:
        return _NO_MATCH[missed]
    if older_than(facts.created_at, rule.max_age, now):
        return _NO_MATCH[Miss.TOO_OLD]
    if when.min_origins is not None and facts.origins < when.min_origins:
        return _NO_MATCH[Miss.TOO_FEW_ORIGINS]
    if when.burst is None:
        return _MATCH
    found = [s for s in bursting_subjects(when.burst, facts) if bursting(when.burst, s, tally, now)]
    return Bursting(tuple(found)) if found else _NO_MATCH[Miss.NOT_BURSTING]
