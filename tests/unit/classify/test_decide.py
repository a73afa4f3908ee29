"""From margins to answers: what is nearest wins, and what excludes each other is never said together."""

import numpy as np
import pytest

from foreshock_classify.domain.decide import Decided, decide
from foreshock_classify.domain.model import COLUMNS, SHOCK, TOPICS, URGENCY_COLUMNS, Model
from foreshock_shared.contracts.judgement import Topic, Urgency

NOTHING = np.zeros(0, np.float32)
MODEL = Model(
    source="test",
    idf=NOTHING,
    weights=NOTHING,
    bias=NOTHING,
    slope=np.ones(COLUMNS, np.float32),
    offset=np.zeros(COLUMNS, np.float32),
    threshold=np.array([*[0.4] * len(TOPICS), *[0.5] * 4, 0.1], np.float32),
    cuts=np.array([0.5, 1.5, 2.5], np.float32),
)


def decided(shock: float = 0.0, urgency: Urgency = Urgency.LOW, **topics: float) -> Decided:
    """The decision where these are the probabilities of the columns, and all others nothing."""
    probabilities = np.full(COLUMNS, 1e-6)
    for name, probability in topics.items():
        probabilities[TOPICS.index(Topic(name))] = probability
    probabilities[SHOCK] = max(shock, 1e-6)
    margins = np.log(probabilities / (1 - probabilities))
    margins[URGENCY_COLUMNS.start + urgency.rank] = 20
    [answer] = decide(MODEL, margins[None].astype(np.float32))
    return answer


def test_topics_above_their_thresholds_are_given_the_most_probable_first() -> None:
    assert decided(compute=0.5, policy=0.9, market=0.3).topics == [Topic.POLICY, Topic.COMPUTE]


def test_where_no_topic_is_above_the_nearest_is_given() -> None:
    assert decided(release=0.2, research=0.3, none=0.1).topics == [Topic.RESEARCH]


def test_none_stands_alone_and_only_where_it_is_nearest() -> None:
    assert decided(none=0.6, market=0.5).topics == [Topic.NONE]
    assert decided(none=0.5, market=0.6).topics == [Topic.MARKET]
    assert decided(none=0.6, market=0.5, urgency=Urgency.HIGH).urgency is Urgency.LOW


def test_a_shock_is_policy_and_at_least_high() -> None:
    answer = decided(shock=0.2, compute=0.6, none=0.7)
    assert answer.shock
    assert set(answer.topics) == {Topic.COMPUTE, Topic.POLICY}
    assert answer.urgency is Urgency.HIGH


@pytest.mark.parametrize(("opinion", "shock"), [(0.3, True), (0.7, True), (0.9, False)])
def test_a_comment_on_a_shock_is_none_where_opinion_is_the_surer(opinion: float, shock: bool) -> None:
    assert decided(shock=0.2, policy=0.9, opinion=opinion).shock is shock
