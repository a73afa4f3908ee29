"""Words reduced to what their forms share: accents off, common endings off, at most six letters.

Cutting after a few letters is crude, needs no dictionary, and serves English, German, French and Spanish alike; it also
brings together what languages have in common, such as `suspension` and `suspensión`.
"""

import unicodedata
from functools import lru_cache
from typing import Final

LONGEST_STEM: Final = 6
_ENDINGS: Final = ("ing", "ed", "es", "s")
_SHORTEST: Final = 4


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of a folded word; a word with a digit in it stays as it is."""
    if not word.isalpha():
        return word
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= _SHORTEST:
            plain = plain[: -len(ending)]
            break
    short = plain[:LONGEST_STEM]
    return short.rstrip("e") if len(short) > _SHORTEST else short
