"""Copies of one text: reposts, quotations, truncations and small edits count as one origin.

A text is reduced to a sketch: the smallest hashes of its runs of three words (a bottom-k sample, after Broder 1997).
Below the larger of the two cut-offs both samples are complete, so resemblance and containment can be estimated from
them without keeping either text.
"""

import hashlib
import zlib
from dataclasses import dataclass
from typing import Final

from foreshock_store.domain.words import prose, words

SAMPLE: Final = 48
RESEMBLES: Final = 0.55
"""Share of all shingles that two texts have in common, from which they are copies of each other."""
CONTAINS: Final = 0.8
"""Share of the shorter text's shingles that the longer one holds, from which it quotes it."""
FEWEST: Final = 8
"""Shingles below which only an exact copy is one: short texts are alike by chance."""
LONGEST: Final = 2_000
_SHINGLE: Final = 3
_MIX: Final = 2_654_435_761


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to recognise its copies."""

    exact: str
    """Hash over all words: the same for texts that differ in case, width, punctuation and addresses only."""
    sample: tuple[int, ...]
    """The smallest shingle hashes, ascending; all of them if there are fewer than `SAMPLE`."""


def sketch(text: str) -> Sketch:
    """Reduce a text to its sketch."""
    found = words(prose(text))[:LONGEST]
    exact = hashlib.blake2b(" ".join(found).encode("utf-8", "replace"), digest_size=12).hexdigest()
    shingles = {" ".join(found[at : at + _SHINGLE]) for at in range(max(1, len(found) - _SHINGLE + 1))}
    hashes = sorted({(zlib.crc32(s.encode("utf-8", "replace")) * _MIX) & 0xFFFFFFFF for s in shingles})
    return Sketch(exact, tuple(hashes[:SAMPLE]))


def is_copy(one: Sketch, other: Sketch) -> bool:
    """Whether the two texts have one origin."""
    if one.exact == other.exact:
        return True
    end = min(_complete_below(one), _complete_below(other))
    ours = {h for h in one.sample if h <= end}
    theirs = {h for h in other.sample if h <= end}
    fewer = min(len(ours), len(theirs))
    if fewer < FEWEST:
        return False
    common = len(ours & theirs)
    return common >= RESEMBLES * len(ours | theirs) or common >= CONTAINS * fewer


def _complete_below(one: Sketch) -> int:
    """The hash up to which the sample holds every shingle of its text."""
    return one.sample[-1] if len(one.sample) == SAMPLE else 0xFFFFFFFF
