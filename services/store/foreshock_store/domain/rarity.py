"""How much a feature tells one event from another: inverse document frequency, kept from the active stories themselves.

A feature is a term, an entity (`=model:aurora-5`) or a pair of what is named and what happens (`&=vendor:tern~breach`).
Before the stream has shown how common a feature is, it is taken to be as common as its kind mostly is.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
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
    """Which stories have a feature, the one touched last at the end. Most features have one holder, kept bare."""

    def __init__(self) -> None:
        self._of: dict[str, int | dict[int, None]] = {}
        self._stories = 0
        self._total = log(PRIOR)

    def add(self, story: int, features: Iterable[str]) -> None:
        """Count a story that is not counted."""
        self._count(1)
        for feature in features:
            held = self._of.get(feature)
            if held is None:
                self._of[feature] = story
            elif isinstance(held, int):
                self._of[feature] = {held: None, story: None}
            else:
                held[story] = None

    def remove(self, story: int, features: Iterable[str]) -> None:
        """No longer count a story, which was counted with these features."""
        self._count(-1)
        for feature in features:
            held = self._of[feature]
            if isinstance(held, int):
                del self._of[feature]
                continue
            del held[story]
            if len(held) == 1:
                self._of[feature] = next(iter(held))

    def latest(self, feature: str, most: int) -> Iterator[int]:
        """The stories that have it, the one touched last first."""
        held = self._of.get(feature)
        if held is None:
            return iter(())
        return iter((held,)) if isinstance(held, int) else islice(reversed(held), most)

    def rarity(self, feature: str) -> float:
        """0 (in every story) to 1 (in none)."""
        held = self._of.get(feature)
        count = 0 if held is None else 1 if isinstance(held, int) else len(held)
        return max(0.0, 1.0 - log(count + expected(feature) + 1) / self._total)

    def _count(self, change: int) -> None:
        self._stories += change
        self._total = log(self._stories + PRIOR)
