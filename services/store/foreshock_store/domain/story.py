"""What is known of one story, and what one post contributes to it. All of it can be written down and read back."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from foreshock_shared.contracts.events import StoryRef
from foreshock_shared.contracts.judgement import (
    Action,
    Classification,
    Effect,
    EffectStatus,
    Entity,
    EntityKind,
    Topic,
)
from foreshock_shared.contracts.post import headline
from foreshock_store.domain.concepts import COMMON_CONCEPTS
from foreshock_store.domain.copies import Origin, Sketch
from foreshock_store.domain.lanes import is_urgent
from foreshock_store.domain.rarity import ENTITY, PAIR
from foreshock_store.domain.stems import stem
from foreshock_store.domain.terms import CONCEPT, NOTHING, terms
from foreshock_store.domain.words import words

STORY_NAMESPACE: Final = UUID("0e0c6f5a-93a4-5d0c-8d64-1f6b0a5d7c11")
FEATURES_OF_A_STORY: Final = 96
_NAMED_IN_PAIRS: Final = 5
_HAPPENINGS: Final = 5
ABOUT: Final = 0.3
GENERAL: Final = frozenset({EntityKind.AGENCY, EntityKind.JURISDICTION})
"""Kinds that all directives of one government have in common."""


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What a story needs to know of a post beside its judgement."""

    id: UUID
    text: str
    at: datetime
    """When it happened: the source's date if it has a believable one, else when it was accepted."""


@dataclass(frozen=True, slots=True)
class Traits:
    """One post as evidence: taken apart once, then compared with any number of stories."""

    facts: PostFacts
    features: tuple[str, ...]
    """Its terms, entities and pairs, each once."""
    names: frozenset[str]
    marks: frozenset[str]
    """Its names and numbers: what tells one filled-in form from another."""
    institutions: frozenset[str]
    entities: dict[str, Entity]
    """By their feature."""
    forms: dict[str, frozenset[str]]
    """The terms that each of these is made of."""
    topics: frozenset[Topic]
    effect: Effect | None
    shock: bool
    urgent: bool
    sketch: Sketch

    @property
    def lifts(self) -> bool:
        """Whether the post tells of a lift or repeal, which is a story of its own."""
        return self.effect is not None and (
            self.effect.action is Action.LIFT or self.effect.status is EffectStatus.LIFTED
        )


def traits(facts: PostFacts, judgement: Classification, text: Sketch, *, copied: bool = False) -> Traits:
    """Take a post apart; of one with a known text only what its judgement says."""
    read = NOTHING if copied else terms(facts.text)
    entities = {f"{ENTITY}{e.kind.value}:{e.id}": e for e in judgement.entities}
    forms = {feature: frozenset(entity_forms(entity)) for feature, entity in entities.items()}
    entity_words = frozenset[str]().union(*forms.values())
    named = [
        *(f for f, e in entities.items() if _tells(e)),
        *(t for t in read.all if t in read.names and t not in read.institutions and t not in entity_words),
    ][:_NAMED_IN_PAIRS]
    happens = [t for t in read.all if t.startswith(CONCEPT) and t not in COMMON_CONCEPTS][:_HAPPENINGS]
    pairs = [f"{PAIR}{name}{what}" for name in named for what in happens]
    return Traits(
        facts=facts,
        features=tuple(dict.fromkeys([*read.all, *entities, *pairs])),
        names=read.names,
        marks=read.names | read.numbers,
        institutions=read.institutions,
        entities=entities,
        forms=forms,
        topics=frozenset(t.name for t in judgement.topics),
        effect=judgement.effect,
        shock=judgement.shock,
        urgent=is_urgent(judgement),
        sketch=text,
    )


def entity_forms(entity: Entity) -> Iterator[str]:
    """The terms that an entity's usual name is made of."""
    found = words(entity.name)
    yield from map(stem, found)
    if len(found) > 1 and found[-1].isdigit():
        yield found[-2] + found[-1]


def _tells(entity: Entity) -> bool:
    """Whether an entity and what happens to it make an event: not so for a whole state."""
    return entity.kind is not EntityKind.AGENCY and (entity.kind is not EntityKind.JURISDICTION or "-" in entity.id)


