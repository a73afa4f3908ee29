"""Training: linear one-against-the-rest columns, calibrated and cut on posts that the fitted model has not seen.

Deterministic: the same corpus gives the same file. Splits keep events and families of like wordings together. The
corpus is denser in shocks than any stream is, so the shock threshold is chosen for a stream in which one post in a
hundred is one (`STREAM`).
"""

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from foreshock_classify.domain.cue_features import DIMENSION
from foreshock_classify.domain.features import cue_value, extract
from foreshock_classify.domain.gazetteer import Gazetteer
from foreshock_classify.domain.model import COLUMNS, SHOCK, TOPICS, URGENCIES, Model, expected_ranks
from foreshock_classify.domain.ngrams import NGRAMS
from foreshock_classify.domain.reading import Post, Reader
from foreshock_classify.domain.segments import Indices
from foreshock_classify.training.corpus import CORPUS, Example, families, load, source_hash
from foreshock_shared.contracts.judgement import Topic
from foreshock_shared.contracts.post import Tier

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Fitted = tuple[Floats, Floats]
"""Weights, a column for each decision, and the biases."""

FOLDS: Final = 4
STRENGTH: Final = 5.0
"""Inverse of regularisation; flat between 1 and 10 on held-back posts."""
SHOCK_RECALL: Final = 2.0
"""How much more a shock's recall counts than its precision: a missed one nobody hears of, a false alarm says why."""
URGENCY_RECALL: Final = (1.15, 1.5, 1.5)
"""How much more it costs to call a medium, high or critical post lower than it is than the reverse."""
SURE: Final = 5.0
"""Log odds of a column that has only one answer."""
STREAM: Final = {"shock": 0.01, "policy": 0.10, "relevant": 0.39, "none": 0.50}
"""What a stream of a hundred posts is made of, by which held-back errors are weighed."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and what it did on posts that were held back from it."""

    model: Model
    examples: list[Example]
    margins: Floats


def train(corpus: Path = CORPUS) -> Trained:
    """Fit everything."""
    examples = load(corpus)
    counts = occurrences(examples)
    idf = inverse_document_frequency(counts)
    rows, labels = matrix(counts, idf), targets(examples)
    held_back = np.zeros(labels.shape)
    folds = list(GroupKFold(FOLDS).split(rows, groups=families(examples)))
    (weights, bias), *others = fit_each(rows, labels, [np.arange(len(examples)), *(learnt for learnt, _ in folds)])
    for (_, checked), (without, without_bias) in zip(folds, others, strict=True):
        held_back[checked] = rows[checked] @ without + without_bias
    model = replace(
        finish(examples, held_back),
        source=source_hash(corpus),
        idf=idf,
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
    )
    return Trained(model, examples, held_back)


def finish(examples: Sequence[Example], held_back: Floats) -> Model:
    """A model without weights: calibration, thresholds and cuts that suit these held-back margins."""
    labels, weights = targets(examples), stream_weights(examples)
    slope, offset = calibrate(held_back, labels, weights)
    nothing = np.zeros(0, np.float32)
    return Model(
        source="",
        idf=nothing,
        weights=nothing,
        bias=nothing,
        slope=slope,
        offset=offset,
        threshold=thresholds(slope * held_back + offset, labels, weights),
        cuts=urgency_cuts(held_back, examples),
    )


def occurrences(examples: Sequence[Example]) -> sparse.csr_matrix:
    """How often each post has each feature, as serving reads it; a corpus knows no tiers, so none speaks here."""
    reader = Reader(Gazetteer())
    posts = [Post(example.text, example.source_kind, Tier.SOCIAL, example.lang) for example in examples]
    features = extract([reader.read(post) for post in posts])
    places = np.concatenate([features.ngrams.indices, features.cues])
    owners = [np.repeat(np.arange(len(posts)), np.diff(b)) for b in (features.ngrams.bounds, features.cue_bounds)]
    ones = np.ones(len(places))
    return sparse.csr_matrix((ones, (np.concatenate(owners), places)), shape=(len(posts), DIMENSION))


def inverse_document_frequency(counts: sparse.csr_matrix) -> NDArray[np.float32]:
    """Smoothed; an n-gram that only one post has says nothing and gets none."""
    seen = counts[:, :NGRAMS].getnnz(axis=0)
    return np.where(seen >= 2, np.log((1 + counts.shape[0]) / (1 + seen)) + 1, 0).astype(np.float32)


def matrix(counts: sparse.csr_matrix, idf: NDArray[np.float32]) -> sparse.csr_matrix:
    """One row a post, in exactly the scaling of `Model.margins`."""
    ngrams, cues = counts[:, :NGRAMS], counts[:, NGRAMS:]
    norm = np.sqrt(ngrams @ idf.astype(np.float64) ** 2)
    ngrams = sparse.diags(1 / np.where(norm > 0, norm, 1)) @ ngrams @ sparse.diags(idf.astype(np.float64))
    rows = sparse.hstack([ngrams, sparse.diags(cue_value(cues.getnnz(axis=1)).astype(np.float64)) @ cues], "csr")
    rows.eliminate_zeros()
    return rows


