"""Hashed n-grams of texts, with their places: words and their neighbours, and runs of characters.

Hashing is arithmetic over whole arrays of code points, of many texts at once; no n-gram is ever a Python object, which
is what makes it cheap. Scripts without spaces are read by runs of 1 to 3 characters, which come near to their words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.normalise import TEXT_LIMIT
from foreshock_classify.domain.segments import Indices, bounds_of

Hashes = NDArray[np.uint64]
Bools = NDArray[np.bool_]


class Run(NamedTuple):
    """N-grams of one sort, as they stand."""

    hashes: Hashes
    starts: Indices
    ends: Indices
    words: bool
    """Whether they are words by themselves, or come near to that."""


NGRAMS: Final = 1 << 16
"""Buckets that n-grams are hashed into; twice as many gave the same figures."""
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


@dataclass(frozen=True, slots=True)
class Ngrams:
    """N-grams of several texts, those of text i from `bounds[i]` to before `bounds[i + 1]`."""

    indices: Indices
    """Their buckets; one may repeat."""
    starts: Indices
    ends: Indices
    """Their places in their own text; the blanks around it are at -1 and at its length."""
    bounds: Indices
    words: Indices
    """Which of them are words; in scripts without spaces, runs of two."""


def hashed_ngrams(texts: Sequence[str]) -> Ngrams:
    """The n-grams of folded texts, none longer than `TEXT_LIMIT`. A blank on either side keeps each by itself."""
    joined = "".join([f" {text} " for text in texts]).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(joined, np.uint32).astype(np.uint64)
    lengths = np.array([len(text) + 2 for text in texts], np.int64)
    owner = np.repeat(np.arange(len(texts)), lengths)
    place = np.arange(len(points)) - np.repeat(bounds_of(lengths)[:-1], lengths)
    letter = _LETTERS.take(np.minimum(points, _FIRST_UNSPACED))
    mixed = points * _FACTOR
    unspaced = points >= _FIRST_UNSPACED
    runs = [*_words(mixed, letter, owner, place), *_characters(mixed, letter, unspaced if unspaced.any() else None)]
    if not runs:
        return Ngrams(_NONE, _NONE, _NONE, np.zeros(len(texts) + 1, np.int64), _NONE)
    hashes, starts, ends = (np.concatenate([run[part] for run in runs]) for part in range(3))
    words = np.repeat([run.words for run in runs], [len(run.starts) for run in runs])
    hashes = (hashes ^ (hashes >> np.uint64(29))) * _FACTOR
    indices = ((hashes >> np.uint64(40)) & _MASK).astype(np.int64)
    whose = owner.take(starts)
    order = np.argsort(whose, kind="stable")
    starts, ends = starts.take(order), ends.take(order)
    begins = place.take(starts) - 1
    bounds = bounds_of(np.bincount(whose, minlength=len(texts)))
    return Ngrams(indices.take(order), begins, begins + ends - starts, bounds, np.flatnonzero(words.take(order)))


def _characters(mixed: Hashes, letter: Bools, unspaced: Bools | None) -> Iterator[Run]:
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
        yield Run(code.take(at) + np.uint64(n), at, at + n, words=n == 2)


def _words(mixed: Hashes, letter: Bools, owner: Indices, place: Indices) -> Iterator[Run]:
    """Words and pairs of neighbours. A word's hash is a difference of running sums, moved to where all words begin."""
    edges = np.flatnonzero(letter[1:] != letter[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return
    running = np.zeros(len(mixed) + 1, np.uint64)
    np.cumsum((mixed ^ (mixed >> _SHIFT)) * _POWERS.take(place), out=running[1:])
    words = (running.take(ends) - running.take(starts)) * _INVERSES.take(place.take(starts)) * _FACTOR + _WORD_SEED
    yield Run(words, starts, ends, words=True)
    pairs = (words[:-1] ^ (words[:-1] >> _SHIFT)) * _FACTOR + words[1:]
    neighbours = owner.take(starts[:-1]) == owner.take(starts[1:])
    yield Run(pairs[neighbours], starts[:-1][neighbours], ends[1:][neighbours], words=False)
