"""From margins to answers: the one place where thresholds are applied, in service and in training alike."""

from dataclasses import dataclass
from typing import Final

from foreshock_classify.domain.model import SHOCK, TOPICS, URGENCIES, Floats, Model, expected_ranks
from foreshock_shared.contracts.judgement import Topic, Urgency

TOPIC_LIMIT: Final = 4
_NONE: Final = TOPICS.index(Topic.NONE)
_POLICY: Final = TOPICS.index(Topic.POLICY)
_OPINION: Final = TOPICS.index(Topic.OPINION)
_LEAST_SHOCK: Final = URGENCIES.index(Urgency.HIGH)


@dataclass(frozen=True, slots=True)
class Decided:
    """The answers, each with what it rests on."""

    topics: list[Topic]
    """The most probable first."""
    urgency: Urgency
    urgency_score: float
    """Expected rank as a share: 0 is low, 1 critical."""
    shock: bool
    shock_score: float
    probabilities: list[float]
    """Of every column, calibrated; those of urgency mean nothing."""

    @property
    def irrelevant(self) -> bool:
        """Whether nothing but `none` was found."""
        return self.topics[0] is Topic.NONE


def decide(model: Model, margins: Floats) -> list[Decided]:
    """Topics, urgency and shock of each post, whose margins are a row each."""
    ranks = expected_ranks(margins)
    steps = (ranks[:, None] >= model.cuts).sum(axis=1)
    columns = zip(model.probabilities(margins).tolist(), ranks.tolist(), steps.tolist(), strict=True)
    return [_decided(model, *row) for row in columns]


def _decided(model: Model, probabilities: list[float], rank: float, step: int) -> Decided:
    """A shock unless opinion is the surer of the two: a comment on one is none, however much it says of it."""
    near = [p / cut for p, cut in zip(probabilities, model.thresholds, strict=True)]
    shock = near[SHOCK] >= max(1.0, near[_OPINION])
    topics = _topics(probabilities, near[: len(TOPICS)], shock=shock)
    irrelevant = topics[0] is Topic.NONE
    return Decided(
        topics=topics,
        urgency=Urgency.LOW if irrelevant else URGENCIES[max(step, _LEAST_SHOCK) if shock else step],
        urgency_score=0.0 if irrelevant else rank / (len(URGENCIES) - 1),
        shock=shock,
        shock_score=probabilities[SHOCK],
        probabilities=probabilities,
    )


def _topics(probabilities: list[float], near: list[float], *, shock: bool) -> list[Topic]:
    """What is nearest to its threshold or farthest above it; if that is a topic, the others above theirs too.

    `near`: probabilities as shares of their thresholds. A shock is policy, whatever else.
    """
    nearest = near.index(max(near))
    if nearest == _NONE and not shock:
        return [Topic.NONE]
    above = {i for i, ratio in enumerate(near) if ratio >= 1}
    chosen = sorted((above | {_POLICY if shock else nearest}) - {_NONE}, key=lambda i: -probabilities[i])
    return [TOPICS[i] for i in chosen[:TOPIC_LIMIT]]
