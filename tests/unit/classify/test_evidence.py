"""Reasons are true: without what is named, the score is lower."""

import math
from itertools import pairwise

import pytest

from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.training.corpus import load
from foreshock_shared.contracts.judgement import Cue
from foreshock_shared.contracts.post import SourceKind, Tier

TEXTS = [
    "Ottawa orders cloud providers to cut off Nvidia H200 access for Chinese customers from midnight",
    "The Commerce Department has suspended all export licences for AI accelerators to Malaysia, effective immediately.",
    "State Department stops issuing visas to foreign AI researchers with immediate effect",
    "経済産業省、先端AI半導体の対中輸出を即日停止 全事業者に許可制を適用",
    "美国商务部宣布即日起禁止向中国出口H20芯片，已发放的许可证全部撤销",
    "Pékin interdit l'exportation de gallium et de terres rares vers les États-Unis à compter d'aujourd'hui",
]


def shock_odds(classifier: Classifier, text: str) -> float:
    """Log odds before they are rounded, as they are handed on."""
    explained = classifier.explain(text, SourceKind.NEWS, Tier.PRESS, "en" if text.isascii() else None)
    score = explained.verdicts[0].probability
    return math.log(score / (1 - score))


def shock_cues(classifier: Classifier, text: str) -> list[Cue]:
    judged = classifier.judge(text, SourceKind.NEWS, Tier.PRESS, "en" if text.isascii() else None)
    return [cue for cue in judged.why.cues if cue.decision == "shock"]


@pytest.mark.parametrize("text", TEXTS)
def test_taking_a_named_cue_out_lowers_the_score(classifier: Classifier, text: str) -> None:
    """What the mark leaves of the neighbouring words can make up for a weak cue; the test below counts how rarely."""
    cues = [cue for cue in shock_cues(classifier, text) if cue.weight >= 0.25]
    assert cues
    for cue in cues:
        assert cue.cue in text
        assert shock_odds(classifier, text.replace(cue.cue, "…")) < shock_odds(classifier, text), cue


@pytest.mark.slow
def test_reasons_are_true_of_nearly_every_shock_of_the_corpus(classifier: Classifier) -> None:
    """What a blank leaves of the neighbouring words can make up for a weak cue; that is rare, and counted."""
    shocks = [example for example in load() if example.policy_shock][::15]
    true = {True: 0, False: 0}
    for example in shocks:
        judged = classifier.judge(example.text, example.source_kind, Tier.SOCIAL, example.lang)
        for cue in (cue for cue in judged.why.cues if cue.decision == "shock"):
            without = example.text.replace(cue.cue, "…")
            score = classifier.judge(without, example.source_kind, Tier.SOCIAL, example.lang).shock_score
            true[score < judged.shock_score or judged.shock_score == 1] += 1
    assert true[True] > 200
    assert true[False] <= 0.05 * true[True]


@pytest.mark.parametrize("text", TEXTS)
def test_the_strongest_cue_comes_first(classifier: Classifier, text: str) -> None:
    weights = [cue.weight for cue in shock_cues(classifier, text)]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize("text", TEXTS)
def test_no_reason_lies_in_another(classifier: Classifier, text: str) -> None:
    places = sorted((text.index(cue.cue), text.index(cue.cue) + len(cue.cue)) for cue in shock_cues(classifier, text))
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


def test_every_relevant_post_says_what_made_its_first_topic(classifier: Classifier) -> None:
    judged = classifier.judge("Paris model maker raises 400 million euros in funding round led by pension investors")
    assert judged.why.model == classifier.version
    assert {cue.decision for cue in judged.why.cues} == {judged.topics[0].name.value}


def test_a_post_that_the_gate_stops_needs_no_reasons(classifier: Classifier) -> None:
    assert classifier.judge("plum cake again").why.cues == []
