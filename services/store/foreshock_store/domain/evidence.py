"""How much speaks for a post belonging to a story: a sum of named, weighted reasons.

A shared feature counts by its rarity among the active stories and by the share of the story's posts that have it; each
further feature of a sort counts less, since what is said together is not independent. Who acts, where, and how agencies
are named is shared by all directives of one government: it supports, but alone never joins. At least `SPECIFIC` of the
evidence must come from what is acted on (models, chips, laws, vendors, people, names), from what happens to it, or from
wording. What the two sides name and do not share counts against them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta
from math import sqrt
from typing import Final

from foreshock_shared.contracts.judgement import Action, Entity, EntityKind, Topic
from foreshock_store.domain.rarity import ENTITY, PAIR
from foreshock_store.domain.story import GENERAL, Story, Traits, entity_forms
from foreshock_store.domain.terms import AMOUNT, CONCEPT

JOINS: Final = 1.5
"""Evidence from which a post belongs to a story."""
UNANCHORED: Final = 2.0
"""The same where they share wording alone: posts of one form have that in common, whatever they tell of."""
ENDS: Final = 1.2
"""Evidence from which a lift ends a story; action and topic say nothing here."""
SPECIFIC: Final = 0.9

_WORTH: Final = {
    EntityKind.MODEL: 1.4,
    EntityKind.LAW: 1.2,
    EntityKind.CHIP: 1.0,
    EntityKind.PERSON: 0.8,
    EntityKind.VENDOR: 0.7,
    EntityKind.AGENCY: 0.6,
    EntityKind.JURISDICTION: 0.4,
}
NAME: Final = 1.0
INSTITUTION: Final = 0.35
AMOUNT_WORTH: Final = 0.9
HAPPENING: Final = 0.7
HAPPENS_TO: Final = 1.3
"""The same thing happens to the same one."""
WORD: Final = 0.55
LIKENESS: Final = 2.0
"""What full agreement of the weighted terms is worth."""
UNSEEN: Final = 3.0
"""Each side is taken as if it held so much more wording, since few words agree by chance."""
FURTHER: Final = 0.7
"""What each further feature of a sort counts beside the one before."""
A_DAY: Final = 0.035
_RARE: Final = 0.6
_ANCHORS: Final = 0.4
"""Gain of a name, or of an agency or place, that is enough to point at something."""
_PIECES: Final = 4
_ASIAN: Final = "\u2fff"
_BIGRAM: Final = 0.6

_ALIKE: Final = {
    Action.SUSPEND: Action.BAN,
    Action.RESTRICT: Action.BAN,
    Action.LICENCE: Action.BAN,
    Action.SANCTION: Action.BAN,
    Action.LIFT: Action.PERMIT,
}
"""Actions that reports of one event use for one another."""

Rarity = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The rarities of a post's features, looked up once and compared with any number of stories."""

    rarities: Mapping[str, float]
    wording: float

    @classmethod
    def of(cls, post: Traits, rarity: Rarity) -> "Weighed":
        """Weigh each feature."""
        rarities = {feature: rarity(feature) for feature in post.features}
        return cls(rarities, squares_of(dict.fromkeys(post.features, 1), rarities.__getitem__))


@dataclass(slots=True)
class Evidence:
    """A sum and its parts."""

    total: float = 0.0
    specific: float = 0.0
    anchored: bool = False
    """Whether both name something that can be pointed at: more than wording and kinds of happenings."""
    reasons: list[tuple[float, str]] = field(default_factory=list)

    def add(self, weight: float, reason: str, *, specific: bool = False) -> None:
        """Count a reason for (or, with a negative weight, against)."""
        self.total += weight
        self.specific += weight if specific else 0.0
        self.reasons.append((weight, reason))

    @property
    def joins(self) -> bool:
        """Whether it is enough."""
        return self.total >= (JOINS if self.anchored else UNANCHORED) and self.specific >= SPECIFIC

    def why(self) -> list[str]:
        """The reasons, strongest first, as a person reads them."""
        told = [(weight, reason) for weight, reason in self.reasons if abs(weight) >= 0.05]
        return [f"{reason} {weight:+.1f}" for weight, reason in sorted(told, key=lambda r: (-abs(r[0]), r[1]))]


