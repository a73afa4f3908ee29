"""A text as words: the one tokeniser of the store, shared by stories, copies and full-text search.

Words are folded (NFKC, case). Scripts that put no spaces between words (Chinese, Japanese, Thai and their neighbours;
Korean with its endings too) become bigrams of characters, which find any word of two or more without a dictionary.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

LONGEST_WORD: Final = 64

_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # kana, iteration marks
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Han
    "\uac00-\ud7af"  # Hangul
)
_RUN = re.compile(f"[{_UNSPACED}]+|[^\\W_{_UNSPACED}]+")
_WITHOUT_SPACES = re.compile(f"[{_UNSPACED}]")
_PLAIN = re.compile(r"[a-z0-9]+")
_FIRST_UNSPACED: Final = "\u0e00"
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|(?:\bRT )?(?<!\w)@\w+")
_MARKS: Final = ("://", "www.", "@")
"""Without one of these there is no address: most texts are spared the search."""


def fold(text: str) -> str:
    """The text with differences of width and case removed."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Words of a folded text in their order, each with whether its script has no spaces (then it is a whole run)."""
    if text.isascii():
        for run in _PLAIN.findall(text):
            yield run, False
        return
    for run in _RUN.findall(text):
        yield run[: LONGEST_WORD * 100], run[0] >= _FIRST_UNSPACED and _WITHOUT_SPACES.match(run) is not None


def words(text: str) -> list[str]:
    """Words and, for scripts without spaces, bigrams, in their order and with repetitions."""
    found: list[str] = []
    for run, unspaced in runs(fold(text)):
        if unspaced and len(run) > 1:
            found.extend(run[at : at + 2] for at in range(len(run) - 1))
        else:
            found.append(run[:LONGEST_WORD])
    return found


def prose(text: str) -> str:
    """The text without what copies of it differ in: addresses and the names of accounts."""
    return _ADDRESS.sub(" ", text) if any(mark in text for mark in _MARKS) else text
