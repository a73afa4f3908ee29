"""How much speaks for a post belonging to a story: a sum of named, weighted reasons.

Who acts, where, and what is done are shared by all directives of one government; they support, but alone never join. At
least `SPECIFIC` of the evidence must come from what is acted on (models, chips, laws, vendors, people) or from wording.
What the two sides name and do not share counts against them.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta
from math import sqrt
from typing import Final

from foreshock_shared.contracts.judgement import EntityKind, Topic
from foreshock_store.domain.story import Story, Traits
from foreshock_store.domain.words import words

JOINS: Final = 2.0
"""Evidence from which a post belongs to a story."""
ENDS: Final = 1.2
"""Evidence from which a lift ends a story; action and topic say nothing here."""
SPECIFIC: Final = 1.0
WORDING: Final = 5.0
"""What full agreement of the weighted terms is worth."""

NAME: Final = 0.12
"""What a shared name that is in no gazetteer is worth, times its weight (about 5 for a rare one)."""
NAMES: Final = 1.8
UNSEEN: Final = 100.0
"""About four rare terms."""

_WORTH: Final = {
    EntityKind.MODEL: 1.4,
    EntityKind.LAW: 1.4,
    EntityKind.CHIP: 1.2,
    EntityKind.PERSON: 0.9,
    EntityKind.AGENCY: 0.8,
    EntityKind.VENDOR: 0.7,
    EntityKind.JURISDICTION: 0.4,
}
_GENERAL: Final = frozenset({EntityKind.AGENCY, EntityKind.JURISDICTION})
_PRODUCT: Final = frozenset({EntityKind.MODEL, EntityKind.CHIP})

Rarity = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Wording:
    """The weighted terms of a post, made once and compared with any number of stories."""

    weights: Mapping[str, float]
    size: float

    @classmethod
    def of(cls, terms: Iterable[str], weight: Rarity) -> "Wording":
        """Weigh each term."""
        weights = {term: weight(term) for term in terms}
        return cls(weights, sum(w * w for w in weights.values()))

    def likeness(self, story: Story, named: Set[str]) -> tuple[float, list[str]]:
        """Cosine with the story, whose terms count by the share of its posts that have them; the strongest in common.

        `named` are words of entities that both have: they count once, as entities. Each side is taken as if it held
        `UNSEEN` more, since few words agree by chance.
        """
        common = sorted((story.terms.keys() & self.weights.keys()) - named)
        shared = {term: self.weights[term] ** 2 * sqrt(story.terms[term]) for term in common}
        if not shared:
            return 0.0, []
        size = (self.size + UNSEEN) * (story.wording + UNSEEN * story.posts)
        strongest = sorted(shared, key=lambda term: (-shared[term], term))[:5]
        return min(1.0, sum(shared.values()) / sqrt(size)), strongest


@dataclass(slots=True)
class Evidence:
    """A sum and its parts."""

    total: float = 0.0
    specific: float = 0.0
    reasons: list[tuple[float, str]] = field(default_factory=list)

    def add(self, weight: float, reason: str, *, specific: bool = False) -> None:
        """Count a reason for (or, with a negative weight, against)."""
        self.total += weight
        self.specific += weight if specific else 0.0
        self.reasons.append((weight, reason))

    @property
    def joins(self) -> bool:
        """Whether it is enough."""
        return self.total >= JOINS and self.specific >= SPECIFIC

    def why(self) -> list[str]:
        """The reasons, strongest first, as a person reads them."""
        return [f"{reason} {weight:+.1f}" for weight, reason in sorted(self.reasons, key=lambda r: (-abs(r[0]), r[1]))]


def weigh(post: Traits, story: Story, rarity: Rarity, wording: Wording, window: timedelta) -> Evidence:
    """All that speaks for and against the post belonging to the story."""
    evidence = subject(post, story, rarity, wording)
    _weigh_effect(evidence, post, story)
    _weigh_topics(evidence, post, story)
    apart = abs(post.facts.at - story.last_seen) / window
    if apart > 0.05:
        evidence.add(-0.8 * apart, "time between them")
    return evidence


def subject(post: Traits, story: Story, rarity: Rarity, wording: Wording) -> Evidence:
    """What they are about: shared entities, by kind and rarity, and shared wording."""
    evidence = Evidence()
    common = [post.entities[name] for name in sorted(post.entities.keys() & story.entities.keys())]
    for entity in common:
        evidence.add(
            _WORTH[entity.kind] * rarity(entity.id), f"both name {entity.name}", specific=entity.kind not in _GENERAL
        )
    named = {word for entity in common for word in words(entity.name)}
    likeness, shared = wording.likeness(story, named)
    if shared:
        evidence.add(WORDING * likeness, "both say " + ", ".join(shared), specific=True)
    if names := sorted((post.names & story.names) - named):
        worth = min(NAMES, NAME * sum(wording.weights[name] for name in names))
        evidence.add(worth, "both write of " + ", ".join(names[:5]), specific=True)
    _weigh_strangers(evidence, post, story)
    return evidence


def _weigh_strangers(evidence: Evidence, post: Traits, story: Story) -> None:
    """Two sides that each name products, or laws, vendors or places, and none in common, speak of different things."""
    for kinds, weight, what in (
        (_PRODUCT, -1.0, "models or chips"),
        (frozenset({EntityKind.LAW}), -1.0, "laws"),
        (frozenset({EntityKind.VENDOR}), -0.6, "vendors"),
        (frozenset({EntityKind.JURISDICTION}), -0.6, "jurisdictions"),
    ):
        ours = {name for name, entity in post.entities.items() if entity.kind in kinds}
        theirs = {name for name, entity in story.entities.items() if entity.kind in kinds}
        if ours and theirs and not ours & theirs:
            evidence.add(weight, f"they name different {what}")


def _weigh_effect(evidence: Evidence, post: Traits, story: Story) -> None:
    effect = post.effect
    if effect is None or not story.actions:
        return
    same = effect.action in story.actions
    evidence.add(0.8 if same else -0.8, f"{'the same' if same else 'another'} action ({effect.action.value})")
    if effect.targets and story.targets:
        met = not story.targets.isdisjoint(effect.targets)
        evidence.add(0.8 if met else -2.0, f"{'the same' if met else 'other'} targets", specific=met)
    actors = {who for who in (effect.actor, effect.jurisdiction) if who}
    if actors and story.actors:
        met = not story.actors.isdisjoint(actors)
        evidence.add(0.4 if met else -1.0, f"{'the same' if met else 'another'} actor or jurisdiction")


def _weigh_topics(evidence: Evidence, post: Traits, story: Story) -> None:
    if post.topics & story.topics.keys():
        return
    comment = post.topics == {Topic.OPINION} or story.topics.keys() == {Topic.OPINION}
    evidence.add(-0.4 if comment else -1.2, "no topic in common")
