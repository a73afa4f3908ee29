"""Figures on held-back posts: what a model says of posts whose event it has not seen."""

from itertools import pairwise

import numpy as np
from sklearn.metrics import average_precision_score, cohen_kappa_score, f1_score, precision_recall_fscore_support

from foreshock_classify.domain.model import SHOCK, TOPICS, URGENCIES, expected_rank
from foreshock_classify.training.train import Trained, stream_weights, targets
from foreshock_shared.contracts.judgement import Topic

_STEPS = (0.0, 0.05, 0.2, 0.5, 0.8, 1.01)


def report(trained: Trained) -> str:
    """A page of text."""
    labels = targets(trained.examples)
    model = trained.model
    probabilities = 1 / (1 + np.exp(-(model.slope * trained.margins + model.offset)))
    given = probabilities >= model.threshold
    given[:, TOPICS.index(Topic.NONE)] = ~given[:, : len(TOPICS)][:, [t is not Topic.NONE for t in TOPICS]].any(axis=1)
    weights = stream_weights(trained.examples)
    wanted = labels[:, SHOCK]
    lines = [
        f"model {model.version}, {len(trained.examples)} examples, {int(wanted.sum())} shocks; held back by event",
        "",
    ]
    for name, weight in (("in the corpus", None), ("in a stream with 1 shock in 100", weights)):
        precision, recall, f1, _ = precision_recall_fscore_support(
            wanted, given[:, SHOCK], average="binary", sample_weight=weight, zero_division=0
        )
        average = average_precision_score(wanted, trained.margins[:, SHOCK], sample_weight=weight)
        lines.append(f"shock {name:32s} precision {precision:.2f} recall {recall:.2f} F1 {f1:.2f} AP {average:.2f}")
    lines += ["", "shock said  posts  in the stream"]
    for low, high in pairwise(_STEPS):
        here = (probabilities[:, SHOCK] >= low) & (probabilities[:, SHOCK] < high)
        true = float(weights[here & wanted].sum() / weights[here].sum()) if here.any() else 0.0
        lines.append(f"{low:.2f}-{min(high, 1):.2f}  {int(here.sum()):6d}  {true:.2f}")
    scores = [f1_score(labels[:, i], given[:, i], zero_division=0) for i in range(len(TOPICS))]
    lines += [
        "",
        f"topics macro-F1 {np.mean(scores):.2f}: "
        + " ".join(f"{t.value} {s:.2f}" for t, s in zip(TOPICS, scores, strict=True)),
    ]
    ranks = [int((expected_rank(row.astype(np.float32)) >= model.cuts).sum()) for row in trained.margins]
    kappa = cohen_kappa_score(
        [e.urgency.rank for e in trained.examples], ranks, weights="quadratic", labels=range(len(URGENCIES))
    )
    lines.append(f"urgency quadratic kappa {kappa:.2f}")
    for lang in sorted({example.lang for example in trained.examples}):
        here = np.array([example.lang == lang for example in trained.examples])
        score = f1_score(wanted[here], given[here, SHOCK], zero_division=0)
        lines.append(f"shock F1 in {lang}: {score:.2f} of {int(wanted[here].sum())}")
    return "\n".join(lines) + "\n"