def targets(examples: Sequence[Example]) -> Bools:
    """What each column should say of each example."""
    return np.array(
        [
            [*(topic in e.topics for topic in TOPICS), *(e.urgency is step for step in URGENCIES), e.policy_shock]
            for e in examples
        ]
    )


def fit_each(rows: sparse.csr_matrix, labels: Bools, parts: Sequence[Indices]) -> list[Fitted]:
    """A fit to each of these parts of the posts.

    Each in a process: the solver draws from one generator of its process, so that in threads they would disturb each
    other's draws, and no two trainings would be alike.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])  # so that what is imported is imported once
    with ProcessPoolExecutor(min(len(parts), os.cpu_count() or 1), context) as pool:
        return list(pool.map(fit, (rows[part] for part in parts), (labels[part] for part in parts)))


def fit(rows: sparse.csr_matrix, labels: Bools) -> Fitted:
    """Weights and bias of every column. A column with one answer only (a tiny corpus) always gives that answer."""
    columns = [_fit_column(rows, wanted) for wanted in labels.T]
    return np.array([weights for weights, _ in columns]).T, np.array([bias for _, bias in columns])


def _fit_column(rows: sparse.csr_matrix, wanted: Bools) -> tuple[Floats, float]:
    if wanted.all() or not wanted.any():
        return np.zeros(rows.shape[1]), SURE if wanted.all() else -SURE
    solver = LogisticRegression(C=STRENGTH, solver="liblinear", dual=True, tol=1e-2, max_iter=500, random_state=0)
    fitted = solver.fit(rows, wanted)
    return fitted.coef_[0], float(fitted.intercept_[0])


def stream_weights(examples: Sequence[Example]) -> Floats:
    """How much each example stands for, so that together they are such a stream."""
    kinds = [_kind(example) for example in examples]
    found = Counter(kinds)
    return np.array([STREAM[kind] / found[kind] for kind in kinds])


def _kind(example: Example) -> str:
    if example.policy_shock:
        return "shock"
    if Topic.NONE in example.topics:
        return "none"
    return "policy" if Topic.POLICY in example.topics else "relevant"


def calibrate(margins: Floats, labels: Bools, weights: Floats) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Platt's scaling of each column; shock at the stream's base rate, topics at the corpus' own."""
    slope, offset = np.ones(COLUMNS, np.float32), np.zeros(COLUMNS, np.float32)
    for column in (*range(len(TOPICS)), SHOCK):
        if not 0 < labels[:, column].sum() < len(labels):
            continue
        weight = weights * len(weights) if column == SHOCK else None
        fitted = LogisticRegression(C=1e3).fit(margins[:, [column]], labels[:, column], sample_weight=weight)
        slope[column], offset[column] = fitted.coef_[0, 0], fitted.intercept_[0]
    return slope, offset


def thresholds(odds: Floats, labels: Bools, weights: Floats) -> NDArray[np.float32]:
    """Probabilities from which a column is decided, by held-back F: topics in the corpus, shock in the stream.

    Of thresholds that are as good, the middle one. A topic's is moved halfway to one half: the optimum of a rare one
    lies so low that it is given to posts by the way.
    """
    probabilities = 1 / (1 + np.exp(-odds))
    chosen = np.full(COLUMNS, 0.5, np.float32)
    grid = np.linspace(0.02, 0.98, 97)
    for column in (*range(len(TOPICS)), SHOCK):
        weight, beta = (weights, SHOCK_RECALL) if column == SHOCK else (np.ones(len(weights)), 1.0)
        scores = [_f(labels[:, column], probabilities[:, column] >= cut, weight, beta) for cut in grid]
        middle = np.median(_plateau(grid, np.array(scores)))
        chosen[column] = middle if column == SHOCK else (middle + 0.5) / 2
    return chosen


def _plateau(grid: Floats, scores: Floats) -> Floats:
    """What is as good as the best: one post more or less moves its middle little."""
    good: Floats = grid[scores >= scores.max() - 0.01]
    return good


def _f(wanted: Bools, given: Bools, weights: Floats, beta: float) -> float:
    """F with recall counting beta times as much as precision (van Rijsbergen, 1979)."""
    hit, wrong, missed = (float(weights[mask].sum()) for mask in (wanted & given, ~wanted & given, wanted & ~given))
    more = beta * beta
    return (1 + more) * hit / ((1 + more) * hit + more * missed + wrong) if hit else 0.0


def urgency_cuts(margins: Floats, examples: Sequence[Example]) -> NDArray[np.float32]:
    """Ranks at which the next step begins: those that held-back posts cross wrongly at the least cost.

    A post called too low costs more than one called too high: nobody looks at it in time.
    """
    ranks = expected_ranks(margins.astype(np.float32))
    wanted = np.array([example.urgency.rank for example in examples])
    grid = np.linspace(0.0, 3.0, 301)
    cuts = []
    for step in range(1, len(URGENCIES)):
        cost = np.where(wanted >= step, URGENCY_RECALL[step - 1], 1.0)
        right = [float(np.average((ranks >= cut) == (wanted >= step), weights=cost)) for cut in grid]
        cuts.append(float(np.median(_plateau(grid, np.array(right)))))
    return np.maximum.accumulate(np.array(cuts, np.float32))
