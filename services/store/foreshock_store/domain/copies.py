"""Copies of one text: reposts, quotations, truncations and small edits count as one origin.

A text is reduced to a sketch: the smallest hashes of its runs of three words (a bottom-k sample, after Broder 1997).
Below the larger of the two cut-offs both samples are complete, so resemblance and containment can be estimated from
them without keeping either text.

Two texts that each have a name or number in place of the other's are no copies: forms and notices of one office are
worded alike and tell of different things.
"""

import base64
import hashlib
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final
from uuid import UUID

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


KEYS: Final = 8
"""By how many of its smallest shingles a text is found again; a copy lacks all of them once in hundreds of times."""
NAMES: Final = 16
_CLOSEST: Final = 6
_SHARE_A_KEY: Final = 32
_CUT: Final = ("…", "...")


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to recognise its copies."""

    exact: str
    """Hash over all words: the same for texts that differ in case, width, punctuation and addresses only."""
    sample: tuple[int, ...]
    """The smallest shingle hashes, ascending; all of them if there are fewer than `SAMPLE`."""


def sketch(text: str) -> Sketch:
    """Reduce a text to its sketch."""
    clean = prose(text).rstrip()
    found = words(clean)[:LONGEST]
    if clean.endswith(_CUT):
        del found[-1:]  # a truncated word is no word of the text
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


@dataclass(frozen=True, slots=True)
class Origin:
    """An independent text of a story, by the id of its first post."""

    id: UUID
    exact: str
    sample: str
    """The sample of its sketch, packed."""
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, post: UUID, text: Sketch, names: Iterable[str]) -> "Origin":
        """What is kept of a post's text."""
        packed = base64.b85encode(struct.pack(f"<{len(text.sample)}I", *text.sample)).decode()
        return cls(post, text.exact, packed, tuple(sorted(names)[:NAMES]))

    def hashes(self) -> tuple[int, ...]:
        """The sample of its sketch."""
        raw = base64.b85decode(self.sample)
        return struct.unpack(f"<{len(raw) // 4}I", raw)

    def is_copied_by(self, text: Sketch, names: Set[str]) -> bool:
        """Whether a text with these names is a copy of this one."""
        ours = frozenset(self.names)
        return not (ours - names and names - ours) and is_copy(Sketch(self.exact, self.hashes()), text)


class Texts:
    """All texts of the active stories, and where to find them: constant work, however many there are."""

    def __init__(self) -> None:
        self._exact: dict[str, tuple[int, Origin]] = {}
        self._by_key: dict[int, dict[UUID, tuple[int, Origin]]] = {}

    def add(self, story: int, origin: Origin) -> None:
        """Let copies of a text be found."""
        self._exact[origin.exact] = story, origin
        hashes = origin.hashes()
        if len(hashes) >= FEWEST:
            for key in hashes[:KEYS]:
                held = self._by_key.setdefault(key, {})
                held[origin.id] = story, origin
                if len(held) > _SHARE_A_KEY:
                    del held[next(iter(held))]

    def remove(self, origin: Origin) -> None:
        """Forget a text."""
        if (known := self._exact.get(origin.exact)) and known[1].id == origin.id:
            del self._exact[origin.exact]
        for key in origin.hashes()[:KEYS]:
            if held := self._by_key.get(key):
                held.pop(origin.id, None)
                if not held:
                    del self._by_key[key]

    def find(self, text: Sketch, names: Set[str]) -> tuple[int, Origin, bool] | None:
        """The story and origin of which this text is a copy, and whether to the word."""
        if known := self._exact.get(text.exact):
            return *known, True
        hits = Counter[UUID]()
        found: dict[UUID, tuple[int, Origin]] = {}
        for key in text.sample:
            if held := self._by_key.get(key):
                hits.update(held.keys())
                found |= held
        for ident, _ in hits.most_common(_CLOSEST):
            if found[ident][1].is_copied_by(text, names):
                return *found[ident], False
        return None
