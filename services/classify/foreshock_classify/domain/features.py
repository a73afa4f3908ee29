"""From texts to numbers: hashed word and character n-grams with IDF, and cues with their combinations.

Two blocks side by side in one index space:

    [0, NGRAMS)          hashed: word uni- and bigrams, character 4- and 5-grams, in unspaced scripts 1- to 3-grams
    [NGRAMS, DIMENSION)  cues and their combinations

Every n-gram carries the place in the text that it comes from, so that a decision can be traced back to words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.cue_features import Laid, cue_features, lay
from foreshock_classify.domain.cues import Cue
from foreshock_classify.domain.ngrams import Ngrams, hashed_ngrams
from foreshock_classify.domain.reading import Reading
from foreshock_classify.domain.segments import Indices

_NAMES: Final = frozenset({"vendor", "named_model", "person"})

CUE_BLOCK: Final = 1.0
"""Length of the cue block where the n-gram block has length one. Chosen on held-back posts; flat from 0.7 to 3."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a model reads of several posts, laid end to end: those of post i lie between `bounds[i]` and the next."""

    ngrams: Ngrams
    laid: Laid
    """The cues that the features below come from."""
    cues: Indices
    cue_bounds: Indices


def extract(readings: Sequence[Reading]) -> Features:
    """All features of some posts."""
    ngrams = hashed_ngrams([_nameless(reading.text.folded, reading.cues) for reading in readings])
    laid = lay([reading.cues for reading in readings], [reading.standing for reading in readings])
    return Features(ngrams, laid, *cue_features(laid))


def cue_value(counts: Indices) -> NDArray[np.float32]:
    """What each cue feature counts where a post has so many: the block keeps its length."""
    return (CUE_BLOCK / np.sqrt(np.maximum(1, counts))).astype(np.float32)


def _nameless(folded: str, cues: Sequence[Cue]) -> str:
    """The text with names blanked out: who is named is a cue, but no name of itself makes a post what it is."""
    parts, reached = [], 0
    for cue in cues:
        if cue.kind in _NAMES and cue.start >= reached:
            parts += [folded[reached : cue.start], " " * (cue.end - cue.start)]
            reached = cue.end
    return "".join([*parts, folded[reached:]])
