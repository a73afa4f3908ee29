"""What live posts are held against: how held-back posts of the corpus were judged, and what of them was unknown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from sklearn.model_selection import GroupKFold

from foreshock_classify.domain.decide import Decided, decide
from foreshock_classify.domain.gate import Gate
from foreshock_classify.domain.gazetteer import Gazetteer
from foreshock_classify.domain.normalise import normalise
from foreshock_classify.drift.reference import BINS, GROUPS, SCORES, Floats, Reference, group_of
from foreshock_classify.drift.words import words
from foreshock_classify.training.corpus import Example, families
from foreshock_classify.training.train import FOLDS, Trained, stream_weights

_KNOWN_FROM: Final = 2
"""Posts that must have a word: the model gives none to what only one has."""


def reference_of(trained: Trained) -> Reference:
    """From the judgements of models that had not seen the posts."""
    gate, examples = Gate(Gazetteer()), trained.examples
    decisions = decide(trained.model, trained.margins.astype(np.float32))
    kept = [
        place
        for place, (example, decided) in enumerate(zip(examples, decisions, strict=True))
        if not decided.irrelevant and gate.passes(example.text)
    ]
    weights = stream_weights(examples)
    read = [words(normalise(example.text, example.lang)) for example in examples]
    edges, counts = _scores([examples[place] for place in kept], [decisions[place] for place in kept], weights[kept])
    languages, unknown = _unknown(examples, read, kept, weights)
    return Reference(
        source=trained.model.source,
        edges=edges,
        counts=counts,
        vocabulary=np.array(sorted(_known(read)), np.uint32),
        languages=np.array(languages, np.str_),
        unknown=unknown,
    )


def _scores(examples: Sequence[Example], decisions: Sequence[Decided], weights: Floats) -> tuple[Floats, Floats]:
    """Edges of bins, by posts, so that the few shocks of a stream have bins as well; and what lies in them, by weight.

    Rounded as a judgement is.
    """
    scores = np.array([[round(d.shock_score, 4), round(d.urgency_score, 4)] for d in decisions]).reshape(-1, 2)
    groups = np.array(
        [group_of(e.source_kind, d.topics[0], shock=d.shock) for e, d in zip(examples, decisions, strict=True)],
        np.int64,
    )
    edges, counts = np.ones((len(SCORES), BINS - 1)), np.ones((len(SCORES), GROUPS, BINS))
    for place, column in enumerate(scores.T):
        if len(column):
            edges[place] = np.quantile(column, np.arange(1, BINS) / BINS)
        bins = np.searchsorted(edges[place], column, side="right")
        for group in range(GROUPS):
            inside = groups == group
            filled = np.bincount(bins[inside], weights[inside], BINS)
            counts[place, group] = filled * inside.sum() / filled.sum() if inside.any() else 0
    return edges, counts


def _unknown(
    examples: Sequence[Example], read: Sequence[set[int]], kept: Sequence[int], weights: Floats
) -> tuple[list[str], Floats]:
    """By language and at last of all: the mean part of a held-back post's words that the other folds do not have.

    Held back by hand, since each has words of its own, as a new source has; where no hand is told, by family.
    """
    parts = np.full(len(examples), np.nan)
    wanted = set(kept)
    groups = [example.hand or f"family {n}" for example, n in zip(examples, families(examples), strict=True)]
    for learnt, asked in GroupKFold(FOLDS).split(np.zeros(len(examples)), groups=groups):
        known = _known(read[place] for place in learnt)
        for place in wanted.intersection(asked.tolist()):
            if read[place]:
                parts[place] = len(read[place] - known) / len(read[place])
    languages = sorted({examples[place].lang for place in kept})
    spoken = np.array([example.lang for example in examples])
    masks = [*(spoken == lang for lang in languages), np.full(len(examples), fill_value=True)]
    return languages, np.array([_mean(parts, weights, mask & ~np.isnan(parts)) for mask in masks])


def _mean(parts: Floats, weights: Floats, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    return float(np.average(parts[mask], weights=weights[mask])) if mask.any() else 0.0


def _known(read: Iterable[set[int]]) -> set[int]:
    seen = Counter(word for found in read for word in found)
    return {word for word, posts in seen.items() if posts >= _KNOWN_FROM}
