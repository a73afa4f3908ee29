"""Designs that a classifier could have, all learning from the same posts, to be compared on the same held-back ones.

A design is fitted on some posts and gives margins for others: one column for each decision, as in `domain.model`. The
one in service is `both`; why is told in `docs/decisions/`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier

from foreshock_classify.domain.cue_features import DIMENSION
from foreshock_classify.domain.ngrams import NGRAMS
from foreshock_classify.training.corpus import Example
from foreshock_classify.training.train import Bools, Floats, fit, fit_each, inverse_document_frequency, matrix

LATENT: Final = 128
"""Dimensions that n-grams are projected to."""
HIDDEN: Final = 64
EPOCHS: Final = 25
INNER_FOLDS: Final = 3
SAFE: Final = 1e-6
"""Least distance of a probability from certainty."""

Posts = tuple[Sequence[Example], sparse.csr_matrix]
"""Examples, and how often each has each feature."""
Design = Callable[[Posts, Bools, Posts], Floats]


def words(learnt: Posts, labels: Bools, asked: Posts) -> Floats:
    """Logistic regression on TF-IDF of words and their neighbours: what everybody tries first."""
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    rows = vectors.fit_transform([example.text for example in learnt[0]])
    return _linear(rows, labels, vectors.transform([example.text for example in asked[0]]))


def ngrams(learnt: Posts, labels: Bools, asked: Posts) -> Floats:
    """Words, pairs of words and runs of characters, hashed, weighed by IDF."""
    keep = np.arange(DIMENSION) < NGRAMS
    return masked(keep)(learnt, labels, asked)


def cues(learnt: Posts, labels: Bools, asked: Posts) -> Floats:
    """Kinds of cues, their pairs, sequences and frames; no word as such."""
    keep = np.arange(DIMENSION) >= NGRAMS
    return masked(keep)(learnt, labels, asked)


def both(learnt: Posts, labels: Bools, asked: Posts) -> Floats:
    """N-grams and cues side by side in one linear model."""
    return masked(np.ones(DIMENSION, bool))(learnt, labels, asked)


def latent(learnt: Posts, labels: Bools, asked: Posts) -> Floats:
    """N-grams projected to a small space that is learnt here (LSA), with the cues, in one hidden layer for all."""
    rows, others = _rows(learnt, asked)
    space = TruncatedSVD(LATENT, random_state=0).fit(rows[:, :NGRAMS])
    scale = 1 / np.sqrt((space.transform(rows[:, :NGRAMS]) ** 2).mean())

    def dense(part: sparse.csr_matrix) -> Floats:
        return np.hstack([space.transform(part[:, :NGRAMS]) * scale, _presence(part, rows)])

    net = MLPClassifier((HIDDEN,), alpha=1e-3, batch_size=64, learning_rate_init=2e-3, max_iter=EPOCHS, random_state=0)
    net.fit(dense(rows), labels.astype(int))
    return _log_odds(net.predict_proba(dense(others)))


def trees(learnt: Posts, labels: Bools, asked: Posts) -> Floats:
    """Boosted trees over the cues and over the margins of `both`, which are taken out of fold."""
    rows, others = _rows(learnt, asked)
    inner = np.zeros(labels.shape)
    folds = list(KFold(INNER_FOLDS, shuffle=True, random_state=0).split(inner))
    (weights, bias), *parts = fit_each(rows, labels, [np.arange(len(labels)), *(learnt for learnt, _ in folds)])
    for (_, checked), (without, without_bias) in zip(folds, parts, strict=True):
        inner[checked] = rows[checked] @ without + without_bias
    outer: Floats = others @ weights + bias
    table, questions = np.hstack([inner, _presence(rows, rows)]), np.hstack([outer, _presence(others, rows)])
    margins = outer.copy()
    for column, wanted in enumerate(labels.T):
        boosted = HistGradientBoostingClassifier(max_iter=80, max_leaf_nodes=12, l2_regularization=5, random_state=0)
        margins[:, column] = _log_odds(boosted.fit(table, wanted).predict_proba(questions)[:, 1])
    return margins


DESIGNS: Final[Mapping[str, Design]] = {
    "words": words,
    "ngrams": ngrams,
    "cues": cues,
    "both": both,
    "latent": latent,
    "trees": trees,
}


def masked(keep: Bools) -> Design:
    """The design in service with only some of its features."""

    def design(learnt: Posts, labels: Bools, asked: Posts) -> Floats:
        kept = sparse.diags(keep.astype(float)).tocsr()
        rows, others = (part @ kept for part in _rows(learnt, asked))
        return _linear(rows, labels, others)

    return design


def _rows(learnt: Posts, asked: Posts) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    idf = inverse_document_frequency(learnt[1])
    return matrix(learnt[1], idf), matrix(asked[1], idf)


def _linear(rows: sparse.csr_matrix, labels: Bools, others: sparse.csr_matrix) -> Floats:
    weights, bias = fit(rows, labels)
    margins: Floats = others @ weights + bias
    return margins


def _presence(part: sparse.csr_matrix, learnt: sparse.csr_matrix) -> Floats:
    """Cue features that several of the posts learnt from have, as zeros and ones."""
    often = np.flatnonzero(np.diff(learnt[:, NGRAMS:].tocsc().indptr) >= HIDDEN)
    present: Floats = (part[:, NGRAMS:][:, often] != 0).toarray().astype(float)
    return present


def _log_odds(probability: Floats) -> Floats:
    safe = np.clip(probability, SAFE, 1 - SAFE)
    odds: Floats = np.log(safe / (1 - safe))
    return odds
