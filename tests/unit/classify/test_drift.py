"""Drift: what a stream is made of is none, posts of a kind that are judged otherwise are, and too few say nothing."""

import random
from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from support.lanes import a_post

from foreshock_classify.app import judging, watching
from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.domain.model import TOPICS
from foreshock_classify.domain.normalise import normalise
from foreshock_classify.domain.reading import Post
from foreshock_classify.drift.reference import BINS, CALLED, GROUPS, KINDS, SCORES, Reference, group_of
from foreshock_classify.drift.watch import LEAST, WINDOW, Watch
from foreshock_classify.drift.words import words
from foreshock_classify.training import DEFAULT_MODEL
from foreshock_classify.training.corpus import load
from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.judgement import Classification, ScoredTopic, Topic, Urgency, Why
from foreshock_shared.contracts.post import SourceKind

DIRECTIVE = (
    "The government has ordered Anthropic to suspend all access to Halcyon 5 by foreign nationals, effective today"
)
RELEVANT = range(1, 1 + TOPICS.index(Topic.NONE))
"""Groups of the first kind of source that a post about our field can be in, shocks aside."""


@pytest.fixture(scope="module")
def reference(classifier: Classifier) -> Reference:
    return Reference.load(DEFAULT_MODEL)


def a_judgement(
    group: int, shock_score: float, urgency_score: float, lang: str = "en"
) -> tuple[SourceKind, Classification]:
    kind, called = divmod(group, CALLED)
    return KINDS[kind], Classification(
        topics=[ScoredTopic(name=TOPICS[called - 1] if called else Topic.POLICY, score=0.9)],
        urgency=Urgency.HIGH,
        urgency_score=urgency_score,
        shock=not called,
        shock_score=shock_score,
        lang=lang,
        why=Why(model="test"),
    )


def drawn(reference: Reference, groups: list[int], number: int, *, less_sure: bool = False) -> Watch:
    """A watch that has seen posts whose scores are drawn from the reference; less sure ones all from the middle."""
    chance, watch = random.Random(0), Watch(reference)  # noqa: S311 - repeatable, not secret
    shares, edges = reference.shares.tolist(), reference.edges.tolist()
    for place in range(number):
        group = chance.choice(groups)
        bins = [chance.choices(range(BINS), shares[s][group])[0] for s in range(len(SCORES))]
        if less_sure:
            bins = [BINS // 2, BINS // 2]
        scores = [edges[s][b - 1] if b else 0.0 for s, b in enumerate(bins)]
        kind, judged = a_judgement(group, scores[0], scores[1])
        watch.see(Post(f"text {place}", kind), judged)
    return watch


@pytest.fixture
def seen(reference: Reference) -> Watch:
    return drawn(reference, [0, *RELEVANT], WINDOW)


def test_a_group_is_a_kind_of_source_and_what_a_post_is_called() -> None:
    every = {group_of(kind, topic, shock=shock) for kind in KINDS for topic in TOPICS for shock in (True, False)}
    assert every == set(range(GROUPS))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(KINDS) - 1).flatmap(lambda k: st.integers(k * CALLED, k * CALLED + 10)), min_size=1))
def test_whatever_a_stream_is_made_of_is_no_drift(reference: Reference, groups: list[int]) -> None:
    watch = drawn(reference, groups, WINDOW)
    assert all(watch.score_drift(score) < 0.1 for score in SCORES)


def test_posts_of_a_kind_that_are_judged_less_surely_are_drift(reference: Reference) -> None:
    watch = drawn(reference, [0, *RELEVANT], WINDOW, less_sure=True)
    assert all(watch.score_drift(score) > 0.25 for score in SCORES)


def test_only_the_last_posts_count(reference: Reference) -> None:
    watch = drawn(reference, [1], WINDOW, less_sure=True)
    for place in range(WINDOW):
        bins = random.Random(place).choices(range(BINS), reference.shares[0, 1])[0]  # noqa: S311
        kind, judged = a_judgement(1, float(reference.edges[0, bins - 1]) if bins else 0.0, 0.5)
        watch.see(Post(f"later text {place}", kind), judged)
    assert watch.score_drift("shock") < 0.1


