"""Why a post was judged as it was: the words that carried a decision, each with what it was worth.

The weight of a cue is the drop of the decision's log odds when the cue is taken out of the text, wherever it stands. It
is found by taking it out, not by adding up weights: removing what is named lowers the score, by about that much.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.cues import Cue
from foreshock_classify.domain.features import Features, cue_value, kind_index
from foreshock_classify.domain.model import Model
from foreshock_classify.domain.ngrams import Indices
from foreshock_classify.domain.normalise import Text
from foreshock_shared.contracts.judgement import Cue as Reason

LEAST: Final = 0.1
"""Log odds below which a cue is not worth a reader's time."""
_CUES: Final = 60
"""Cues that are looked at; those of a long text's beginning decide it."""
_WORDS: Final = 3
"""N-grams whose words are candidates though no lexicon knows them."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """A post as the model saw it."""

    text: Text
    cues: Sequence[Cue]
    features: Features
    cue_block: Callable[[Sequence[Cue]], Indices]
    """The cue features that the post would have with these cues alone."""


def reasons(case: Case, model: Model, decision: str, column: int, limit: int) -> list[Reason]:
    """Up to `limit` cues that carry a decision, which is a column of the model, the strongest first."""
    found = [
        Reason.model_construct(decision=decision, cue=wording, weight=round(weight, 2))
        for wording, weight in _weighed(case, model, column, limit)
        if weight >= LEAST
    ]
    return sorted(found, key=lambda reason: -reason.weight)


def both_ways(case: Case, model: Model, decision: str, column: int, limit: int) -> list[Reason]:
    """As `reasons`, and also the cues that speak against; whatever weighs most comes first. Dearer: all are tried."""
    found = [
        Reason.model_construct(decision=decision, cue=wording, weight=round(weight, 2))
        for wording, weight in _weighed(case, model, column, None)
        if abs(weight) >= LEAST
    ]
    return sorted(found, key=lambda reason: -abs(reason.weight))[:limit]


def _weighed(case: Case, model: Model, column: int, limit: int | None) -> Iterator[tuple[str, float]]:
    """Wordings, and what the margin loses without each; with a limit only those that promise most."""
    text, cues, features = case.text, case.cues, case.features
    weights = model.weights[:, column]
    worth = model.idf[features.ngrams] * weights[features.ngrams]
    spans = list(_spans(text, features, cues, worth).values())
    if not spans:
        return
    drops = _ngram_drops(features, model, worth, spans)
    scale = cue_value(features.cues)
    cue_part = scale * float(weights[features.cues].sum())
    kinds: dict[Span, float] = {}
    for cue in cues:
        kinds[cue.start, cue.end] = kinds.get((cue.start, cue.end), 0.0) + float(weights[kind_index(cue.kind)])
    promise = drops + [scale * kinds.get(places[0], 0.0) for places in spans]
    for chosen in np.argsort(-promise)[:limit]:
        places = spans[chosen]
        left = [cue for cue in cues if not any(start < cue.end and cue.start < end for start, end in places)]
        weight = float(drops[chosen])
        if len(left) < len(cues):
            block = case.cue_block(left)
            weight += cue_part - cue_value(block) * float(weights[block].sum())
        start, end = places[0]
        yield text.clean[start:end], weight


def _ngram_drops(
    features: Features, model: Model, worth: NDArray[np.float32], spans: list[list[Span]]
) -> NDArray[np.float32]:
    """What the n-gram block loses when each group of spans is taken out, the length of the block adjusted."""
    squares = model.idf[features.ngrams] ** 2
    flat = np.array([place for places in spans for place in places])
    firsts = np.cumsum([0, *(len(places) for places in spans[:-1])])
    touched = (features.starts < flat[:, 1:]) & (features.ends > flat[:, :1])
    touched = np.logical_or.reduceat(touched, firsts, axis=0).astype(np.float32)
    left = np.maximum(squares.sum() - touched @ squares, 1e-6)
    whole = worth.sum() / max(float(squares.sum()) ** 0.5, 1e-3)
    drops: NDArray[np.float32] = whole - (worth.sum() - touched @ worth) / np.sqrt(left)
    return drops


def _spans(text: Text, features: Features, cues: Sequence[Cue], worth: NDArray[np.float32]) -> dict[str, list[Span]]:
    """What may be taken out: cues, and the words whose n-grams weigh most; all places of one wording together."""
    places = {(cue.start, cue.end) for cue in cues[:_CUES]}
    for heavy in np.argsort(worth)[-_WORDS:]:
        places.add(_whole_words(text.folded, int(features.starts[heavy]), int(features.ends[heavy])))
    spans: dict[str, list[Span]] = {}
    for start, end in sorted(places):
        if wording := text.folded[start:end].strip():
            spans.setdefault(wording, []).append((start, end))
    return spans


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
