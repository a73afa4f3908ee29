"""Matchers: what a rule or a silence asks of a post.

Each that is given must hold. They are looked at in one fixed order, and the first that does not hold names what was
missing, so that every alert that was not sent can be explained. Age, corroboration and bursts come last: a post that
fails for one of those would have matched otherwise.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from foreshock_notify.domain.burst import ANY_ENTITY, ANY_TOPIC, Burst
from foreshock_notify.domain.values import Duration, Word, Words, several
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Action, Topic, Urgency
from foreshock_shared.contracts.post import Tier

FIRST_POST: Final = "first_post"

_T = TypeVar("_T")
_Some: TypeAlias = Annotated[frozenset[_T], Field(min_length=1), BeforeValidator(several)]


class Miss(StrEnum):
    """What a post lacked to match a rule; a closed set, fit for a metric label."""

    NOT_A_SHOCK = "not_a_shock"
    IS_A_SHOCK = "is_a_shock"
    OTHER_TOPIC = "other_topic"
    NOT_URGENT_ENOUGH = "not_urgent_enough"
    OTHER_ENTITY = "other_entity"
    OTHER_ACTION = "other_action"
    OTHER_JURISDICTION = "other_jurisdiction"
    OTHER_SOURCE = "other_source"
    OTHER_TIER = "other_tier"
    OTHER_LANGUAGE = "other_language"
    NOT_NOVEL = "not_novel"
    TOO_OLD = "too_old"
    TOO_FEW_ORIGINS = "too_few_origins"
    NOT_BURSTING = "not_bursting"


@dataclass(frozen=True, slots=True)
class Match:
    """The rule wants this post told."""


@dataclass(frozen=True, slots=True)
class Bursting:
    """The rule wants it told that far more is heard of these subjects than usual; the post by itself means nothing."""

    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoMatch:
    """It does not; `reason` is the first matcher that did not hold."""

    reason: Miss


Verdict: TypeAlias = Match | Bursting | NoMatch


class Choice(BaseModel, Generic[_T]):
    """Some of these, all of these, none of these; a plain list means some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    any: _Some[_T] | None = None
    all: _Some[_T] | None = None
    none: _Some[_T] | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"any": value} if isinstance(value, str | list | tuple | set | frozenset) else value

    @model_validator(mode="after")
    def _says_something(self) -> "Choice[_T]":
        if self.any is self.all is self.none is None:
            raise ValueError("says nothing: give a list, or at least one of any, all and none")
        return self

    def holds(self, have: Set[Any]) -> bool:
        """Whether what a post has is as asked for."""
        return (
            (self.any is None or not self.any.isdisjoint(have))
            and (self.all is None or self.all <= have)
            and (self.none is None or self.none.isdisjoint(have))
        )

    def found(self, have: Set[Any]) -> list[str]:
        """What was asked for and is there, as words."""
        return sorted(str(each) for each in ((self.any or frozenset()) | (self.all or frozenset())) & have)


def _novelty(value: object) -> object:
    return timedelta(0) if value == FIRST_POST else value


class When(BaseModel):
    """Matchers. Each that is given must hold; a list holds if any of its members does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shock: bool | None = None
    topics: Choice[Topic] | None = None
    urgency_at_least: Urgency | None = None
    entities: Choice[Word] | None = None
    """Ids or names of the gazetteer, in any case."""
    action: _Some[Action] | None = None
    """What the post's effect does."""
    jurisdiction: Words | None = None
    """Whose law it is, by the post's effect."""
    source: Words | None = None
    """Names of sources, in any case."""
    tier: _Some[Tier] | None = None
    lang: Words | None = None
    """Language tags; `zh` holds for `zh-Hans` too."""
    novelty: Annotated[Duration, BeforeValidator(_novelty)] | None = None
    """How old the story may be when the post comes; `first_post`: only the post that it began with."""
    min_origins: Annotated[int, Field(ge=1, le=100)] | None = None
    """Independent origins that the story must have; copies of one text count once."""
    burst: Burst | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "When":
        if not self.model_fields_set:
            raise ValueError("is empty and would match every post: give at least one matcher, such as shock: true")
        if self.burst is not None and self.min_origins is not None:
            raise ValueError("min_origins: a burst counts posts by itself; say at_least in burst instead")
        return self


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
    action: Action | None = None
    source: str = ""
    story_age: timedelta = timedelta(0)
    """Between the beginning of the story and the post; 0 for the post that it began with."""
    subjects: Mapping[str, str] = field(default_factory=dict)
    """What the post is counted under, by the words for it: its topics, and its entities by their ids."""

    @classmethod
    def of(cls, post: PostStored, origins: int) -> "Facts":
        """The facts of a post in a story that has so many independent origins, this post included."""
        judged, effect = post.classification, post.classification.effect
        first_seen = post.story.first_seen
        named = {word.casefold(): e.id.casefold() for e in judged.entities for word in (e.id, e.name)}
        return cls(
            shock=judged.shock,
            topics=frozenset([topic.name for topic in judged.topics]),
            urgency=judged.urgency,
            entities=frozenset(named),
            jurisdiction=((effect.jurisdiction if effect else None) or "").casefold(),
            tier=post.tier,
            lang=(judged.lang or "").casefold(),
            created_at=post.created_at,
            origins=origins,
            action=effect.action if effect else None,
            source=post.source.casefold(),
            story_age=timedelta(0)
            if first_seen == post.created_at
            else max(post.accepted_at - first_seen, timedelta(0)),
            subjects={**{topic.name.value: topic.name.value for topic in judged.topics}, **named},
        )


def bursting_subjects(burst: Burst, facts: Facts) -> list[str]:
    """Those of a post's subjects that a burst matcher speaks of."""
    wanted = set(burst.of)
    if ANY_TOPIC in wanted:
        wanted |= {topic.value for topic in facts.topics}
    if ANY_ENTITY in wanted:
        wanted |= facts.entities
    return sorted({subject for word, subject in facts.subjects.items() if word in wanted})


_Check: TypeAlias = Callable[[Any, Facts], bool]
_CHECKS: Final[tuple[tuple[str, Miss, _Check], ...]] = (
    ("topics", Miss.OTHER_TOPIC, lambda want, facts: want.holds(facts.topics)),
    ("urgency_at_least", Miss.NOT_URGENT_ENOUGH, lambda want, facts: facts.urgency.rank >= want.rank),
    ("entities", Miss.OTHER_ENTITY, lambda want, facts: want.holds(facts.entities)),
    ("action", Miss.OTHER_ACTION, lambda want, facts: facts.action in want),
    ("jurisdiction", Miss.OTHER_JURISDICTION, lambda want, facts: facts.jurisdiction in want),
    ("source", Miss.OTHER_SOURCE, lambda want, facts: facts.source in want),
    ("tier", Miss.OTHER_TIER, lambda want, facts: facts.tier in want),
    ("lang", Miss.OTHER_LANGUAGE, lambda want, facts: facts.lang in want or facts.lang.partition("-")[0] in want),
    ("novelty", Miss.NOT_NOVEL, lambda want, facts: facts.story_age <= want),
)


def missing(when: When, facts: Facts) -> Miss | None:
    """The first matcher that does not hold, of those that look at the post alone; None where all do."""
    if when.shock is not None and when.shock is not facts.shock:
        return Miss.NOT_A_SHOCK if when.shock else Miss.IS_A_SHOCK
    for name, miss, holds in _CHECKS:
        want = getattr(when, name)
        if want is not None and not holds(want, facts):
            return miss
    return None
