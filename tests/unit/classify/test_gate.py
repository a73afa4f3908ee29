"""The gate stops noise for little, and lets through what our field is about."""

import time
from collections.abc import Callable
from itertools import islice

import pytest

from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.domain.gate import Gate
from foreshock_classify.domain.gazetteer import Gazetteer
from foreshock_classify.domain.reading import Post
from foreshock_classify.training.corpus import Example, load
from foreshock_shared.contracts.judgement import EntityKind, Topic

NOISE = [
    "said my main bus again came late, rained on, vain hair ruined",
    "Grandmother's plum cake needs exactly three hours and no opinions",
    "Late goal sends Rovers through; keeper blames the wind",
    "昨日は久しぶりに海へ行って、魚を焼いて食べた",
    "Heute nur Nebel, Tee und ein sehr altes Buch",
]


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate(Gazetteer())


@pytest.mark.parametrize("text", NOISE)
def test_noise_is_stopped(gate: Gate, text: str) -> None:
    assert not gate.passes(text)


def test_letters_inside_a_word_are_no_term(gate: Gate) -> None:
    assert gate.passes("The AI is here")
    assert not gate.passes("The rAIn is here")


def test_latin_words_beside_japanese_stand_alone(gate: Gate) -> None:
    assert gate.passes("国産AIを使う")


def test_a_name_that_is_a_common_word_counts_only_as_it_is_written(gate: Gate) -> None:
    assert gate.passes("Slack sent everybody home")
    assert not gate.passes("cut the boy some slack")
    assert gate.passes("ＩＢＭ sent everybody home")
    assert gate.passes("İ Slack sent everybody home"), "where lowering makes a text longer, places say nothing"


def test_hyphens_and_full_width_letters_do_not_hide_a_term(gate: Gate) -> None:
    assert gate.passes("another data-center fire drill")
    assert gate.passes("ＧＰＵが足りない")


def test_hardly_a_shock_of_the_corpus_is_stopped(gate: Gate) -> None:
    """A few that only allude to what they are about (a town, a nickname) are; no list of words would let them in."""
    stopped = [example.text for example in load() if example.policy_shock and not gate.passes(example.text)]
    assert len(stopped) <= 0.015 * sum(example.policy_shock for example in load()), stopped


def test_most_of_what_matters_passes_and_most_of_the_noise_does_not(gate: Gate) -> None:
    passed = {True: 0, False: 0}
    total = {True: 0, False: 0}
    for example in load():
        relevant = Topic.NONE not in example.topics
        total[relevant] += 1
        passed[relevant] += gate.passes(example.text)
    assert passed[True] >= 0.9 * total[True]
    assert passed[False] <= 0.6 * total[False]


def test_a_name_of_the_watchlist_opens_the_gate() -> None:
    text = "Roadmaster Zwei sounds nice"
    assert not Gate(Gazetteer()).passes(text)
    assert Gate(Gazetteer({EntityKind.MODEL: {"roadmaster": ["Roadmaster Zwei"]}})).passes(text)


def test_noise_costs_a_small_part_of_what_a_relevant_post_does(gate: Gate, classifier: Classifier) -> None:
    relevant = [Post(example.text) for example in islice(filter(is_relevant, load()), 200)]

    noise_costs = min(_seconds(lambda: [gate.passes(text) for text in NOISE * 200]) for _ in range(10)) / len(
        NOISE * 200
    )
    relevant_costs = min(_seconds(lambda: list(classifier.judge_all(relevant))) for _ in range(3)) / len(relevant)

    assert noise_costs < relevant_costs / 15


def is_relevant(example: Example) -> bool:
    return Topic.NONE not in example.topics


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