def test_a_text_counts_once(seen: Watch) -> None:
    before = seen.score_drift("shock")
    kind, judged = a_judgement(1, 0.05, 0.5)
    for _ in range(WINDOW):
        seen.see(Post("the same words again", kind), judged)
    assert seen.score_drift("shock") == pytest.approx(before, abs=0.01)


def test_too_few_posts_say_nothing(reference: Reference) -> None:
    watch = drawn(reference, [1], LEAST - 1)
    assert all(isnan(watch.score_drift(score)) for score in SCORES)
    assert isnan(Watch(reference).unknown_words())
    assert isnan(Watch(reference).unknown_words_expected())
    watch.see(Post("one more"), a_judgement(1, 0.0, 0.0)[1])
    assert not isnan(watch.score_drift("shock"))


def test_words_of_the_corpus_are_known_and_invented_ones_are_not(reference: Reference) -> None:
    english = [e for e in load() if e.lang == "en" and Topic.NONE not in e.topics][: 2 * LEAST]
    known, invented = Watch(reference), Watch(reference)
    for place, example in enumerate(english):
        post = Post(example.text, example.source_kind)
        known.see(post, a_judgement(1, 0.0, 0.0)[1])
        chars = str.maketrans("aeiou", "uoiea")
        invented.see(Post(f"{place} {example.text.translate(chars)}"), a_judgement(1, 0.0, 0.0)[1])
    assert known.unknown_words() < known.unknown_words_expected() + 0.02
    assert invented.unknown_words() > invented.unknown_words_expected() + 0.3


def test_what_is_expected_follows_the_languages_of_the_window(reference: Reference) -> None:
    parts = dict(zip(reference.languages.tolist(), reference.unknown.tolist(), strict=False))
    assert reference.unknown_in(["de"]) == parts["de"]
    assert reference.unknown_in(["de", "en"]) == pytest.approx((parts["de"] + parts["en"]) / 2)
    assert reference.unknown_in(["xx", None]) == pytest.approx(float(reference.unknown[-1]))


def test_words_are_plain_letters_and_pairs_of_characters_where_words_are_joined() -> None:
    assert words(normalise("Chips, chips: 5 H100 @ https://x.example/y a", "en")) == words(normalise("chips", "en"))
    assert len(words(normalise("輸出規制", "ja"))) == 3
    assert words(normalise("12 !", "en")) == set()


def test_the_reference_survives_its_file_and_another_shape_is_refused(reference: Reference, tmp_path: Path) -> None:
    reference.save(tmp_path / "model.npz")
    again = Reference.load(tmp_path / "model.npz")
    assert again.source == reference.source
    assert np.array_equal(again.shares, reference.shares)
    replace(reference, counts=reference.counts[:, :3]).save(tmp_path / "model.npz")
    with pytest.raises(ValueError, match="train again"):
        Reference.load(tmp_path / "model.npz")


async def test_relevant_posts_are_watched_and_neither_noise_nor_canaries(classifier: Classifier, watch: Watch) -> None:
    canary = a_post(DIRECTIVE)
    object.__setattr__(canary, "source", CANARY_SOURCE)
    await judging(classifier, watch)([a_post("plum cake"), canary, a_post(DIRECTIVE + " again")])
    assert [seen.text for seen in watch._window] == [hash(DIRECTIVE + " again")]


def test_the_gauges_ask_the_watch(reference: Reference) -> None:
    def shown(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"foreshock_classify_{name}", labels) or nan

    watch = watching(reference)
    assert isnan(shown("score_drift", score="shock"))
    kind, judged = a_judgement(1, 0.5, 0.5)
    for place in range(LEAST):
        watch.see(Post(f"chips number {'x' * place}", kind), judged)
    assert shown("score_drift", score="urgency") == watch.score_drift("urgency") > 0.25
    assert shown("unknown_words_ratio") == watch.unknown_words()
    assert shown("unknown_words_expected_ratio") == watch.unknown_words_expected()
