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

from foreshock_classify.domain.cues import Cue, acting, kinds
from foreshock_classify.domain.ngrams import NGRAMS, Indices, hashed_ngrams
from foreshock_classify.domain.normalise import Text
from foreshock_shared.contracts.post import SourceKind, Tier

_WHO: Final = {
    "state": {"government", "named_agency", "jurisdiction", "parliament", "court", "local", "person"},
    "provider": {"vendor"},
}
_WHAT: Final = {
    "bind": {"bind", "cut"},
    "relax": {"relax"},
    "tighten": {"tighten", "listing"},
    "enact": {"enact", "announce", "order", "control", "tariff", "named_law"},
}
_TO_WHAT: Final = {
    "core": {"model", "chip", "equipment", "datacentre", "named_model", "named_chip", "ai", "robot", "use"},
    "people": {"people", "data", "visa"},
    "other": {"other_tech", "goods", "game"},
}
_HOW: Final = {
    "unsure": {"hypo", "proposal", "rumour", "modal", "intent", "wish", "bill", "consult"},
    "not": {"negation"},
    "talk": {"opinion", "reaction", "past", "company", "litigation", "explain", "self", "judging"},
}
ROLES: Final = (_WHO, _WHAT, _TO_WHAT, _HOW)
_FRAME_SHAPE: Final = tuple(len(role) + 1 for role in ROLES)
_FRAME_PLACES: Final = [int(np.prod(_FRAME_SHAPE[role + 1 :])) for role in range(len(ROLES))]
_FRAMES: Final = int(np.prod(_FRAME_SHAPE))
THEMES: Final = {
    "security": {"hole", "breach", "malice", "outage"},
    "funding": {"round", "deal"},
    "release": {"launch", "change", "tool"},
    "research": {"paper", "method", "finding"},
    "compute": {"hardware", "site", "energy"},
    "talent": {"layoff", "hire", "learn"},
    "legal": {"suit", "rights", "trust", "litigation"},
    "market": {"price", "result", "adoption"},
    "view": {"view", "guide", "chat", "opinion", "explain", "judging", "self"},
    "elsewhere": {"space", "nature", "body", "play", "home", "coin", "craft", "gadget", "state", "game", "goods"},
    "paperwork": {"paperwork", "consult"},
}
"""What a post can be about; the one with most cues is its theme."""
_NAMES: Final = frozenset({"vendor", "named_model", "person"})
_OFTEN: Final = 3
"""Cues of one kind from which a text is taken to dwell on it."""

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
        acts = self.acts = len(acting())
        self.anywhere = NGRAMS
        self.opening = self.anywhere + n
        self.often = self.opening + n
        self.theme = self.often + n
        self.pairs = self.theme + len(THEMES)
        self.follows = self.pairs + acts * acts
        self.frames = self.follows + acts * acts
        self.source = self.frames + 2 * _FRAMES
        self.dimension = self.source + len(SourceKind)
        self.roles = {
            kind: tuple(
                (r, v) for r, role in enumerate(ROLES) for v, members in enumerate(role.values(), 1) if kind in members
            )
            for kind in self.number
        }
        self.themes = {
            kind: tuple(t for t, members in enumerate(THEMES.values()) if kind in members) for kind in self.number
        }


_LAYOUT: Final = _Layout()
DIMENSION: Final = _LAYOUT.dimension
_SOURCES: Final = {kind: i for i, kind in enumerate(SourceKind)}
_FIRST_HAND: Final = frozenset({Tier.OFFICIAL, Tier.PROVIDER})


def blocks() -> dict[str, slice]:
    """Where each group of cue features lies, by its name."""
    at = _LAYOUT
    return {
        "kinds": slice(at.anywhere, at.opening),
        "kinds of the opening": slice(at.opening, at.often),
        "dwelling and theme": slice(at.often, at.pairs),
        "pairs": slice(at.pairs, at.follows),
        "sequences": slice(at.follows, at.frames),
        "frames": slice(at.frames, at.source),
        "source": slice(at.source, at.dimension),
    }


def kind_index(kind: str) -> int:
    """The feature that says that a kind of cue stands anywhere in the text."""
    return _LAYOUT.anywhere + _LAYOUT.number[kind]


def cue_value(cues: Indices) -> float:
    """What each cue feature counts: the block keeps its length however many there are."""
    return CUE_BLOCK / math.sqrt(max(1, len(cues)))


def extract(text: Text, cues: Sequence[Cue], source_kind: SourceKind, tier: Tier) -> Features:
    """All features of a post."""
    ngrams, starts, ends = hashed_ngrams(_nameless(text.folded, cues))
    return Features(ngrams, starts, ends, cue_indices(cues, source_kind, tier))


def _nameless(folded: str, cues: Sequence[Cue]) -> str:
    """The text with names blanked out: who is named is a cue, but no name of itself makes a post what it is."""
    parts, reached = [], 0
    for cue in cues:
        if cue.kind in _NAMES and cue.start >= reached:
            parts += [folded[reached : cue.start], " " * (cue.end - cue.start)]
            reached = cue.end
    return "".join([*parts, folded[reached:]])


def cue_indices(cues: Sequence[Cue], source_kind: SourceKind, tier: Tier) -> Indices:
    """The cue block alone: cheap enough to be asked again with one cue left out."""
    at, number, acts = _LAYOUT, _LAYOUT.number, _LAYOUT.acts
    standing = SourceKind.OFFICIAL if tier in _FIRST_HAND else source_kind
    found: set[int] = {at.source + _SOURCES[standing]}
    counts: dict[str, int] = {}
    themes: dict[int, int] = {}
    for cue in cues:
        counts[cue.kind] = counts.get(cue.kind, 0) + 1
        for theme in at.themes[cue.kind]:
            themes[theme] = themes.get(theme, 0) + 1
    found.update([at.often + number[kind] for kind, count in counts.items() if count >= _OFTEN])
    if themes:
        found.add(at.theme + max(themes, key=lambda theme: (themes[theme], -theme)))
    for index, sentence in enumerate(_sentences(cues)):
        codes = [number[cue.kind] for cue in sentence]
        found.update([at.anywhere + code for code in codes])
        if index == 0:
            found.update([at.opening + code for code in codes])
        codes = [code for code in codes if code < acts]
        found.update([at.follows + a * acts + b for a, b in pairwise(codes)])
        distinct = sorted(set(codes))
        found.update([at.pairs + a * acts + b for i, a in enumerate(distinct) for b in distinct[i + 1 :]])
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
    slots = [0] * len(ROLES)
    for cue in sentence:
        for role, value in _LAYOUT.roles[cue.kind]:
            if not slots[role] or value < slots[role]:
                slots[role] = value
    return sum(map(mul, slots, _FRAME_PLACES))
