"""Hashed n-grams of a text, with their places: words and their neighbours, and runs of characters.

Hashing is arithmetic over whole arrays of code points; no n-gram is ever a Python object, which is what makes it cheap.
Scripts without spaces are read by runs of 1 to 3 characters, which come near to their words.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.normalise import TEXT_LIMIT

Indices = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Bools = NDArray[np.bool_]

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


def hashed_ngrams(folded: str) -> tuple[Indices, Indices, Indices]:
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