def weigh(post: Traits, story: Story, weighed: Weighed, rarity: Rarity) -> Evidence:
    """All that speaks for and against the post belonging to the story."""
    evidence = subject(post, story, weighed, rarity)
    _weigh_effect(evidence, post, story)
    _weigh_topics(evidence, post, story)
    apart = max(post.facts.at - story.last_seen, story.first_seen - post.facts.at, timedelta(0)) / timedelta(days=1)
    if apart > 1:
        evidence.add(-A_DAY * apart, "time between them")
    return evidence


def subject(post: Traits, story: Story, weighed: Weighed, rarity: Rarity) -> Evidence:
    """What they are about: what both name, what happens, and wording."""
    evidence = Evidence()
    found_in = story.features
    gains = {f: weight * sqrt(found_in[f] / story.posts) for f, weight in weighed.rarities.items() if f in found_in}
    counted = _weigh_entities(evidence, post, gains)
    sorts: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for feature, gain in gains.items():
        if feature[0] != ENTITY and feature not in counted:
            sort = _sort(feature, post, story)
            sorts[sort][feature] = gain * weighed.rarities[_named_in(feature)] if sort == "pair" else gain
    for sort, worth, said, specific in (
        ("name", NAME, "both write of", True),
        ("pair", HAPPENS_TO, "the same happens to the same one:", True),
        ("amount", AMOUNT_WORTH, "both count", True),
        ("happening", HAPPENING, "both tell of", False),
        ("institution", INSTITUTION, "the same institution:", False),
    ):
        if found := sorts[sort]:
            evidence.add(worth * _together(found), f"{said} {_listed(found)}", specific=specific)
            evidence.anchored |= sort in {"name", "amount"} and max(found.values()) > _ANCHORS
    if found := sorts["word"]:
        squares = {f: (gain * _BIGRAM if f[0] > _ASIAN and len(f) == 2 else gain) ** 2 for f, gain in found.items()}
        pieces = [f for f, gain in found.items() if f[0] > _ASIAN and gain > _ANCHORS]
        evidence.anchored |= len(pieces) >= _PIECES  # names of these scripts show in nothing else
        evidence.add(WORD * _together(squares), f"both say {_listed(squares)}", specific=True)
    wording = sum(
        weighed.rarities[f] * gain for f, gain in gains.items() if f[0] not in (ENTITY, PAIR) and f not in counted
    )
    if wording:
        size = sqrt((UNSEEN + weighed.wording) * (UNSEEN + story.wording))
        evidence.add(LIKENESS * wording / size, "wording in common", specific=True)
    _weigh_strangers(evidence, post, story, weighed, rarity)
    return evidence


def _sort(feature: str, post: Traits, story: Story) -> str:
    if feature[0] == PAIR:
        return "pair"
    if feature[0] == AMOUNT:
        return "amount"
    if feature[0] == CONCEPT:
        return "happening"
    if feature in post.institutions or feature in story.institutions:
        return "institution"
    return "name" if feature in post.names or feature in story.names else "word"


def _named_in(pair: str) -> str:
    """The entity or name of a pair."""
    return pair[1:].partition(CONCEPT)[0]


def _together(gains: Mapping[str, float]) -> float:
    return sum(gain * FURTHER**at for at, gain in enumerate(sorted(gains.values(), reverse=True)))


def _listed(gains: Mapping[str, float]) -> str:
    strongest = sorted(gains, key=lambda f: (-gains[f], f))[:5]
    return ", ".join(f.replace(PAIR + ENTITY, "").replace(CONCEPT, " ").strip(f"{PAIR} ") for f in strongest)


def squares_of(features: Mapping[str, int], rarity: Rarity) -> float:
    """Sum of the squared rarities of terms, each as often as it occurs."""
    return sum(rarity(f) ** 2 * n for f, n in features.items() if f[0] not in (ENTITY, PAIR))


