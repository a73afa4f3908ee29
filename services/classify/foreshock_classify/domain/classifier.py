"""The judgement of a post, stage by stage, cheapest first. The same text and source give the same on any replica."""

from functools import partial
from pathlib import Path
from typing import Final

from foreshock_classify.domain.cues import Cue, CueFinder
from foreshock_classify.domain.effect import effect
from foreshock_classify.domain.evidence import Case, reasons
from foreshock_classify.domain.features import cue_indices, extract
from foreshock_classify.domain.gate import Gate
from foreshock_classify.domain.gazetteer import Gazetteer, Mention, Watchlist, entities
from foreshock_classify.domain.model import SHOCK, TOPICS, URGENCIES, Floats, Model, expected_rank
from foreshock_classify.domain.normalise import Text, normalise
from foreshock_shared.contracts.judgement import Classification, Effect, ScoredTopic, Topic, Urgency, Why
from foreshock_shared.contracts.judgement import Cue as Reason
from foreshock_shared.contracts.post import SourceKind, Tier

TOPIC_LIMIT: Final = 4
SUSPECT: Final = 0.1
"""Shock probability from which a post is worth an effect, an explanation and the fast lane."""

_NONE: Final = TOPICS.index(Topic.NONE)
_POLICY: Final = TOPICS.index(Topic.POLICY)


class Classifier:
    """Judges posts with a trained model and the packaged lists, to which a watchlist may add names."""

    def __init__(self, model: Model, watchlist: Watchlist | None = None) -> None:
        self.model = model
        self._thresholds: list[float] = model.threshold.tolist()
        self._gazetteer = Gazetteer(watchlist)
        self._gate = Gate(self._gazetteer)
        self._cues = CueFinder()
        self._irrelevant = Classification(
            topics=[ScoredTopic(name=Topic.NONE, score=1.0)],
            urgency=Urgency.LOW,
            urgency_score=0.0,
            shock=False,
            shock_score=0.0,
            why=Why(model=model.version),
        )

    @property
    def version(self) -> str:
        """Version of the model."""
        return self.model.version

    def judge(
        self, text: str, source_kind: SourceKind = SourceKind.SOCIAL, tier: Tier = Tier.SOCIAL, lang: str | None = None
    ) -> Classification:
        """What the post is. Costs a few microseconds where the gate stops it."""
        if not self._gate.passes(text):
            return self._irrelevant
        plain = normalise(text, lang)
        mentions = self._gazetteer.mentions(plain)
        cues = self._cues.find(plain, mentions)
        cue_block = partial(cue_indices, plain, source_kind=source_kind, tier=tier)
        case = Case(plain, cues, extract(plain, cues, source_kind, tier), cue_block)
        margins = self.model.margins(case.features)
        probabilities = self.model.probabilities(margins).tolist()
        shock_score = probabilities[SHOCK]
        shock = shock_score >= self._thresholds[SHOCK]
        topics = self._topics(probabilities, shock=shock)
        if topics[0].name is Topic.NONE:
            return self._irrelevant.model_copy(
                update={"topics": topics, "shock_score": round(shock_score, 4), "lang": plain.lang}
            )
        urgency, urgency_score = self._urgency(margins, shock=shock)
        return Classification.model_construct(
            topics=topics,
            urgency=urgency,
            urgency_score=urgency_score,
            shock=shock,
            shock_score=round(shock_score, 4),
            entities=entities(mentions),
            effect=self._effect(plain, cues, mentions, topics, shock_score, shock=shock),
            lang=plain.lang,
            why=self._why(case, topics[0].name, shock_score),
        )

    def _topics(self, probabilities: list[float], *, shock: bool) -> list[ScoredTopic]:
        """Those above their thresholds, policy for a shock; where there are none, what comes nearest."""
        near = [p / cut for p, cut in zip(probabilities, self._thresholds, strict=True)][: len(TOPICS)]
        above = {i for i, ratio in enumerate(near) if ratio >= 1 and i != _NONE} | ({_POLICY} if shock else set())
        chosen = sorted(above or {near.index(max(near))}, key=lambda i: -probabilities[i])[:TOPIC_LIMIT]
        return [ScoredTopic.model_construct(name=TOPICS[i], score=round(probabilities[i], 4)) for i in chosen]

    def _urgency(self, margins: Floats, *, shock: bool) -> tuple[Urgency, float]:
        """The step that the expected rank falls in; a shock is never less than high."""
        rank = expected_rank(margins)
        step = int((rank >= self.model.cuts).sum())
        return URGENCIES[max(step, 2) if shock else step], round(rank / 3, 4)

    def _effect(
        self,
        text: Text,
        cues: list[Cue],
        mentions: list[Mention],
        topics: list[ScoredTopic],
        score: float,
        *,
        shock: bool,
    ) -> Effect | None:
        if score < SUSPECT or all(topic.name is not Topic.POLICY for topic in topics):
            return None
        return effect(text, cues, mentions, binding=shock)

    def _why(self, case: Case, topic: Topic, shock_score: float) -> Why:
        """Reasons for the first topic, and before them those for shock where it was in question."""
        decisions = [(topic.value, TOPICS.index(topic), 2)]
        if shock_score >= SUSPECT:
            decisions = [("shock", SHOCK, 4), (topic.value, TOPICS.index(topic), 1)]
        found: list[Reason] = []
        for decision, column, limit in decisions:
            found += reasons(case, self.model, decision, column, limit)
        return Why.model_construct(model=self.model.version, cues=found)


def load(path: Path, watchlist: Watchlist | None = None) -> Classifier:
    """A classifier from a trained model's file."""
    return Classifier(Model.load(path), watchlist)