@dataclass(slots=True)
class Story:
    """One event, told by any number of posts."""

    id: UUID
    headline: str
    """Of the first shock; of the first post while there is none."""
    first_seen: datetime
    last_seen: datetime
    touched: datetime
    """The clock of the caller when a post was last added: what is not touched for a window is forgotten."""
    lifts: bool = False
    ends: UUID | None = None
    shock: bool = False
    first_urgent: UUID | None = None
    posts: int = 0
    features: Counter[str] = field(default_factory=Counter)
    """How many of its texts have each."""
    wording: float = 0.0
    """Sum of the squared rarities of the terms of a text, on average over its texts, each when it was added."""
    names: set[str] = field(default_factory=set)
    institutions: set[str] = field(default_factory=set)
    entities: dict[str, Entity] = field(default_factory=dict)
    topics: Counter[Topic] = field(default_factory=Counter)
    actions: Counter[Action] = field(default_factory=Counter)
    actors: set[str] = field(default_factory=set)
    """Who acts and whose law it is."""
    targets: set[str] = field(default_factory=set)
    origin_count: int = 0
    """Independent texts, remembered or not."""
    merged_into: UUID | None = None
    """The story that goes on in its place, by a correction."""
    apart: set[UUID] = field(default_factory=set)
    """Stories that a correction has split from this one."""

    @classmethod
    def open(cls, post: Traits, now: datetime, ends: UUID | None) -> "Story":
        """A new story; its id follows from its first post, so it is the same on any replica."""
        facts = post.facts
        return cls(
            id=uuid5(STORY_NAMESPACE, str(facts.id)),
            headline=headline(facts.text),
            first_seen=facts.at,
            last_seen=facts.at,
            touched=now,
            lifts=post.lifts,
            ends=ends,
        )

    def add(self, post: Traits, now: datetime, wording: float) -> None:
        """Count a post with a text of its own in; `wording`: how much it says."""
        self.origin_count += 1
        self.wording += (wording - self.wording) / self.origin_count
        self.entities |= post.entities
        self.names |= post.names
        self.institutions |= post.institutions
        for feature in post.features:
            self.features[feature] = self.features.get(feature, 0) + 1
        self.add_copy(post, now)

    def add_copy(self, post: Traits, now: datetime) -> None:
        """Count a post in whose text is one of the story's: it says nothing new."""
        self.first_seen = min(self.first_seen, post.facts.at)
        self.last_seen = max(self.last_seen, post.facts.at)
        self.touched = now
        if post.shock:
            self._has_shock(headline(post.facts.text))
        if post.urgent and self.first_urgent is None:
            self.first_urgent = post.facts.id
        self.posts += 1
        self.topics.update(post.topics)
        if post.effect is not None:
            self.actions[post.effect.action] += 1
            self.targets.update(post.effect.targets)
            self.actors.update(who for who in (post.effect.actor, post.effect.jurisdiction) if who)

    def _has_shock(self, headline: str) -> None:
        if not self.shock:
            self.shock, self.headline = True, headline

    def is_about(self, feature: str) -> bool:
        """Whether enough of its texts have a feature for the story to be about it."""
        return self.features[feature] >= ABOUT * self.origin_count

    def take_in(self, other: "Story") -> None:
        """Go on for another story too."""
        self.first_seen = min(self.first_seen, other.first_seen)
        self.last_seen = max(self.last_seen, other.last_seen)
        if other.shock:
            self._has_shock(other.headline)
        self.wording += (other.wording - self.wording) * other.origin_count / (self.origin_count + other.origin_count)
        self.posts += other.posts
        self.features.update(other.features)
        self.topics.update(other.topics)
        self.actions.update(other.actions)
        self.entities |= other.entities
        self.names |= other.names
        self.institutions |= other.institutions
        self.actors |= other.actors
        self.targets |= other.targets
        self.apart = (self.apart | other.apart) - {self.id, other.id}
        self.origin_count += other.origin_count

    def ref(self, why: list[str]) -> StoryRef:
        """The story as a stored post carries it."""
        return StoryRef(
            id=self.id,
            headline=self.headline,
            first_seen=self.first_seen,
            ends=self.ends,
            first_urgent=self.first_urgent,
            why=why,
        )

    def shed(self) -> dict[str, int]:
        """Forget the features that fewest of its texts have, once there are very many; answers them."""
        if len(self.features) <= 2 * FEATURES_OF_A_STORY:
            return {}
        ordered = sorted(self.features.items(), key=lambda t: (-t[1], t[0]))
        self.features = Counter(dict(ordered[:FEATURES_OF_A_STORY]))
        self.names &= self.features.keys()
        self.institutions &= self.features.keys()
        self.entities = {f: e for f, e in self.entities.items() if f in self.features}
        return dict(ordered[FEATURES_OF_A_STORY:])


@dataclass(frozen=True, slots=True)
class Changes:
    """What another replica needs to go on: stories as they are now, and texts that they did not have before."""

    stories: Sequence[Story]
    origins: Sequence[Origin]


STATE: Final = TypeAdapter(Story)
"""A story to and from JSON: how replicas share it and how it survives a restart."""
