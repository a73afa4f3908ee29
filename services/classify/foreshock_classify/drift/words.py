"""The words of a post, as numbers: what a vocabulary is made of, and what it is asked for.

Not the model's n-grams: those are hashed into so few buckets that hardly any is ever empty, and no n-gram unknown.
"""

import re
from typing import Final
from zlib import crc32

from foreshock_classify.domain.normalise import Text

JOINED: Final = frozenset({"ja", "ko", "zh"})
"""Languages that join words, or endings to words; there pairs of characters stand for words."""
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def words(text: Text) -> set[int]:
    """Each word once; one of a single letter, and what has digits, is none."""
    found = _WORD.findall(text.folded)
    if text.lang in JOINED:
        found = [run[at : at + 2] for run in found for at in range(len(run) - 1)]
    return {crc32(word.encode("utf-8", "replace")) for word in found}
