"""Why posts were judged as they were: the words that carried a decision, each with what it was worth.

The weight of a cue is the drop of the decision's log odds when the cue is taken out of the text, wherever it stands. It
is found by taking it out, not by adding up weights: removing what is named lowers the score, by about that much.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.cue_features import Laid, cue_features, kind_index
from foreshock_classify.domain.features import Features, cue_value
from foreshock_classify.domain.model import Model
from foreshock_classify.domain.reading import Reading
from foreshock_classify.domain.segments import Indices, bounds_of, sums, take
from foreshock_shared.contracts.judgement import Cue as Reason

LEAST: Final = 0.1
"""Log odds below which a cue is not worth a reader's time."""
_CUES: Final = 60
"""Cues that are looked at; those of a long text's beginning decide it."""
_WORDS: Final = 3
"""N-grams whose words are candidates though no lexicon knows them."""
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
    """What may be taken out of the text of an ask: one wording, at all of its places."""

    ask: int
    places: list[Span]
    kinds: list[int]
    """Features of the cues that it is."""


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
        candidates = [each for ask in range(len(asks)) for each in inquiry.candidates(ask)]
        drops = inquiry.ngram_drops(candidates)
        chosen = inquiry.promising(candidates, drops)
        tried = [candidates[each] for each in chosen]
        for candidate, weight in zip(tried, (drops[chosen] + inquiry.cue_drops(tried)).tolist(), strict=True):
            found[candidate.ask].append(Weighed(inquiry.wording(candidate), weight))
    return found


class _Inquiry:
    """Some asks, and what n-grams and cues are worth to each."""

    def __init__(self, readings: Sequence[Reading], features: Features, model: Model, asks: Sequence[Ask]) -> None:
        self._asks, self._model = asks, model
        self._readings = [readings[ask.post] for ask in asks]
        self._columns = np.array([ask.column for ask in asks])
        self._cues = features.laid
        self._posts = posts = np.array([ask.post for ask in asks])
        ngrams = features.ngrams
        taken, self._bounds = take(ngrams.bounds, posts)
        counts = np.diff(self._bounds)
        indices = ngrams.indices[taken]
        self._worth = model.gram_weights[indices, np.repeat(self._columns, counts)]
        self._starts, self._ends = ngrams.starts[taken], ngrams.ends[taken]
        lengths = np.array([len(reading.text.folded) for reading in self._readings])
        self._laid = bounds_of(lengths + 1)
        starts = np.maximum(self._starts, 0) + np.repeat(self._laid[:-1], counts)
        ends = np.minimum(self._ends, np.repeat(lengths, counts)) + np.repeat(self._laid[:-1], counts)
        self._tallies = [_Tally(part, starts, ends, self._laid) for part in (self._worth, model.squares[indices])]
        taken, cue_bounds = take(features.cue_bounds, posts)
        self._cue_parts = self._cue_part(features.cues[taken], cue_bounds, np.arange(len(asks)))
        self._cue_values = cue_value(np.diff(cue_bounds))

    def candidates(self, ask: int) -> list[Candidate]:
        """Cues, and the words whose n-grams weigh most; all places of one wording together."""
        reading = self._readings[ask]
        folded = reading.text.folded
        kinds: dict[Span, list[int]] = {}
        for cue in reading.cues[:_CUES]:
            kinds.setdefault((cue.start, cue.end), []).append(kind_index(cue.kind))
        for start, end in self._heaviest(ask):
            kinds.setdefault(_whole_words(folded, start, end), [])
        places: dict[str, list[Span]] = {}
        for start, end in sorted(kinds):
            if wording := folded[start:end].strip():
                places.setdefault(wording, []).append((start, end))
        return [Candidate(ask, spans, kinds[spans[0]]) for spans in places.values()]

    def _heaviest(self, ask: int) -> Iterator[Span]:
        """Places of the n-grams that carry most."""
        first, last = self._bounds[ask : ask + 2].tolist()
        if last - first > _WORDS:
            heaviest = np.argpartition(self._worth[first:last], -_WORDS)[-_WORDS:] + first
            return zip(self._starts[heaviest].tolist(), self._ends[heaviest].tolist(), strict=True)
        return zip(self._starts[first:last].tolist(), self._ends[first:last].tolist(), strict=True)

    def wording(self, candidate: Candidate) -> str:
        """As its author wrote it, where it stands first."""
        start, end = candidate.places[0]
        return self._readings[candidate.ask].text.clean[start:end]

    def ngram_drops(self, candidates: Sequence[Candidate]) -> Amounts:
        """What the n-gram block loses when each candidate is taken out, the length of the block adjusted."""
        asks = np.array([candidate.ask for candidate in candidates], np.int64)
        spans = np.array([span for candidate in candidates for span in candidate.places], np.int64).reshape(-1, 2)
        bounds = bounds_of([len(candidate.places) for candidate in candidates])
        spans += np.repeat(self._laid[asks], np.diff(bounds))[:, None]
        worth, squares = (tally.totals[asks] for tally in self._tallies)
        less, shorter = (sums(tally.touching(spans), bounds) for tally in self._tallies)
        lost: Amounts = worth / _length(squares) - (worth - less) / _length(squares - shorter)
        return lost

    def promising(self, candidates: Sequence[Candidate], drops: Amounts) -> list[int]:
        """Which candidates are tried: for each ask as many as it allows, by their n-grams and by their kinds alone.

        Of wordings that lie in one another only the most promising: a reader needs each reason once.
        """
        asks = np.array([candidate.ask for candidate in candidates], np.int64)
        bounds = bounds_of([len(candidate.kinds) for candidate in candidates])
        kinds = np.fromiter(chain.from_iterable(candidate.kinds for candidate in candidates), np.int64, bounds[-1])
        worth = sums(self._model.weights[kinds, np.repeat(self._columns[asks], np.diff(bounds))], bounds)
        promise = drops + self._cue_values[asks] * worth
        chosen: list[int] = []
        taken: list[list[Span]] = [[] for _ in self._asks]
        for each in np.argsort(-promise, kind="stable").tolist():
            ask, spans = candidates[each].ask, candidates[each].places
            if len(taken[ask]) < self._asks[ask].limit and not _overlap(spans[0], taken[ask]):
                taken[ask].append(spans[0])
                chosen.append(each)
        return chosen

    def cue_drops(self, candidates: Sequence[Candidate]) -> Amounts:
        """What the cue block loses: each candidate's post is asked again for the features that it has without it."""
        asks = np.array([candidate.ask for candidate in candidates], np.int64)
        without = _without(self._cues, self._posts[asks], [candidate.places for candidate in candidates])
        lost: Amounts = self._cue_parts[asks] - self._cue_part(*cue_features(without), asks)
        return lost

    def _cue_part(self, cues: Indices, bounds: Indices, asks: Indices) -> Amounts:
        """What blocks of cue features add to the margin that their ask is about."""
        counts = np.diff(bounds)
        weights = self._model.weights[cues, np.repeat(self._columns[asks], counts)]
        part: Amounts = cue_value(counts) * sums(weights, bounds)
        return part


