"""A sliding window over the relevant posts that were judged last, and how far it is from the reference.

- Score drift: population stability index of the scores over ten bins, against held-back posts taken from each group
  (kind of source, and shocks, else the first topic) as often as the group comes in the window. So neither what a stream
  is made of nor how many shocks there are is drift; that posts of a kind are judged less surely, or more, is.
- Unknown words: which part of a post's words the corpus does not have, and which part was unknown of held-back posts in
  the same languages.

Costs a few microseconds a relevant post: scores are counted for each, words are looked up for one in `SAMPLED`, and all
that takes arithmetic is done when metrics are asked for. A text counts once, so that a wave of copies is no drift.
"""

from bisect import bisect_right
from collections import Counter, deque
from math import log, nan
from typing import Final, NamedTuple

from foreshock_classify.domain.normalise import normalise
from foreshock_classify.domain.reading import Judgeable
from foreshock_classify.drift.reference import BINS, GROUPS, SCORES, Reference, group_of
from foreshock_classify.drift.words import words
from foreshock_shared.contracts.judgement import Classification

WINDOW: Final = 2_000
"""Relevant posts that are looked back on."""
LEAST: Final = 500
"""Fewer than so many say nothing: the index would be of chance."""
SAMPLED: Final = 20
"""Of so many relevant posts the words of one are looked up."""


class _Seen(NamedTuple):
    text: int
    group: int
    bins: tuple[int, int]


class _Read(NamedTuple):
    lang: str | None
    unknown: float


class Watch:
    """Sees every relevant post; answers NaN until there are enough."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self.languages = frozenset[str](reference.languages.tolist())
        """Those of the corpus."""
        self._edges = reference.edges.tolist()
        self._vocabulary = frozenset(reference.vocabulary.tolist())
        self._window: deque[_Seen] = deque()
        self._texts: set[int] = set()
        self._read: deque[_Read] = deque(maxlen=WINDOW // SAMPLED)
        self._turn = 0

    def see(self, post: Judgeable, judged: Classification) -> None:
        """Take in a post that was judged to be about our field."""
        key = hash(post.text)
        if key in self._texts:
            return
        shock, urgency = self._edges
        bins = bisect_right(shock, judged.shock_score), bisect_right(urgency, judged.urgency_score)
        group = group_of(post.source_kind, judged.topics[0].name, shock=judged.shock)
        self._window.append(_Seen(key, group, bins))
        self._texts.add(key)
        if len(self._window) > WINDOW:
            self._texts.discard(self._window.popleft().text)
        self._turn = (self._turn + 1) % SAMPLED
        if not self._turn:
            self._look_up(post.text, judged.lang)

    def _look_up(self, text: str, lang: str | None) -> None:
        if found := words(normalise(text, lang)):
            self._read.append(_Read(lang, len(found - self._vocabulary) / len(found)))

    def score_drift(self, score: str) -> float:
        """Population stability index: below 0.1 as good as none, from 0.25 on another distribution."""
        if len(self._window) < LEAST:
            return nan
        place = SCORES.index(score)
        groups = Counter(seen.group for seen in self._window)
        found = Counter(seen.bins[place] for seen in self._window)
        shares = self._reference.shares[place]
        expected = [float(sum(groups[g] * shares[g, b] for g in range(GROUPS))) for b in range(BINS)]
        total = len(self._window) + BINS / 2
        pairs = (((found[b] + 0.5) / total, (expected[b] + 0.5) / total) for b in range(BINS))
        return sum((seen - wanted) * log(seen / wanted) for seen, wanted in pairs)

    def unknown_words(self) -> float:
        """Which part of a post's words the corpus does not have, on average."""
        return sum(each.unknown for each in self._read) / len(self._read) if self._enough() else nan

    def unknown_words_expected(self) -> float:
        """Which part it was of held-back posts of the corpus, in the languages of the window."""
        return self._reference.unknown_in([each.lang for each in self._read]) if self._enough() else nan

    def _enough(self) -> bool:
        return len(self._read) >= LEAST // SAMPLED
