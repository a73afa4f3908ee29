"""Posts are judged together, and each as if it were alone."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foreshock_classify.domain.classifier import PART, Classifier
from foreshock_classify.domain.reading import Post
from foreshock_classify.domain.segments import bounds_of, sums, take
from foreshock_classify.training.corpus import load
from foreshock_shared.contracts.judgement import Classification
from foreshock_shared.contracts.post import Tier


def judged_together(classifier: Classifier, posts: list[Post]) -> list[Classification]:
    return [judgement for part in classifier.judge_all(posts) for judgement in part]


@pytest.mark.slow
def test_a_post_is_judged_alike_in_any_company(classifier: Classifier) -> None:
    posts = [Post(e.text, e.source_kind, Tier.SOCIAL, e.lang) for e in load()[::40]]
    alone = {post: classifier.judge(*post) for post in posts}
    for seed in range(3):
        random.Random(seed).shuffle(posts)  # noqa: S311 - an order, not a secret
        assert judged_together(classifier, posts) == [alone[post] for post in posts]


def test_judgements_come_in_parts_and_in_order(classifier: Classifier) -> None:
    texts = [f"Nvidia ships chip number {n}" if n % 2 else f"plum cake {n}" for n in range(5 * PART)]
    parts = list(classifier.judge_all([Post(text) for text in texts]))
    assert len(parts) > 1
    assert [judgement.relevant for part in parts for judgement in part] == [bool(n % 2) for n in range(5 * PART)]


def test_no_posts_are_no_judgements(classifier: Classifier) -> None:
    assert judged_together(classifier, []) == []


def test_a_post_without_a_single_letter_is_judged_among_others(classifier: Classifier) -> None:
    texts = ["", "😀", "The government bans AI chips", "…", "?"]
    assert judged_together(classifier, [Post(text) for text in texts]) == [classifier.judge(text) for text in texts]


@given(st.lists(st.lists(st.integers(-9, 9), max_size=4), max_size=8))
def test_sums_are_each_posts_own_and_of_nothing_are_zero(posts: list[list[int]]) -> None:
    values = np.array([value for post in posts for value in post], np.int64)
    assert sums(values, bounds_of([len(post) for post in posts])).tolist() == [sum(post) for post in posts]


def test_what_is_taken_of_some_posts_lies_in_their_order() -> None:
    values, bounds = np.array([1, 2, 3, 4, 5, 6]), bounds_of([2, 0, 3, 1])
    places, taken = take(bounds, np.array([2, 0, 1, 2]))
    assert values[places].tolist() == [3, 4, 5, 1, 2, 3, 4, 5]
    assert taken.tolist() == [0, 3, 5, 5, 8]
