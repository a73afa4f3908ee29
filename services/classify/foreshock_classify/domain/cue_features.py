"""Cues and their combinations as features: what stands anywhere, what opens, what goes with what, who acts on whom.

    kinds                 each kind anywhere; in the opening sentence; often
    theme                 what most cues are about
    pairs, sequences      two kinds in one sentence; one straight after another
    frames                who, does what, to what, how surely, for each sentence, and for the opening one
    source                who speaks

Features of many posts are found together, by arithmetic over their cues laid end to end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from foreshock_classify.domain.cues import Cue, acting, kinds
from foreshock_classify.domain.ngrams import NGRAMS
from foreshock_classify.domain.segments import Indices, bounds_of, sums
from foreshock_shared.contracts.post import SourceKind

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
_OFTEN: Final = 3
"""Cues of one kind from which a text is taken to dwell on it."""

_NUMBER: Final = {kind: number for number, kind in enumerate(kinds())}
_ACTS: Final = len(acting())
_SOURCES: Final = {kind: number for number, kind in enumerate(SourceKind)}
_THEME_OF: Final = np.array([[kind in members for members in THEMES.values()] for kind in _NUMBER], np.int64)
_UNFILLED: Final = 99
_FILLS: Final = np.array(
    [
        [
            next((value for value, members in enumerate(role.values(), 1) if kind in members), _UNFILLED)
            for role in ROLES
        ]
        for kind in _NUMBER
    ]
)
"""What each kind fills each role with; of several fillers in a sentence the first listed wins."""
_FILLERS: Final = [len(role) + 1 for role in ROLES]
_FRAMES: Final = int(np.prod(_FILLERS))
_FRAME_PLACES: Final = np.array([int(np.prod(_FILLERS[role + 1 :])) for role in range(len(ROLES))])

_SIZES: Final = {
    "kinds": len(_NUMBER),
    "kinds of the opening": len(_NUMBER),
    "dwelling": len(_NUMBER),
    "theme": len(THEMES),
    "pairs": _ACTS * _ACTS,
    "sequences": _ACTS * _ACTS,
    "frames": _FRAMES,
    "frames of the opening": _FRAMES,
    "source": len(SourceKind),
}
_ENDS: Final = dict(zip(_SIZES, NGRAMS + np.cumsum(list(_SIZES.values())), strict=True))
BLOCKS: Final = {name: slice(int(_ENDS[name]) - size, int(_ENDS[name])) for name, size in _SIZES.items()}
"""Where each group of features lies, behind the n-grams."""
DIMENSION: Final = BLOCKS["source"].stop


KINDS: Final = BLOCKS["kinds"].start
"""From here on stand the features that say that a kind of cue stands anywhere in the text."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Cues of several posts as numbers, end to end: those of post i lie between `bounds[i]` and the next."""

    kinds: Indices
    sentences: Indices
    spans: Indices
    """Start and end, a row each."""
    bounds: Indices
    sources: Indices
    """Who speaks, for each post."""


def lay(cues: Sequence[Sequence[Cue]], standings: Sequence[SourceKind]) -> Laid:
    """Cues of posts, and as what their sources speak, made ready for arithmetic."""
    bounds = bounds_of([len(each) for each in cues])
    found = list(chain.from_iterable(cues))
    kinds = np.fromiter([_NUMBER[cue.kind] for cue in found], np.int64, len(found))
    sentences = np.fromiter([cue.sentence for cue in found], np.int64, len(found))
    spans = np.fromiter(chain.from_iterable([cue[:2] for cue in found]), np.int64, 2 * len(found)).reshape(-1, 2)
    return Laid(kinds, sentences, spans, bounds, np.array([_SOURCES[standing] for standing in standings], np.int64))


def cue_features(laid: Laid) -> tuple[Indices, Indices]:
    """The features of each post, each once, and their bounds."""
    found = _Found(len(laid.bounds) - 1)
    owner = np.repeat(np.arange(len(laid.bounds) - 1), np.diff(laid.bounds))
    found.add("source", np.arange(len(laid.sources)), laid.sources)
    _kinds(found, owner, laid)
    if len(owner):
        begins = np.append(True, (np.diff(owner) != 0) | (np.diff(laid.sentences) != 0))
        _frames(found, owner, laid, np.flatnonzero(begins))
        _company(found, owner, laid.kinds, np.cumsum(begins))
    return found.features()


def _kinds(found: "_Found", owner: Indices, laid: Laid) -> None:
    """What stands anywhere, what opens the text, what it dwells on, and what most of it is about."""
    found.add("kinds", owner, laid.kinds)
    opens = laid.sentences == laid.sentences.take(laid.bounds.take(owner))
    found.add("kinds of the opening", owner[opens], laid.kinds[opens])
    each = np.sort(owner * len(_NUMBER) + laid.kinds)
    often = each[: 1 - _OFTEN][each[: 1 - _OFTEN] == each[_OFTEN - 1 :]]
    found.add("dwelling", often // len(_NUMBER), often % len(_NUMBER))
    themes = sums(_THEME_OF.take(laid.kinds, axis=0), laid.bounds)
    about = np.flatnonzero(themes.any(axis=1))
    found.add("theme", about, themes[about].argmax(axis=1))


def _frames(found: "_Found", owner: Indices, laid: Laid, sentences: Indices) -> None:
    """Who does what to what, how surely, as one number for each sentence. `sentences`: where each begins."""
    slots = np.minimum.reduceat(_FILLS.take(laid.kinds, axis=0), sentences, axis=0)
    frames = np.where(slots == _UNFILLED, 0, slots) @ _FRAME_PLACES
    found.add("frames", owner[sentences], frames)
    opens = np.append(True, np.diff(owner[sentences]) != 0)
    found.add("frames of the opening", owner[sentences][opens], frames[opens])


def _company(found: "_Found", owner: Indices, kinds: Indices, sentence: Indices) -> None:
    """Which kinds that act follow one another, and which stand in one sentence."""
    acts = kinds < _ACTS
    owner, kinds, sentence = owner[acts], kinds[acts], sentence[acts]
    lengths = np.bincount(sentence)
    later = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(kinds)) - 1
    first = np.repeat(np.arange(len(kinds)), later)
    apart = np.arange(len(first)) - np.repeat(bounds_of(later)[:-1], later)
    one, other = kinds.take(first), kinds.take(first + 1 + apart)
    straight = apart == 0
    found.add("sequences", owner[first][straight], (one * _ACTS + other)[straight])
    unlike = one != other
    pairs = np.minimum(one, other) * _ACTS + np.maximum(one, other)
    found.add("pairs", owner[first][unlike], pairs[unlike])


class _Found:
    """Features as they are found, post by post or not."""

    def __init__(self, posts: int) -> None:
        self._posts = posts
        self._keys: list[Indices] = []

    def add(self, block: str, owner: Indices, numbers: Indices) -> None:
        self._keys.append(owner * DIMENSION + (numbers + BLOCKS[block].start))

    def features(self) -> tuple[Indices, Indices]:
        keys = np.sort(np.concatenate(self._keys))
        owner, features = np.divmod(keys[np.append(True, keys[1:] != keys[:-1])], DIMENSION)
        return features, bounds_of(np.bincount(owner, minlength=self._posts))
