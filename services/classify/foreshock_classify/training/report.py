"""What a freshly trained model says of posts that were held back from it, as the cases of an evaluation."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from foreshock_classify.domain.decide import Decided, decide
from foreshock_classify.domain.gate import Gate
from foreshock_classify.domain.gazetteer import Gazetteer
from foreshock_classify.domain.model import Model
from foreshock_classify.evaluation import text
from foreshock_classify.evaluation.cases import Case, Label, Said
from foreshock_classify.evaluation.figures import measure
from foreshock_classify.training.corpus import Example
from foreshock_classify.training.train import Floats, Trained, stream_weights
from foreshock_shared.contracts.judgement import Topic, Urgency

STOPPED: Final = Said(frozenset({Topic.NONE}), Urgency.LOW, shock=False, shock_score=0.0)
"""What is said of a post that the gate stops."""


def report(trained: Trained) -> str:
    """A page of text: in the corpus, and in a stream that has one shock in a hundred posts."""
    cases = held_back(trained)
    stream = [replace(c, weight=w) for c, w in zip(cases, stream_weights(trained.examples), strict=True)]
    model = trained.model
    parts = [
        [f"model {model.version}, {len(cases)} posts, {sum(case.label.shock for case in cases)} of them shocks"],
        ["each was judged by a model that had seen nothing of its event, nor of a wording like it"],
        text.headline({"corpus": measure(cases), "1 in 100": measure(stream)}),
        text.topics({"corpus": measure(cases)}),
        text.urgency(measure(cases)),
        text.reliability(measure(stream)),
        text.languages(cases),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def held_back(trained: Trained) -> list[Case]:
    """Every post of the corpus with the judgement of the model that had not seen it."""
    return cases_of(trained.examples, trained.margins, trained.model)


def cases_of(examples: Sequence[Example], margins: Floats, model: Model) -> list[Case]:
    """Posts with what service would say of them: none where the gate stops them, else what these margins decide."""
    gate = Gate(Gazetteer())
    return [
        Case(
            example.event,
            example.text,
            example.lang,
            _label(example),
            _said(decided) if gate.passes(example.text) else STOPPED,
        )
        for example, decided in zip(examples, decide(model, margins.astype(np.float32)), strict=True)
    ]


def _label(example: Example) -> Label:
    return Label(frozenset(example.topics), example.urgency, example.policy_shock, example.event)


def _said(decided: Decided) -> Said:
    return Said(frozenset(decided.topics), decided.urgency, decided.shock, decided.shock_score)
