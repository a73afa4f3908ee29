"""Rules: which posts somebody wants to be told of.

A rule is a list of matchers that must all hold. `match` is pure and names what was missing, so that every alert that
was not sent can be explained. Matchers are looked at in one fixed order, age and corroboration last: a post that fails
for one of those two would have matched otherwise.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from foreshock_notify.domain.receivers import Receiver
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier

MAX_AGE: Final = timedelta(hours=24)
"""How old a post may be and still alert, where its rule does not say."""

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Miss(StrEnum):
    """What a post lacked to match a rule; a closed set, fit for a metric label."""

    NOT_A_SHOCK = "not_a_shock"
    IS_A_SHOCK = "is_a_shock"
    OTHER_TOPIC = "other_topic"
    NOT_URGENT_ENOUGH = "not_urgent_enough"
    OTHER_ENTITY = "other_entity"
    OTHER_JURISDICTION = "other_jurisdiction"
    OTHER_TIER = "other_tier"
    OTHER_LANGUAGE = "other_language"
    TOO_OLD = "too_old"
    TOO_FEW_ORIGINS = "too_few_origins"


@dataclass(frozen=True, slots=True)
class Match:
    """The rule wants this post told."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """It does not; `reason` is the first matcher that did not hold."""

    reason: Miss


Verdict: TypeAlias = Match | NoMatch


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,6})\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a number and a unit: 90s, 30m, 24h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _folded(value: object) -> object:
    value = _several(value)
    return [each.casefold() if isinstance(each, str) else each for each in value] if isinstance(value, list) else value


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(_duration)]
Word: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words: TypeAlias = Annotated[frozenset[Word], Field(min_length=1), BeforeValidator(_folded)]
RuleName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class When(BaseModel):
    """The matchers of a rule. Each that is given must hold; a list holds if any of its members does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shock: bool | None = None
    topics: Annotated[frozenset[Topic], Field(min_length=1), BeforeValidator(_several)] | None = None
    urgency_at_least: Urgency | None = None
    entities: Words | None = None
    """Ids or names of the gazetteer, in any case."""
    jurisdiction: Words | None = None
    """Whose law it is, by the post's effect."""
    tier: Annotated[frozenset[Tier], Field(min_length=1), BeforeValidator(_several)] | None = None
    lang: Words | None = None
    """Language tags; `zh` holds for `zh-Hans` too."""
    min_origins: Annotated[int, Field(ge=1, le=100)] | None = None
    """Independent origins that the story must have; copies of one text count once."""

    @model_validator(mode="after")
    def _says_something(self) -> "When":
        if not self.model_fields_set:
            raise ValueError("is empty and would match every post: give at least one matcher, such as shock: true")
        return self


class Rule(BaseModel):
    """Who is told of what. `name` is its stable id: incidents list it, and metrics and decisions speak of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: RuleName
    when: When
    send_to: Annotated[tuple[RuleName, ...], BeforeValidator(_several)] = ()
    max_age: Duration = MAX_AGE


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules and receivers that are in force together."""

    rules: tuple[Rule, ...] = ()
    receivers: Mapping[str, Receiver] = field(default_factory=dict)

    def judge(self, facts: "Facts", now: datetime) -> tuple[Verdict, ...]:
        """The verdict of each rule, in the order of the rules."""
        return tuple([match(rule, facts, now) for rule in self.rules])

    def max_age(self, names: tuple[str, ...]) -> timedelta:
        """The longest of these rules' ages; rules that are gone no longer have a say."""
        return max((rule.max_age for rule in self.rules if rule.name in names), default=MAX_AGE)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule sees of a post."""

    shock: bool
    topics: frozenset[Topic]
    urgency: Urgency
    entities: frozenset[str]
    jurisdiction: str
    tier: Tier
    lang: str
    created_at: datetime | None
    origins: int

    @classmethod
    def of(cls, post: PostStored, origins: int) -> "Facts":
        """The facts of a post in a story that has so many independent origins, this post included."""
        judged = post.classification
        return cls(
            shock=judged.shock,
            topics=frozenset([topic.name for topic in judged.topics]),
            urgency=judged.urgency,
            entities=frozenset([word.casefold() for entity in judged.entities for word in (entity.id, entity.name)]),
            jurisdiction=((judged.effect.jurisdiction if judged.effect else None) or "").casefold(),
            tier=post.tier,
            lang=(judged.lang or "").casefold(),
            created_at=post.created_at,
            origins=origins,
        )


def older_than(created_at: datetime | None, age: timedelta, now: datetime) -> bool:
    """Whether something is too old to alert. What carries no date counts as new."""
    return created_at is not None and now - created_at > age


_Check: TypeAlias = Callable[[Any, Facts], bool]
_CHECKS: Final[tuple[tuple[str, Miss, _Check], ...]] = (
    ("topics", Miss.OTHER_TOPIC, lambda want, facts: not want.isdisjoint(facts.topics)),
    ("urgency_at_least", Miss.NOT_URGENT_ENOUGH, lambda want, facts: facts.urgency.rank >= want.rank),
    ("entities", Miss.OTHER_ENTITY, lambda want, facts: not want.isdisjoint(facts.entities)),
    ("jurisdiction", Miss.OTHER_JURISDICTION, lambda want, facts: facts.jurisdiction in want),
    ("tier", Miss.OTHER_TIER, lambda want, facts: facts.tier in want),
    ("lang", Miss.OTHER_LANGUAGE, lambda want, facts: facts.lang in want or facts.lang.partition("-")[0] in want),
)
_MATCH: Final = Match()
_NO_MATCH: Final = {miss: NoMatch(miss) for miss in Miss}


def match(rule: Rule, facts: Facts, now: datetime) -> Verdict:
    """Whether a rule wants a post told, and if not, the first thing that was missing."""
    when = rule.when
    if when.shock is not None and when.shock is not facts.shock:
        return _NO_MATCH[Miss.NOT_A_SHOCK if when.shock else Miss.IS_A_SHOCK]
    for name, miss, holds in _CHECKS:
        want = getattr(when, name)
        if want is not None and not holds(want, facts):
            return _NO_MATCH[miss]
    if older_than(facts.created_at, rule.max_age, now):
        return _NO_MATCH[Miss.TOO_OLD]
    if when.min_origins is not None and facts.origins < when.min_origins:
        return _NO_MATCH[Miss.TOO_FEW_ORIGINS]
    return _MATCH
