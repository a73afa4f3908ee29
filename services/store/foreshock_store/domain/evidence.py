"""How much speaks for a post belonging to a story: a sum of named, weighted reasons.

A shared feature counts by its rarity among the active stories and by the share of the story's texts that have it; each
further feature of a sort counts less, since what is said together is not independent. Who acts, where, and how agencies
are named is shared by all directives of one government: it supports, but alone never joins. At least `SPECIFIC` of the
evidence must come from what is acted on (models, chips, laws, vendors, people, names), from what happens to it, or from
wording. What the two sides name and do not share counts against them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta
from math import sqrt
from typing import Final

from foreshock_shared.contracts.judgement import Action, Entity, EntityKind, Topic
from foreshock_store.domain.rarity import ENTITY, PAIR
from foreshock_store.domain.story import GENERAL, Story, Traits, entity_forms
from foreshock_store.domain.terms import CONCEPT
from foreshock_store.domain.weighed import RARE, Weighed, numbered_name

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
PRODUCT: Final = 1.3
"""A name with its number."""
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

Rarities = Callable[[Collection[str], Set[str]], Mapping[str, float]]
"""How rare features are of which some are names."""
_SORTS: Final = (
    ("product", PRODUCT, "both write of", True),
    ("name", NAME, "both write of", True),
    ("pair", HAPPENS_TO, "the same happens to the same one:", True),
    ("amount", AMOUNT_WORTH, "both count", True),
    ("happening", HAPPENING, "both tell of", False),
    ("institution", INSTITUTION, "the same institution:", False),
)
"""Sorts of features, what they are worth, what is said of them, and whether they are specific."""
_WRITTEN: Final = frozenset({"name", "word"})
_ANCHORING: Final = frozenset({"product", "name", "amount"})
_NOTHING: Final[Mapping[str, float]] = {}
_TOLD: Final = 0.05
"""What weighs less is not told as a reason."""


@dataclass(slots=True)
class Evidence:
    """A sum and its parts."""

    total: float = 0.0
    specific: float = 0.0
    anchored: bool = False
    """Whether both name something that can be pointed at: more than wording and kinds of happenings."""
    reasons: list[tuple[float, str, Mapping[str, float]]] = field(default_factory=list)

    def add(
        self, weight: float, reason: str, shared: Mapping[str, float] = _NOTHING, *, specific: bool = False
    ) -> None:
        """Count a reason for (or, with a negative weight, against), and what is shared."""
        self.total += weight
        self.specific += weight if specific else 0.0
        self.reasons.append((weight, reason, shared))

    @property
    def joins(self) -> bool:
        """Whether it is enough."""
        return self.total >= (JOINS if self.anchored else UNANCHORED) and self.specific >= SPECIFIC

    def why(self) -> list[str]:
        """The reasons, strongest first, as a person reads them."""
        told = [(weight, f"{reason} {_listed(shared)}".strip()) for weight, reason, shared in self.reasons]
        told = sorted((each for each in told if abs(each[0]) >= _TOLD), key=lambda r: (-abs(r[0]), r[1]))
        return [f"{reason} {weight:+.1f}" for weight, reason in told]


def weigh(post: Traits, story: Story, weighed: Weighed, rarities: Rarities, least: float = 0.0) -> Evidence:
    """All that speaks for the post belonging to the story; and against it, if that can matter: at more than `least`."""
    evidence = _shared(post, story, weighed)
    _weigh_effect(evidence, post, story)
    _weigh_topics(evidence, post, story)
    apart = max(post.facts.at - story.last_seen, story.first_seen - post.facts.at, timedelta(0)) / timedelta(days=1)
    if apart > 1:
        evidence.add(-A_DAY * apart, "time between them")
    if evidence.joins and evidence.total > least:
        _weigh_strangers(evidence, post, story, weighed, rarities)
    return evidence


def subject(post: Traits, story: Story, weighed: Weighed, rarities: Rarities) -> Evidence:
    """What they are about: what both name, what happens, and wording."""
    evidence = _shared(post, story, weighed)
    _weigh_strangers(evidence, post, story, weighed, rarities)
    return evidence


def _shared(post: Traits, story: Story, weighed: Weighed) -> Evidence:
    evidence = Evidence()
    counted = _weigh_entities(evidence, post, story, weighed)
    sorts, wording = _gains(story, weighed, counted)
    for sort, worth, said, specific in _SORTS:
        if found := sorts.get(sort):
            evidence.add(worth * _together(found), said, found, specific=specific)
            evidence.anchored |= sort in _ANCHORING and max(found.values()) > _ANCHORS
    if found := sorts.get("word"):
        pieces = [gain for f, gain in found.items() if f[0] > _ASIAN and gain > _ANCHORS]
        evidence.anchored |= len(pieces) >= _PIECES  # names of these scripts show in nothing else
        squares = {f: (gain * _BIGRAM if f[0] > _ASIAN and len(f) == 2 else gain) ** 2 for f, gain in found.items()}
        evidence.add(WORD * _together(squares), "both say", squares, specific=True)
    if wording:
        size = sqrt((UNSEEN + weighed.wording) * (UNSEEN + story.wording))
        evidence.add(LIKENESS * wording / size, "wording in common", specific=True)
    return evidence


def _gains(story: Story, weighed: Weighed, counted: Set[str]) -> tuple[dict[str, dict[str, float]], float]:
    """What they share beside entities and their terms, by sort, and the likeness of their wording, unscaled."""
    sorts: defaultdict[str, dict[str, float]] = defaultdict(dict)
    found_in, texts, wording = story.features, story.origin_count, 0.0
    for feature, sort, worth in weighed.features:
        times = found_in.get(feature)
        if times is None or feature in counted:
            continue
        gain = worth if times == texts else worth * sqrt(times / texts)
        if sort != "pair":
            wording += weighed.rarities[feature] * gain
        sorts[_as_told(feature, sort, story) if sort in _WRITTEN else sort][feature] = gain
    return sorts, wording


def _as_told(feature: str, sort: str, story: Story) -> str:
    """What sort it is, going by the posts of the story too."""
    if feature in story.institutions:
        return "institution"
    return "name" if feature in story.names else sort


def _together(gains: Mapping[str, float]) -> float:
    total = 0.0
    for gain in sorted(gains.values()):
        total = total * FURTHER + gain
    return total


def _listed(gains: Mapping[str, float]) -> str:
    strongest = sorted(gains, key=lambda f: (-gains[f], f))[:5]
    return ", ".join(f.replace(PAIR + ENTITY, "").replace(CONCEPT, " ").strip(f"{PAIR} ") for f in strongest)


def _weigh_entities(evidence: Evidence, post: Traits, story: Story, weighed: Weighed) -> Set[str]:
    """Count shared entities; answers the terms that these are made of, which count no more."""
    by_kind: dict[EntityKind, dict[str, float]] = {}
    counted: set[str] = set()
    for feature, entity in post.entities.items():
        if times := story.features.get(feature):
            by_kind.setdefault(entity.kind, {})[entity.name] = weighed.rarities[feature] * sqrt(
                times / story.origin_count
            )
            counted |= post.forms[feature]
    for kind, found in by_kind.items():
        evidence.add(_WORTH[kind] * _together(found), "both name", found, specific=kind not in GENERAL)
        evidence.anchored |= kind not in GENERAL or max(found.values()) > _ANCHORS
    return counted


def _weigh_strangers(evidence: Evidence, post: Traits, story: Story, weighed: Weighed, rarities: Rarities) -> None:
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
    ours_only = weighed.distinct
    if not ours_only or not ours_only.isdisjoint(story.features):
        return
    named = {n for n, weight in rarities(story.names - story.institutions, story.names).items() if weight > RARE}
    theirs_only = {n for n in named if story.is_about(n)}
    if named and not theirs_only:
        evidence.add(-0.8, "it names others than any post of the story")
    elif theirs_only and theirs_only.isdisjoint(post.features):
        numbered = any(map(numbered_name, ours_only)) and any(map(numbered_name, theirs_only))
        evidence.add(-1.2 if numbered else -0.4, "they write of different names")


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
