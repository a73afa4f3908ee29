"""What is known of one story, and what one post contributes to it. All of it can be written down and read back."""

from collections import Counter
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
    Topic,
)
from foreshock_store.domain.copies import Sketch, is_copy, sketch
from foreshock_store.domain.vocabulary import COMMON, EMPTY
from foreshock_store.domain.words import capitalised, prose, words

STORY_NAMESPACE: Final = UUID("0e0c6f5a-93a4-5d0c-8d64-1f6b0a5d7c11")
TERMS_OF_A_POST: Final = 48
TERMS_OF_A_STORY: Final = 64
ORIGINS_OF_A_STORY: Final = 32
HEADLINE: Final = 160


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
    terms: tuple[str, ...]
    names: frozenset[str]
    """Those of its terms that are written as names and are no common words: entities that no gazetteer lists yet."""
    entities: dict[str, Entity]
    topics: frozenset[Topic]
    effect: Effect | None
    shock: bool
    sketch: Sketch

    @property
    def lifts(self) -> bool:
        """Whether the post tells of a lift or repeal, which is a story of its own."""
        return self.effect is not None and (
            self.effect.action is Action.LIFT or self.effect.status is EffectStatus.LIFTED
        )


def traits(facts: PostFacts, judgement: Classification) -> Traits:
    """Take a post apart. Its terms are the distinct words that can tell one event from another, names before others."""
    text = prose(facts.text)
    names = capitalised(text)
    distinct = dict.fromkeys(w for w in words(text) if len(w) > 1 and w not in EMPTY)
    terms = sorted(distinct, key=lambda w: w not in names)[:TERMS_OF_A_POST]
    return Traits(
        facts=facts,
        terms=tuple(terms),
        names=names.intersection(terms) - COMMON,
        entities={e.id: e for e in judgement.entities},
        topics=frozenset(t.name for t in judgement.topics),
        effect=judgement.effect,
        shock=judgement.shock,
        sketch=sketch(facts.text),
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """An independent text of a story, by the id of its first post."""

    id: UUID
    sketch: Sketch


@dataclass(slots=True)
class Story:
    """One event, told by any number of posts."""

    id: UUID
    headline: str
    first_seen: datetime
    last_seen: datetime
    touched: datetime
    """The clock of the caller when a post was last added: what is not touched for a window is forgotten."""
    lifts: bool = False
    ends: UUID | None = None
    shock: bool = False
    posts: int = 0
    terms: Counter[str] = field(default_factory=Counter)
    wording: float = 0.0
    """Sum of the squared weights of its terms, by their rarity when a post was last added."""
    names: set[str] = field(default_factory=set)
    entities: dict[str, Entity] = field(default_factory=dict)
    topics: Counter[Topic] = field(default_factory=Counter)
    actions: Counter[Action] = field(default_factory=Counter)
    actors: set[str] = field(default_factory=set)
    """Who acts and whose law it is."""
    targets: set[str] = field(default_factory=set)
    origins: list[Origin] = field(default_factory=list)

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

    def add(self, post: Traits, now: datetime) -> UUID:
        """Take a post in; answers its origin: the first post with this text, or its own id."""
        self.posts += 1
        self.first_seen = min(self.first_seen, post.facts.at)
        self.last_seen = max(self.last_seen, post.facts.at)
        self.touched = max(self.touched, now)
        self.shock |= post.shock
        self.topics.update(post.topics)
        self.entities |= post.entities
        self._add_terms(post.terms)
        self.names = (self.names | post.names).intersection(self.terms)
        if post.effect is not None:
            self._add_effect(post.effect)
        return self._origin_of(post)

    def copied(self, post: Traits) -> UUID | None:
        """The origin whose text this post copies."""
        return next((origin.id for origin in self.origins if is_copy(origin.sketch, post.sketch)), None)

    def ref(self, why: list[str]) -> StoryRef:
        """The story as a stored post carries it."""
        return StoryRef(id=self.id, headline=self.headline, first_seen=self.first_seen, ends=self.ends, why=why)

    def _add_terms(self, terms: tuple[str, ...]) -> None:
        self.terms.update(terms)
        if len(self.terms) > 2 * TERMS_OF_A_STORY:
            kept = sorted(self.terms.items(), key=lambda t: (-t[1], t[0]))[:TERMS_OF_A_STORY]
            self.terms = Counter(dict(kept))

    def _add_effect(self, effect: Effect) -> None:
        self.actions[effect.action] += 1
        self.targets.update(effect.targets)
        self.actors.update(who for who in (effect.actor, effect.jurisdiction) if who)

    def _origin_of(self, post: Traits) -> UUID:
        known = self.copied(post)
        if known is not None:
            return known
        if len(self.origins) < ORIGINS_OF_A_STORY:
            self.origins.append(Origin(post.facts.id, post.sketch))
        return post.facts.id


def headline(text: str) -> str:
    """The text cut to one line."""
    line = " ".join(text.split())
    return line if len(line) <= HEADLINE else line[: HEADLINE - 1].rstrip() + "…"


STATE: Final = TypeAdapter(Story)
"""A story to and from JSON: how replicas share it and how it survives a restart."""
