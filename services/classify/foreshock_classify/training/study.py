"""`python -m foreshock_classify.training.study [--only designs|features|size]`: what the figures depend on.

Three questions, each answered on held-back posts: which design is best, which features carry it, and what a larger
corpus would bring. Posts are held back by hand, so that a model never saw how their author writes: the nearest to a new
source that a corpus can come. (Held back by event, as the model in service is calibrated, figures are in the report of
the training.) Features and size take some minutes; the designs, dear ones among them, half an hour.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.model_selection import GroupKFold

from foreshock_classify.domain.cue_features import BLOCKS, DIMENSION
from foreshock_classify.domain.ngrams import NGRAMS
from foreshock_classify.evaluation.figures import Figures, measure
from foreshock_classify.training.corpus import CORPUS, Example, families, load
from foreshock_classify.training.designs import DESIGNS, Design, Posts, masked
from foreshock_classify.training.report import cases_of
from foreshock_classify.training.train import FOLDS, finish, occurrences, stream_weights, targets
from foreshock_shared.contracts.judgement import Topic

SHARES: Final = (0.125, 0.25, 0.5, 1.0)
"""Parts of the corpus that the learning curve is drawn through."""
COLUMNS: Final[Mapping[str, Callable[[Figures, Figures], float]]] = {
    "shock AP": lambda corpus, _: corpus.average_precision,
    "1:100 AP": lambda _, stream: stream.average_precision,
    "1:100 F1": lambda _, stream: stream.shock.f1,
    "policy": lambda corpus, _: corpus.topics[Topic.POLICY].f1,
    "topics": lambda corpus, _: corpus.macro_f1,
    "none": lambda corpus, _: corpus.topics[Topic.NONE].f1,
    "kappa": lambda corpus, _: corpus.kappa,
}
Fold = tuple[Sequence[int], Sequence[int]]


class Bench:
    """A corpus, read once, on which designs are measured."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = list(examples)
        self._counts = occurrences(self.examples)
        self._labels = targets(self.examples)
        self._families = np.array(families(self.examples))
        self._folds = self._by_hand()

    def _by_hand(self) -> list[Fold]:
        """Folds that share no author, and no family either."""
        folds = []
        hands = np.array([example.hand for example in self.examples])
        for learnt, asked in GroupKFold(FOLDS).split(self._labels, groups=hands):
            foreign = ~np.isin(self._families[learnt], self._families[asked])
            folds.append((learnt[foreign], asked))
        return folds

    def row(self, design: Design, share: float = 1.0) -> str:
        """The figures of a design, fitted on this share of the families of each fold."""
        margins = np.zeros(self._labels.shape)
        for learnt, asked in self._folds:
            part = self._part(np.asarray(learnt), share)
            margins[asked] = design(self._posts(part), self._labels[part], self._posts(asked))
        cases = cases_of(self.examples, margins, finish(self.examples, margins))
        stream = [replace(c, weight=w) for c, w in zip(cases, stream_weights(self.examples), strict=True)]
        corpus, weighed = measure(cases), measure(stream)
        return "".join(f"{value(corpus, weighed):10.3f}" for value in COLUMNS.values())

    def _part(self, learnt: np.ndarray[tuple[int], np.dtype[np.int64]], share: float) -> Sequence[int]:
        order = np.random.default_rng(0).permutation(np.unique(self._families[learnt]))
        kept = order[: max(1, round(share * len(order)))]
        return [int(index) for index in learnt[np.isin(self._families[learnt], kept)]]

    def _posts(self, indices: Sequence[int]) -> Posts:
        return [self.examples[i] for i in indices], self._counts[indices]


def designs(bench: Bench) -> Iterator[str]:
    """Which design is best."""
    yield _head("designs")
    for name, design in DESIGNS.items():
        yield f"{name:34s}{bench.row(design)}"


def features(bench: Bench) -> Iterator[str]:
    """What the design in service loses without a group of its features."""
    yield _head("without")
    for name, places in {"n-grams": slice(0, NGRAMS), **BLOCKS}.items():
        keep = np.ones(DIMENSION, bool)
        keep[places] = False
        yield f"{name:34s}{bench.row(masked(keep))}"


def size(bench: Bench) -> Iterator[str]:
    """What a smaller corpus would do, and so what a larger one may."""
    yield _head("learning curve")
    for share in SHARES:
        yield f"{f'{share:.1%} of what is learnt from':34s}{bench.row(DESIGNS['both'], share)}"


QUESTIONS: Final = {"designs": designs, "features": features, "size": size}


def study(examples: Sequence[Example], asked: Sequence[str]) -> Iterator[str]:
    """Lines of a report, as they are found."""
    bench = Bench(examples)
    yield f"{len(bench.examples)} posts, held back by hand"
    for name in asked:
        yield ""
        yield from QUESTIONS[name](bench)


def _head(title: str) -> str:
    return f"{title:34s}" + "".join(f"{name:>10s}" for name in COLUMNS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the report line by line."""
    parser = argparse.ArgumentParser(prog="python -m foreshock_classify.training.study", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of .jsonl files, or one file")
    parser.add_argument("--only", choices=list(QUESTIONS), help="one of the questions; else all")
    options = parser.parse_args(arguments)
    for line in study(load(options.corpus), [options.only] if options.only else list(QUESTIONS)):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
