"""Finding many terms in a text at once (Aho and Corasick, 1975), at word boundaries in scripts that have them.

A term ends with `*` where any ending will do. Chinese, Japanese and Korean are written without boundaries, or with
endings joined to the word; there a term matches anywhere, and a Latin word beside such a letter stands alone.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ahocorasick_rs import MATCHKIND_STANDARD, AhoCorasick, Implementation

_FIRST_UNSPACED: Final = "\u2e80"


Match = tuple[int, int, int]
"""Where a term stands, from and to, and its number."""


def joins(letter: str) -> bool:
    """Whether a letter written beside a word belongs to that word."""
    return letter < _FIRST_UNSPACED and letter.isalnum()


class Terms:
    """An automaton over folded terms. Raises ValueError for a term that could never match."""

    def __init__(self, terms: Iterable[str]) -> None:
        given = list(terms)
        if lost := [term for term in given if "*" in term[:-1]]:
            raise ValueError(f"a * may only end a term; write out what is meant by {lost}")
        bare = [term.removesuffix("*") for term in given]
        self._left = [joins(term[0]) for term in bare]
        self._right = [joins(term[-1]) and not full.endswith("*") for term, full in zip(bare, given, strict=True)]
        self._automaton = AhoCorasick(bare, MATCHKIND_STANDARD, implementation=Implementation.ContiguousNFA)

    def find(self, folded: str) -> Iterator[Match]:
        """Every match, overlapping ones too, by where they end."""
        left, right, size = self._left, self._right, len(folded)
        for term, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if left[term] and start and (before := folded[start - 1]) < _FIRST_UNSPACED and before.isalnum():
                continue
            if right[term] and end < size and (after := folded[end]) < _FIRST_UNSPACED and after.isalnum():
                continue
            yield start, end, term