def _weigh_entities(evidence: Evidence, post: Traits, gains: Mapping[str, float]) -> Set[str]:
    """Count shared entities; answers the terms that these are made of, which count no more."""
    by_kind: defaultdict[EntityKind, dict[str, float]] = defaultdict(dict)
    counted: set[str] = set()
    for feature, gain in gains.items():
        if feature[0] == ENTITY:
            entity = post.entities[feature]
            by_kind[entity.kind][entity.name] = gain
            counted.update(entity_forms(entity))
    for kind, found in by_kind.items():
        names = ", ".join(sorted(found, key=lambda name: (-found[name], name))[:5])
        evidence.add(_WORTH[kind] * _together(found), f"both name {names}", specific=kind not in GENERAL)
        evidence.anchored |= kind not in GENERAL or max(found.values()) > _ANCHORS
    return counted


def _weigh_strangers(evidence: Evidence, post: Traits, story: Story, weighed: Weighed, rarity: Rarity) -> None:
    """Two sides that each name products, or laws, vendors or places, and none in common, speak of different things."""
    for kinds, weight, what in (
        (frozenset({EntityKind.MODEL, EntityKind.CHIP}), -1.2, "models or chips"),
        (frozenset({EntityKind.LAW}), -0.6, "laws"),
        (frozenset({EntityKind.VENDOR}), -0.4, "vendors"),
        (frozenset({EntityKind.JURISDICTION}), -0.5, "jurisdictions"),
    ):
        ours = {f: e for f, e in post.entities.items() if e.kind in kinds}
        theirs = {f: e for f, e in story.entities.items() if e.kind in kinds}
        if ours and not ours.keys() & theirs.keys() and any(map(story.is_about, theirs)) and not _akin(ours, theirs):
            evidence.add(weight, f"they name different {what}")
    ours_only = {n for n in post.names - post.institutions if weighed.rarities[n] > _RARE}
    if not ours_only or not ours_only.isdisjoint(story.features):
        return
    named = {n for n in story.names if n not in story.institutions and rarity(n) > _RARE}
    theirs_only = {n for n in named if story.is_about(n)}
    if named and not theirs_only:
        evidence.add(-0.8, "it names others than any post of the story")
    elif theirs_only and theirs_only.isdisjoint(post.features):
        numbered = any(map(_numbered, ours_only)) and any(map(_numbered, theirs_only))
        evidence.add(-1.2 if numbered else -0.4, "they write of different names")


def _numbered(name: str) -> bool:
    """A name with its number is a product, or a case."""
    return name[-1].isdigit() and not name.isdigit()


def _akin(some: Mapping[str, Entity], others: Mapping[str, Entity]) -> bool:
    """Whether names have a word in common, as a model and its family have."""
    return not {w for e in some.values() for w in entity_forms(e) if w.isalpha()}.isdisjoint(
        w for e in others.values() for w in entity_forms(e)
    )


def _weigh_effect(evidence: Evidence, post: Traits, story: Story) -> None:
    effect = post.effect
    if effect is None or not story.actions:
        return
    alike = {_ALIKE.get(action, action) for action in story.actions}
    same = _ALIKE.get(effect.action, effect.action) in alike
    evidence.add(0.5 if same else -0.3, f"{'the same' if same else 'another'} kind of action ({effect.action.value})")
    if effect.targets and story.targets:
        met = not story.targets.isdisjoint(effect.targets)
        evidence.add(0.6 if met else -1.5, f"{'the same' if met else 'other'} targets", specific=met)
    actors = {who for who in (effect.actor, effect.jurisdiction) if who}
    if actors and story.actors:
        met = not story.actors.isdisjoint(actors)
        evidence.add(0.2 if met else -0.8, f"{'the same' if met else 'another'} actor or jurisdiction")


def _weigh_topics(evidence: Evidence, post: Traits, story: Story) -> None:
    if post.topics & story.topics.keys():
        return
    comment = post.topics == {Topic.OPINION} or story.topics.keys() == {Topic.OPINION}
    evidence.add(-0.1 if comment else -0.25, "no topic in common")
