"""From text to numbers: hashed word and character n-grams with IDF, and cues with their combinations.

Two blocks side by side in one index space:

    [0, NGRAMS)          hashed: word uni- and bigrams, character 4- and 5-grams, in unspaced scripts 1- to 3-grams
    [NGRAMS, DIMENSION)  cues: each kind anywhere, in the opening sentence, often, most often; pairs within a sentence;
                         one kind straight after another; frames: who, does what, to what, how surely

Every n-gram carries the place in the text that it comes from, so that a decision can be traced back to words. Hashing
is arithmetic over whole arrays of code points; no n-gram is ever a Python object.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.cues import Cue, kinds
from foreshock_classify.domain.normalise import TEXT_LIMIT, Text
from foreshock_shared.contracts.post import SourceKind, Tier

Indices = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Bools = NDArray[np.bool_]

NGRAMS: Final = 1 << 16
_MASK: Final = np.uint64(NGRAMS - 1)
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(47)
_WORD_SEED: Final = np.uint64(0x51ED270B27F1)
_NONE: Final = np.zeros(0, np.int64)


def _letters() -> Bools:
    """Which code points below the unspaced scripts are letters or digits; the last entry stands for all others."""
    table = np.zeros(_FIRST_UNSPACED + 1, bool)
    table[[point for point in range(_FIRST_UNSPACED) if chr(point).isalnum()]] = True
    return table


def _powers(base: int) -> Hashes:
    """Powers of an odd number modulo 2 to the 64, one for each place of a text."""
    factors = np.full(TEXT_LIMIT + 2, base, np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)


_FIRST_UNSPACED: Final = 0x2E80
_LETTERS: Final = _letters()
_BASE: Final = 0x2545F4914F6CDD1D
_POWERS: Final = _powers(_BASE)
_INVERSES: Final = _powers(pow(_BASE, -1, 1 << 64))

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
    ngrams, starts, ends = _ngrams(_nameless(text.folded, cues))
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


def _ngrams(folded: str) -> tuple[Indices, Indices, Indices]:
    """Hashed n-grams with their places."""
    points = np.frombuffer(f" {folded} ".encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    letter = _LETTERS[np.minimum(points, _FIRST_UNSPACED)]
    mixed = points * _FACTOR
    unspaced = points >= _FIRST_UNSPACED
    parts = [*_words(mixed, letter), *_characters(mixed, letter, unspaced if unspaced.any() else None)]
    if not parts:
        return _NONE, _NONE, _NONE
    hashes = np.concatenate([part[0] for part in parts])
    hashes = (hashes ^ (hashes >> np.uint64(29))) * _FACTOR
    indices = ((hashes >> np.uint64(40)) & _MASK).astype(np.int64)
    return indices, np.concatenate([part[1] for part in parts]), np.concatenate([part[2] for part in parts])


def _characters(mixed: Hashes, letter: Bools, unspaced: Bools | None) -> Iterator[tuple[Hashes, Indices, Indices]]:
    """Runs of 4 and 5 whose inside is letters, so that a word's edges count; in unspaced scripts, runs of 1 to 3."""
    code, run, inner = mixed, unspaced, letter
    for n in range(1, min(5, len(mixed)) + 1):
        if n > 1:
            code = (code[:-1] ^ (code[:-1] >> _SHIFT)) * _FACTOR + mixed[n - 1 :]
        if n <= 3:
            if run is None or unspaced is None:
                continue
            keep = run = run if n == 1 else run[:-1] & unspaced[n - 1 :]
        else:
            keep = inner = letter[1:-2] & letter[2:-1] if n == 4 else inner[:-1] & letter[3:-1]
        at = np.flatnonzero(keep)
        yield code[at] + np.uint64(n), at - 1, at - 1 + n


def _words(mixed: Hashes, letter: Bools) -> Iterator[tuple[Hashes, Indices, Indices]]:
    """Words and pairs of neighbours. A word's hash is a difference of running sums, moved to where all words begin."""
    edges = np.flatnonzero(letter[1:] != letter[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return
    running = np.zeros(len(mixed) + 1, np.uint64)
    np.cumsum((mixed ^ (mixed >> _SHIFT)) * _POWERS[: len(mixed)], out=running[1:])
    words = (running[ends] - running[starts]) * _INVERSES[starts] * _FACTOR + _WORD_SEED
    yield words, starts - 1, ends - 1
    if len(words) > 1:
        yield (words[:-1] ^ (words[:-1] >> _SHIFT)) * _FACTOR + words[1:], starts[:-1] - 1, ends[1:] - 1
