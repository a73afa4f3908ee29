"""Why posts were judged as they were: the words that carried a decision, each with what it was worth.

The weight of a cue is the drop of the decision's log odds when the cue is taken out of the text, wherever it stands. It
is found by taking it out, not by adding up weights: removing what is named lowers the score, by about that much.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.cue_features import KINDS, Laid, cue_features
from foreshock_classify.domain.features import Features, cue_value
from foreshock_classify.domain.model import COLUMNS, Model
from foreshock_classify.domain.reading import Reading
from foreshock_classify.domain.segments import Indices, bounds_of, sums, take
from foreshock_classify.domain.terms import joins
from foreshock_shared.contracts.judgement import Cue as Reason

LEAST: Final = 0.1
"""Log odds below which a cue is not worth a reader's time."""
_SPARE: Final = 4
"""Wordings that are looked at beyond those asked for, since some will lie in one another."""
_APART: Final = 1e4
"""More than any two wordings differ by: keeps asks apart when all are sorted at once."""
_PARTS: Final = 1 << 20
"""Amounts are added up in whole parts: such sums are exact, whatever else runs up in the same batch."""

Span = tuple[int, int]
Amounts = NDArray[np.float64]


class Ask(NamedTuple):
    """A question: why was this post given that decision?"""

    post: int
    decision: str
    column: int
    """Of the model."""
    limit: int
    """How many wordings are tried, those first that promise most."""


class Candidate(NamedTuple):
    """What is taken out of the text of an ask: one wording, at all of its places."""

    ask: int
    places: list[Span]


class Weighed(NamedTuple):
    """A wording, and what the decision's log odds lose without it."""

    wording: str
    weight: float


def reasons(
    readings: Sequence[Reading], features: Features, model: Model, asks: Sequence[Ask], *, against: bool = False
) -> list[list[Reason]]:
    """For each ask the cues that carry its decision, the strongest first; with `against`, those that oppose it too."""
    strength = abs if against else float
    return [
        [
            Reason(decision=ask.decision, cue=each.wording, weight=round(each.weight, 2))
            for each in sorted(found, key=lambda each: -strength(each.weight))
            if strength(each.weight) >= LEAST
        ]
        for ask, found in zip(asks, weigh(readings, features, model, asks), strict=True)
    ]


def weigh(readings: Sequence[Reading], features: Features, model: Model, asks: Sequence[Ask]) -> list[list[Weighed]]:
    """For each ask its most promising wordings with their weights, for the decision or against it."""
    found: list[list[Weighed]] = [[] for _ in asks]
    if asks:
        inquiry = _Inquiry(readings, features, model, asks)
        tried = inquiry.promising()
        weights = inquiry.ngram_drops(tried) + inquiry.cue_drops(tried)
        for candidate, weight in zip(tried, weights.tolist(), strict=True):
            found[candidate.ask].append(Weighed(inquiry.wording(candidate), weight))
    return found