def _without(laid: Laid, posts: Indices, gone: Sequence[Sequence[Span]]) -> Laid:
    """The cues of these posts, each without those that touch the spans that are gone from it."""
    taken, bounds = take(laid.bounds, posts)
    owner = np.repeat(np.arange(len(posts)), np.diff(bounds))
    spans = laid.spans[taken]
    stays = np.ones(len(taken), bool)
    for nth in range(max(map(len, gone), default=0)):
        start, end = np.array([places[nth] if nth < len(places) else (0, 0) for places in gone]).T
        stays &= (start[owner] >= spans[:, 1]) | (spans[:, 0] >= end[owner])
    left = bounds_of(np.bincount(owner[stays], minlength=len(posts)))
    taken = taken[stays]
    return Laid(laid.kinds[taken], laid.sentences[taken], laid.spans[taken], left, laid.sources[posts])


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


def _whole_words(folded: str, start: int, end: int) -> Span:
    """Widen an n-gram to the words that it lies in, without the blanks around; unspaced scripts stay as they are."""
    start, end = max(0, start), min(len(folded), end)
    while start < end and not folded[start].isalnum():
        start += 1
    while start < end and not folded[end - 1].isalnum():
        end -= 1
    while 0 < start < end and folded[start - 1].isalnum() and max(folded[start - 1], folded[start]) < "\u2e80":
        start -= 1
    while start < end < len(folded) and folded[end].isalnum() and max(folded[end], folded[end - 1]) < "\u2e80":
        end += 1
    return start, end
