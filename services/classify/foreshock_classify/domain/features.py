"""From text to numbers: hashed word and character n-grams with IDF, and cues with their combinations.

Two blocks side by side in one index space:

    [0, NGRAMS)          hashed: word uni- and bigrams, character 4- and 5-grams, in unspaced scripts 1- to 3-grams
    [NGRAMS, DIMENSION)  cues: each kind anywhere, in the opening sentence, often, most often; pairs within a sentence;
                         one kind straight after another; frames: who, does what, to what, how surely

Every n-gram carries the place in the text that it comes from, so that a decision can be traced back to words.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul
from typing import Final

import numpy as np

from foreshock_classify.domain.cues import Cue, kinds
from foreshock_classify.domain.ngrams import NGRAMS, Indices, hashed_ngrams
from foreshock_classify.domain.normalise import Text
from foreshock_shared.contracts.post import SourceKind, Tier

_WHO: Final = {
    "state": {"government", "named_agency", "jurisdiction", "parliament", "court", "local", "person"},
    "provider": {"vendor"},
}
_WHAT: Final = {"bind": {"bind"}, "relax": {"relax"}, "enact": {"enact", "tariff", "order", "named_law"}}
_TO_WHAT: Final = {
    "core": {"model", "chip", "equipment", "datacentre", "named_model", "named_chip", "ai", "robot", "use"},
    "people": {"people", "data"},
    "other": {"other_tech", "goods", "game"},
}
_HOW: Final = {
    "unsure": {"hypo", "proposal", "rumour"},
    "not": {"negation"},
    "talk": {"opinion", "reaction", "past", "company", "litigation"},
}
_ROLES: Final = (_WHO, _WHAT, _TO_WHAT, _HOW)
_FRAME_SHAPE: Final = tuple(len(role) + 1 for role in _ROLES)
_FRAME_PLACES: Final = [int(np.prod(_FRAME_SHAPE[role + 1 :])) for role in range(len(_ROLES))]
_FRAMES: Final = int(np.prod(_FRAME_SHAPE))
_THEMES: Final = frozenset(
    {
        "funding",
        "release",
        "research",
        "security",
        "outage",
        "talent",
        "market",
        "compute",
        "litigation",
        "opinion",
        "game",
        "goods",
    }
)
"""Kinds that a post can be about; the one with most cues is its theme."""
_NAMES: Final = frozenset({"vendor", "named_model", "person"})
_OFTEN: Final = 3
"""Cues of one kind from which a text is taken to dwell on it."""
_LENGTHS: Final = 7
"""Classes of length, each four times as long as the one before."""


CUE_BLOCK: Final = 1.5
"""Length of the cue block where the n-gram block has length one. Chosen on held-back posts; flat from 1 to 3."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a model reads. `ngrams` may repeat; `starts` and `ends` say where each comes from."""

    ngrams: Indices
    starts: Indices
    ends: Indices
    cues: Indices


class _Layout:
    """Where each group of cue features begins."""

    def __init__(self) -> None:
        self.number = {kind: i for i, kind in enumerate(kinds())}
        n = len(self.number)
        self.size = n
        self.anywhere = NGRAMS
        self.opening = self.anywhere + n
        self.often = self.opening + n
        self.theme = self.often + n
        self.pairs = self.theme + n
        self.follows = self.pairs + n * n
        self.frames = self.follows + n * n
        self.source = self.frames + 2 * _FRAMES
        self.length = self.source + len(SourceKind)
        self.dimension = self.length + _LENGTHS
        self.roles = {
            kind: tuple(
                (r, v) for r, role in enumerate(_ROLES) for v, members in enumerate(role.values(), 1) if kind in members
            )
            for kind in self.number
        }


_LAYOUT: Final = _Layout()
DIMENSION: Final = _LAYOUT.dimension
_SOURCES: Final = {kind: i for i, kind in enumerate(SourceKind)}
_FIRST_HAND: Final = frozenset({Tier.OFFICIAL, Tier.PROVIDER})


def kind_index(kind: str) -> int:
    """The feature that says that a kind of cue stands anywhere in the text."""
    return _LAYOUT.anywhere + _LAYOUT.number[kind]


def cue_value(cues: Indices) -> float:
    """What each cue feature counts: the block keeps its length however many there are."""
    return CUE_BLOCK / math.sqrt(max(1, len(cues)))


def extract(text: Text, cues: Sequence[Cue], source_kind: SourceKind, tier: Tier) -> Features:
    """All features of a post."""
    ngrams, starts, ends = hashed_ngrams(_nameless(text.folded, cues))
    return Features(ngrams, starts, ends, cue_indices(text, cues, source_kind, tier))


def _nameless(folded: str, cues: Sequence[Cue]) -> str:
    """The text with names blanked out: who is named is a cue, but no name of itself makes a post what it is."""
    parts, reached = [], 0
    for cue in cues:
        if cue.kind in _NAMES and cue.start >= reached:
            parts += [folded[reached : cue.start], " " * (cue.end - cue.start)]
            reached = cue.end
    return "".join([*parts, folded[reached:]])


def cue_indices(text: Text, cues: Sequence[Cue], source_kind: SourceKind, tier: Tier) -> Indices:
    """The cue block alone: cheap enough to be asked again with one cue left out."""
    at, number, size = _LAYOUT, _LAYOUT.number, _LAYOUT.size
    standing = SourceKind.OFFICIAL if tier in _FIRST_HAND else source_kind
    length = min(_LENGTHS - 1, len(text.folded).bit_length() // 2)
    found: set[int] = {at.source + _SOURCES[standing], at.length + length}
    counts: dict[str, int] = {}
    for cue in cues:
        counts[cue.kind] = counts.get(cue.kind, 0) + 1
    found.update([at.often + number[kind] for kind, count in counts.items() if count >= _OFTEN])
    themes = [(count, kind) for kind, count in counts.items() if kind in _THEMES]
    if themes:
        found.add(at.theme + number[max(themes)[1]])
    for index, sentence in enumerate(_sentences(cues)):
        codes = [number[cue.kind] for cue in sentence]
        found.update([at.anywhere + code for code in codes])
        if index == 0:
            found.update([at.opening + code for code in codes])
        found.update([at.follows + a * size + b for a, b in pairwise(codes)])
        distinct = sorted(set(codes))
        found.update([at.pairs + a * size + b for i, a in enumerate(distinct) for b in distinct[i + 1 :]])
        frame = at.frames + _frame(sentence)
        found.update((frame, frame + _FRAMES) if index == 0 else (frame,))
    return np.fromiter(found, np.int64, len(found))


def _sentences(cues: Sequence[Cue]) -> Iterator[list[Cue]]:
    current: list[Cue] = []
    for cue in cues:
        if current and cue.sentence != current[0].sentence:
            yield current
            current = []
        current.append(cue)
    if current:
        yield current


def _frame(sentence: list[Cue]) -> int:
    """Who, does what, to what, how surely, as one number; of several fillers of a role the first listed wins."""
    slots = [0] * len(_ROLES)
    for cue in sentence:
        for role, value in _LAYOUT.roles[cue.kind]:
            if not slots[role] or value < slots[role]:
                slots[role] = value
    return sum(map(mul, slots, _FRAME_PLACES))