class _Inquiry:
    """Some asks, and what n-grams and cues are worth to each."""

    def __init__(self, readings: Sequence[Reading], features: Features, model: Model, asks: Sequence[Ask]) -> None:
        self._asks, self._features, self._model = asks, features, model
        self._readings = [readings[ask.post] for ask in asks]
        self._columns = np.array([ask.column for ask in asks])
        self._posts = posts = np.array([ask.post for ask in asks])
        ngrams = features.ngrams
        taken, bounds = take(ngrams.bounds, posts)
        counts = np.diff(bounds)
        indices = ngrams.indices.take(taken)
        lengths = np.array([len(reading.text.folded) for reading in self._readings])
        self._laid = bounds_of(lengths + 1)
        before = np.repeat(self._laid[:-1], counts)
        starts = np.maximum(ngrams.starts.take(taken), 0) + before
        ends = np.minimum(ngrams.ends.take(taken), np.repeat(lengths, counts)) + before
        worth = model.gram_weights.take(indices * COLUMNS + np.repeat(self._columns, counts))
        self._tallies = [_Tally(part, starts, ends, self._laid) for part in (worth, model.squares.take(indices))]
        taken, cue_bounds = take(features.cue_bounds, posts)
        self._cue_parts = self._cue_part(features.cues.take(taken), cue_bounds, np.arange(len(asks)))
        self._cue_values = cue_value(np.diff(cue_bounds))

    def promising(self) -> list[Candidate]:
        """Which wordings are tried: for each ask as many as it allows, by what their n-grams and kinds alone are worth.

        Of wordings that lie in one another only the most promising: a reader needs each reason once.
        """
        asks, spans, promise = (np.concatenate(part) for part in zip(self._cue_spans(), self._words(), strict=True))
        promise += self._lost(asks, spans, np.arange(len(asks) + 1))
        order = np.argsort(asks * _APART - promise, kind="stable")
        counts = np.bincount(asks, minlength=len(self._asks))
        places = np.arange(len(order)) - np.repeat(bounds_of(counts)[:-1], counts)
        limits = np.array([ask.limit for ask in self._asks])
        best = order[places < limits.take(asks.take(order)) + _SPARE]
        chosen: list[Candidate] = []
        taken: list[list[Span]] = [[] for _ in self._asks]
        for ask, (start, end) in zip(asks.take(best).tolist(), spans.take(best, axis=0).tolist(), strict=True):
            if len(taken[ask]) < self._asks[ask].limit and not _overlap((start, end), taken[ask]):
                taken[ask].append((start, end))
                chosen.append(Candidate(ask, _places(self._readings[ask].text.folded, start, end)))
        return chosen

    def _cue_spans(self) -> tuple[Indices, Indices, Amounts]:
        """Where cues stand: of which ask, from and to, and what their kinds alone are worth."""
        laid = self._features.laid
        taken, bounds = take(laid.bounds, self._posts)
        asks = np.repeat(np.arange(len(self._asks)), np.diff(bounds))
        spans = laid.spans.take(taken, axis=0)
        features = laid.kinds.take(taken) + KINDS
        worth = self._model.weights.take(features * COLUMNS + self._columns.take(asks)) * self._cue_values.take(asks)
        begins = np.append(True, (np.diff(spans, axis=0) != 0).any(axis=1) | (np.diff(asks) != 0))[: len(asks)]
        first = np.flatnonzero(begins)
        several = sums(worth, np.append(first, len(asks)))
        return asks.take(first), spans.take(first, axis=0), several.astype(np.float64)

    def _words(self) -> tuple[Indices, Indices, Amounts]:
        """Where words stand, whether a lexicon knows them or not."""
        ngrams = self._features.ngrams
        taken, bounds = take(np.searchsorted(ngrams.words, ngrams.bounds), self._posts)
        words = ngrams.words.take(taken)
        spans = np.column_stack((ngrams.starts.take(words), ngrams.ends.take(words)))
        return np.repeat(np.arange(len(self._asks)), np.diff(bounds)), spans, np.zeros(len(words))

    def wording(self, candidate: Candidate) -> str:
        """As its author wrote it, where it stands first."""
        start, end = candidate.places[0]
        return self._readings[candidate.ask].text.clean[start:end]

    def ngram_drops(self, candidates: Sequence[Candidate]) -> Amounts:
        """What the n-gram block loses when each candidate is taken out."""
        asks = np.array([candidate.ask for candidate in candidates], np.int64)
        spans = np.array([span for candidate in candidates for span in candidate.places], np.int64).reshape(-1, 2)
        return self._lost(asks, spans, bounds_of([len(candidate.places) for candidate in candidates]))

    def _lost(self, asks: Indices, spans: Indices, bounds: Indices) -> Amounts:
        """What the n-gram block of each ask loses without its spans, the length of the block adjusted."""
        laid = spans + np.repeat(self._laid.take(asks), np.diff(bounds))[:, None]
        worth, squares = (tally.totals.take(asks) for tally in self._tallies)
        less, shorter = (sums(tally.touching(laid), bounds) for tally in self._tallies)
        lost: Amounts = worth / _length(squares) - (worth - less) / _length(squares - shorter)
        return lost

    def cue_drops(self, candidates: Sequence[Candidate]) -> Amounts:
        """What the cue block loses: each candidate's post is asked again for the features that it has without it."""
        asks = np.array([candidate.ask for candidate in candidates], np.int64)
        without = _without(self._features.laid, self._posts.take(asks), [candidate.places for candidate in candidates])
        lost: Amounts = self._cue_parts.take(asks) - self._cue_part(*cue_features(without), asks)
        return lost

    def _cue_part(self, cues: Indices, bounds: Indices, asks: Indices) -> Amounts:
        """What blocks of cue features add to the margin that their ask is about."""
        counts = np.diff(bounds)
        weights = self._model.weights.take(cues * COLUMNS + np.repeat(self._columns.take(asks), counts))
        part: Amounts = cue_value(counts) * sums(weights, bounds)
        return part


def _without(laid: Laid, posts: Indices, gone: Sequence[Sequence[Span]]) -> Laid:
    """The cues of these posts, each without those that touch the spans that are gone from it."""
    taken, bounds = take(laid.bounds, posts)
    owner = np.repeat(np.arange(len(posts)), np.diff(bounds))
    spans = laid.spans.take(taken, axis=0)
    stays = np.ones(len(taken), bool)
    for nth in range(max(map(len, gone), default=0)):
        start, end = np.array([places[nth] if nth < len(places) else (0, 0) for places in gone]).T
        stays &= (start.take(owner) >= spans[:, 1]) | (spans[:, 0] >= end.take(owner))
    left = bounds_of(np.bincount(owner[stays], minlength=len(posts)))
    taken = taken[stays]
    kinds, sentences = laid.kinds.take(taken), laid.sentences.take(taken)
    return Laid(kinds, sentences, laid.spans.take(taken, axis=0), left, laid.sources.take(posts))


class _Tally:
    """Amounts of n-grams as running sums: of those begun before a place, and of those that have ended by then."""

    def __init__(self, amounts: NDArray[np.float32], starts: Indices, ends: Indices, texts: Indices) -> None:
        whole = np.rint(amounts.astype(np.float64) * _PARTS)
        self._begun, self._ended = (
            np.concatenate([np.zeros(1), np.bincount(places, whole, int(texts[-1])).cumsum()])
            for places in (starts, ends)
        )
        self.totals = np.diff(self._begun[texts]) / _PARTS

    def touching(self, spans: Indices) -> Amounts:
        """What overlaps with each span."""
        overlapping: Amounts = (self._begun[spans[:, 1]] - self._ended[spans[:, 0] + 1]) / _PARTS
        return overlapping


def _overlap(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _length(squares: Amounts) -> Amounts:
    length: Amounts = np.sqrt(np.maximum(squares, 1e-6))
    return length


def _places(folded: str, start: int, end: int) -> list[Span]:
    """Everywhere that the wording at a place stands: this place first, others only as words of their own."""
    wording = folded[start:end]
    if folded.count(wording) == 1:
        return [(start, end)]
    whole = end == len(folded) or not joins(folded[end])
    others = (match.span() for match in re.finditer(re.escape(wording), folded))
    return [
        (start, end),
        *(
            (first, last)
            for first, last in others
            if first != start
            and not (joins(wording[0]) and first and joins(folded[first - 1]))
            and not (whole and joins(wording[-1]) and last < len(folded) and joins(folded[last]))
        ),
    ]
