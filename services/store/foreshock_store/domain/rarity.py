"""How much a feature tells one event from another: inverse document frequency, kept from the active stories themselves.

What a post names is counted by stories: all texts on one event say it, however many. Other wording is counted by texts:
a form that many events are told in gathers in few stories, and would look rare there. Both counts follow from the
stories, so replicas share them by exchanging stories, and what leaves the window is no longer counted.

A feature is a term, an entity (`=model:aurora-5`) or a pair of what is named and what happens (`&=vendor:tern~breach`).
Before the stream has shown how common a feature is, it is taken to be as common as its kind mostly is.
"""

from collections.abc import Collection, Iterable, Mapping, Set
from functools import lru_cache
from math import log
from typing import Final

from foreshock_store.domain.concepts import COMMON_CONCEPTS
from foreshock_store.domain.stems import stem
from foreshock_store.domain.terms import AMOUNT, CONCEPT
from foreshock_store.domain.vocabulary import COMMON

ENTITY: Final = "="
PAIR: Final = "&"
PRIOR: Final = 200
"""Stories that we act as if we had seen before the first."""
_OFTEN: Final = 60
"""In how many of these a word of our field occurs."""
_BY_KIND: Final = {"model": 2, "law": 3, "chip": 6, "person": 4, "agency": 8, "vendor": 6, "jurisdiction": 30}
_PROVINCE: Final = 5
_FIELD: Final = COMMON_CONCEPTS | {stem(word) for word in COMMON}
_ASIAN: Final = "\u2fff"
_NAMED: Final = frozenset({ENTITY, PAIR, AMOUNT})
TELLS: Final = 48
"""A feature of more stories points at none of them."""


@lru_cache(maxsize=100_000)
def expected(feature: str) -> int:
    """In how many of `PRIOR` stories the feature would be, going by its kind."""
    mark = feature[0]
    if mark == ENTITY:
        kind, _, ident = feature[1:].partition(":")
        return _PROVINCE if kind == "jurisdiction" and "-" in ident else _BY_KIND[kind]
    if mark in {PAIR, AMOUNT}:
        return 1
    if feature in _FIELD:
        return _OFTEN
    if mark == CONCEPT:
        return 8
    return 6 if mark > _ASIAN and len(feature) == 2 else 2


class Holders:
    """Which active stories have a feature, and how many of their texts. Most features have one holder, kept bare."""

    def __init__(self) -> None:
        self._of: dict[str, int | set[int]] = {}
        self._more: dict[str, int] = {}
        """Texts that have a feature, beyond one for each of its stories."""
        self._stories = 0
        self._texts = 0

    def open(self, texts: int) -> None:
        """Count a story, with as many texts."""
        self._stories += 1
        self._texts += texts

    def close(self, texts: int) -> None:
        """No longer count a story."""
        self._stories -= 1
        self._texts -= texts

    def tell(self, story: int, features: Iterable[str]) -> None:
        """Count one more text of a story."""
        self._texts += 1
        for feature in features:
            self._count(story, feature, 1)

    def add(self, story: int, features: Mapping[str, int]) -> None:
        """Count features of a story, in so many texts each."""
        for feature, texts in features.items():
            self._count(story, feature, texts)

    def remove(self, story: int, features: Mapping[str, int]) -> None:
        """No longer count features of a story, which were in so many texts each."""
        for feature, texts in features.items():
            held = self._of[feature]
            if isinstance(held, int):
                del self._of[feature]
            else:
                held.discard(story)
                if len(held) == 1:
                    self._of[feature] = held.pop()
            if texts > 1:
                self._more[feature] -= texts - 1
                if not self._more[feature]:
                    del self._more[feature]

    def some(self, feature: str) -> Collection[int]:
        """The stories that have it; none where it has become too common to tell any of them."""
        held = self._of.get(feature)
        if held is None:
            return ()
        return (held,) if isinstance(held, int) else held if len(held) <= TELLS else ()

    def rarity(self, feature: str) -> float:
        """0 (in every story) to 1 (in none)."""
        return self.of([feature], {feature})[feature]

    def of(self, features: Iterable[str], names: Set[str]) -> dict[str, float]:
        """The rarities of a post's features: of what it names, among stories, since all texts on one event say it; of
        other wording, among texts, since what is said of everything gathers in few stories.
        """
        in_all, in_texts = log(self._stories + PRIOR), log(self._texts + PRIOR)
        found: dict[str, float] = {}
        for feature in features:
            held = self._of.get(feature)
            count = 0 if held is None else 1 if isinstance(held, int) else len(held)
            total = in_all
            if feature[0] not in _NAMED and feature not in names:
                count += self._more.get(feature, 0)
                total = in_texts
            found[feature] = max(0.0, 1.0 - log(count + expected(feature) + 1) / total)
        return found

    def _count(self, story: int, feature: str, texts: int) -> None:
        held = self._of.get(feature)
        known = False
        if held is None:
            self._of[feature] = story
        elif isinstance(held, int):
            known = held == story
            if not known:
                self._of[feature] = {held, story}
        else:
            known = story in held
            held.add(story)
        if more := texts - (not known):
            self._more[feature] = self._more.get(feature, 0) + more
