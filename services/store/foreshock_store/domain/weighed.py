"""A post's features as evidence: each of a sort, with what it is worth, looked up once for any number of stories."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from foreshock_store.domain.rarity import ENTITY, PAIR
from foreshock_store.domain.story import Traits
from foreshock_store.domain.terms import AMOUNT, CONCEPT

RARE: Final = 0.6
"""From this rarity on a name points at something."""
_POINTS: Final = {"happening": 0.7, "institution": 0.6, "word": 0.5}
"""What a sort of feature counts in finding stories, beside what names one thing. Odd words that two posts share by
chance must not keep the story of the thing that a post names out of sight."""
_MARKED: Final = {ENTITY: "", PAIR: "pair", AMOUNT: "amount", CONCEPT: "happening"}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A post's features, looked up once and compared with any number of stories."""

    rarities: Mapping[str, float]
    features: Sequence[tuple[str, str, float]]
    """Each feature that says something, its sort, and what it is worth within the sort."""
    wording: float
    """Sum of the squared rarities of its terms."""
    distinct: Set[str]
    """Names that point at something."""
    pointing: Sequence[tuple[float, str]]
    """How much each feature points at the stories that have it, most first."""

    @classmethod
    def of(cls, post: Traits, rarities: Mapping[str, float]) -> "Weighed":
        """Weigh each feature."""
        features = [
            (f, sort, weight * rarities[_named_in(f)] if sort == "pair" else weight)
            for f, weight in rarities.items()
            if weight > 0 and (sort := _sort(f, post))
        ]
        wording = sum(weight * weight for f, weight in rarities.items() if f[0] not in (ENTITY, PAIR))
        distinct = {n for n in post.names - post.institutions if rarities[n] > RARE}
        pointing = sorted([(rarities[f] * _POINTS.get(sort, 1.0), f) for f, sort, _ in features], reverse=True)
        return cls(rarities, features, wording, distinct, pointing)


def _sort(feature: str, post: Traits) -> str:
    """What sort of evidence a feature of the post is; none for an entity, which is weighed by its kind."""
    mark = feature[0]
    if mark in _MARKED:
        return _MARKED[mark]
    if feature in post.institutions:
        return "institution"
    if feature not in post.names:
        return "word"
    return "product" if numbered_name(feature) else "name"


def numbered_name(name: str) -> bool:
    """A name with its number is a product, or a case."""
    return name[-1].isdigit() and not name.isdigit()


def _named_in(pair: str) -> str:
    """The entity or name of a pair."""
    return pair[1:].partition(CONCEPT)[0]
