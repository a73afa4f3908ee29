"""Copies of one text: reposts, quotations, truncations and small edits count as one origin.

A text is reduced to a sketch: the smallest hashes of its runs of three words (a bottom-k sample, after Broder 1997).
Below the larger of the two cut-offs both samples are complete, so resemblance and containment can be estimated from
them without keeping either text.

Two texts that each have a name or number in place of the other's are no copies: forms and notices of one office are
worded alike and tell of different things.
"""

import hashlib
import struct
import zlib
from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from foreshock_store.domain.words import prose, words

SAMPLE: Final = 48
RESEMBLES: Final = 0.55
"""Share of all shingles that two texts have in common, from which they are copies of each other."""
CONTAINS: Final = 0.8
"""Share of the shorter text's shingles that the longer one holds, from which it quotes it."""
CUT: Final = 1.2
FEWEST: Final = 8
"""Shingles below which only an exact copy is one: short texts are alike by chance."""
LONGEST: Final = 2_000
_SHINGLE: Final = 3
_MIX: Final = 2_654_435_761
KEPT: Final = 256
"""Of so many first and so many latest texts of a story copies are known."""
KEYS: Final = 8
"""By how many of its smallest shingles a text is found again; a copy lacks all of them once in hundreds of times."""
NAMES: Final = 16
_SHARED_KEYS: Final = 2
_CLOSEST: Final = 4
_SHARE_A_KEY: Final = 24
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


def _size(sample: tuple[int, ...]) -> float:
    """About how many shingles the text has."""
    return len(sample) if len(sample) < SAMPLE else SAMPLE * 2**32 / (sample[-1] + 1)


@dataclass(frozen=True, slots=True)
class Origin:
    """An independent text of a story, by the id of its first post. Light enough to be kept by the hundred."""

    id: UUID
    story: UUID
    number: int
    """How many texts the story had before it."""
    exact: str
    sample: bytes
    """The sample of its sketch, packed."""
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, post: UUID, story: UUID, number: int, text: Sketch, names: Iterable[str]) -> "Origin":
        """What is kept of a post's text."""
        packed = struct.pack(f"<{len(text.sample)}I", *text.sample)
        return cls(post, story, number, text.exact, packed, tuple(sorted(names)[:NAMES]))

    def told_by(self, text: Sketch, names: Iterable[str]) -> "Origin":
        """The same origin, known by another text that it has."""
        return Origin.of(self.id, self.story, self.number, text, names)

    def is_part_of(self, text: Sketch) -> bool:
        """Whether a copy of it is so much longer that this one was cut: other texts may begin as it does."""
        return _size(text.sample) > CUT * _size(self.hashes())

    def hashes(self, most: int = SAMPLE) -> tuple[int, ...]:
        """The sample of its sketch, or the smallest of it."""
        count = min(most, len(self.sample) // 4)
        return struct.unpack_from(f"<{count}I", self.sample)

    def is_copied_by(self, text: Sketch, names: Set[str]) -> bool:
        """Whether a text with these names is a copy of this one."""
        ours = frozenset(self.names)
        return not (ours - names and names - ours) and is_copy(Sketch(self.exact, self.hashes()), text)


class Texts:
    """The remembered texts of the active stories, and where to find them: constant work, however many there are.

    Of a story, the first `KEPT` texts are remembered, which are copied most, and the `KEPT` latest.
    """

    def __init__(self) -> None:
        self._of: dict[UUID, dict[UUID, Origin]] = {}
        self._exact: dict[str, Origin] = {}
        self._by_key: dict[int, Origin | dict[int, Origin]] = {}

    def add(self, origin: Origin) -> None:
        """Let copies of a text be found; if it is known, in its present story."""
        before = self._exact.get(origin.exact)
        if before and before.id == origin.id and before.story != origin.story:
            self._of[before.story].pop(origin.id, None)
        held = self._of.setdefault(origin.story, {})
        if origin.id in held:
            self._remove(held[origin.id])
        held[origin.id] = origin
        if len(held) > 2 * KEPT:
            self._remove(held.pop(next(islice(held, KEPT, None))))
        self._exact[origin.exact] = origin
        if len(origin.sample) >= 4 * FEWEST:
            for key in origin.hashes(KEYS):
                self._enter(key, origin)

    def _enter(self, key: int, origin: Origin) -> None:
        held = self._by_key.get(key)
        if held is None or (isinstance(held, Origin) and held.id == origin.id):
            self._by_key[key] = origin
            return
        if isinstance(held, Origin):
            held = self._by_key[key] = {held.id.int: held}
        held[origin.id.int] = origin
        if len(held) > _SHARE_A_KEY:
            del held[next(iter(held))]

    def of(self, story: UUID) -> Collection[Origin]:
        """The texts of a story that are remembered, in the order in which they came."""
        return self._of.get(story, {}).values()

    def forget(self, story: UUID) -> list[Origin]:
        """Forget the texts of a story; answers them."""
        gone = list(self._of.pop(story, {}).values())
        for origin in gone:
            self._remove(origin)
        return gone

    def _remove(self, origin: Origin) -> None:
        if (known := self._exact.get(origin.exact)) and known.id == origin.id:
            del self._exact[origin.exact]
        for key in origin.hashes(KEYS):
            held = self._by_key.get(key)
            if isinstance(held, dict):
                held.pop(origin.id.int, None)
            if not held or (isinstance(held, Origin) and held.id == origin.id):
                self._by_key.pop(key, None)

    def exactly(self, text: Sketch) -> Origin | None:
        """The origin that is the same to the word."""
        return self._exact.get(text.exact)

    def nearly(self, text: Sketch, names: Set[str]) -> Origin | None:
        """The origin of which this text is a copy, but not to the word."""
        hits: dict[int, int] = {}
        found: dict[int, Origin] = {}
        for held in [held for key in text.sample if (held := self._by_key.get(key))]:
            some: dict[int, Origin] = {held.id.int: held} if isinstance(held, Origin) else held
            found |= some
            for ident in some:
                hits[ident] = hits.get(ident, 0) + 1
        likely = sorted((-count, ident) for ident, count in hits.items() if count >= _SHARED_KEYS)
        for _, ident in likely[:_CLOSEST]:
            if found[ident].is_copied_by(text, names):
                return found[ident]
        return None
