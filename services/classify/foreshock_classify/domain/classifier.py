"""The judgement of a post, stage by stage, cheapest first. The same text and source give the same on any replica."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from foreshock_classify.domain.cues import Cue, CueFinder
from foreshock_classify.domain.decide import Decided, decide
from foreshock_classify.domain.effect import effect
from foreshock_classify.domain.evidence import Case, both_ways, reasons
from foreshock_classify.domain.features import cue_indices, extract
from foreshock_classify.domain.gate import Gate
from foreshock_classify.domain.gazetteer import Gazetteer, Mention, Watchlist, entities
from foreshock_classify.domain.model import SHOCK, TOPICS, Model
from foreshock_classify.domain.normalise import Text, normalise
from foreshock_shared.contracts.judgement import Classification, Effect, ScoredTopic, Topic, Urgency, Why
from foreshock_shared.contracts.judgement import Cue as Reason
from foreshock_shared.contracts.post import SourceKind, Tier

SUSPECT: Final = 0.1
"""Shock probability from which a post is worth an effect, an explanation and the fast lane."""

REASONS: Final = 8
"""Cues that an explanation gives for each decision."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision of a post: how probable, from where it is taken, and what spoke for and against."""

    decision: str
    probability: float
    threshold: float
    decided: bool
    cues: list[Reason]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A judgement with its reasons both ways."""

    text: Text
    relevant: bool
    """Whether the gate let it through; what it stops is `none` without further reading."""
    verdicts: list[Verdict]
    judgement: Classification


class Classifier:
    """Judges posts with a trained model and the packaged lists, to which a watchlist may add names."""

    def __init__(self, model: Model, watchlist: Watchlist | None = None) -> None:
        self.model = model
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
        mentions, case = self._read(text, source_kind, tier, lang)
        plain, cues = case.text, case.cues
        decided = decide(self.model, self.model.margins(case.features))
        topics = [self._scored(topic, decided) for topic in decided.topics]
        if topics[0].name is Topic.NONE:
            return self._irrelevant.model_copy(
                update={"topics": topics, "shock_score": round(decided.shock_score, 4), "lang": plain.lang}
            )
        return Classification.model_construct(
            topics=topics,
            urgency=decided.urgency,
            urgency_score=round(decided.urgency_score, 4),
            shock=decided.shock,
            shock_score=round(decided.shock_score, 4),
            entities=entities(mentions),
            effect=self._effect(plain, cues, mentions, decided),
            lang=plain.lang,
            why=self._why(case, decided),
        )

    def explain(
        self, text: str, source_kind: SourceKind = SourceKind.SOCIAL, tier: Tier = Tier.SOCIAL, lang: str | None = None
    ) -> Explanation:
        """Which words moved which decision, for and against, whatever the gate says. For people: costs milliseconds."""
        _, case = self._read(text, source_kind, tier, lang)
        decided = decide(self.model, self.model.margins(case.features))
        judgement = self.judge(text, source_kind, tier, lang)
        named = {topic.name for topic in judgement.topics}
        others = (i for i, topic in enumerate(TOPICS) if topic not in named)
        asked = [SHOCK, *(TOPICS.index(topic) for topic in decided.topics)]
        asked.append(max(others, key=lambda i: decided.probabilities[i]))
        verdicts = [
            Verdict(
                name := "shock" if column == SHOCK else TOPICS[column].value,
                decided.probabilities[column],
                self.model.thresholds[column],
                judgement.shock if column == SHOCK else TOPICS[column] in named,
                both_ways(case, self.model, name, column, REASONS),
            )
            for column in asked
        ]
        return Explanation(case.text, self._gate.passes(text), verdicts, judgement)

    def _read(self, text: str, source_kind: SourceKind, tier: Tier, lang: str | None) -> tuple[list[Mention], Case]:
        """Names, and all that the model sees."""
        plain = normalise(text, lang)
        mentions = self._gazetteer.mentions(plain)
        cues = self._cues.find(plain, mentions)
        cue_block = partial(cue_indices, source_kind=source_kind, tier=tier)
        return mentions, Case(plain, cues, extract(plain, cues, source_kind, tier), cue_block)

    def _scored(self, topic: Topic, decided: Decided) -> ScoredTopic:
        return ScoredTopic.model_construct(name=topic, score=round(decided.probabilities[TOPICS.index(topic)], 4))

    def _effect(self, text: Text, cues: Sequence[Cue], mentions: list[Mention], decided: Decided) -> Effect | None:
        if decided.shock_score < SUSPECT or Topic.POLICY not in decided.topics:
            return None
        return effect(text, cues, mentions, binding=decided.shock)

    def _why(self, case: Case, decided: Decided) -> Why:
        """Reasons for the first topic, and before them those for shock where it was in question."""
        topic = decided.topics[0]
        asked = [(topic.value, TOPICS.index(topic), 2)]
        if decided.shock_score >= SUSPECT:
            asked = [("shock", SHOCK, 4), (topic.value, TOPICS.index(topic), 1)]
        found: list[Reason] = []
        for decision, column, limit in asked:
            found += reasons(case, self.model, decision, column, limit)
        return Why.model_construct(model=self.model.version, cues=found)


def load(path: Path, watchlist: Watchlist | None = None) -> Classifier:
    """A classifier from a trained model's file."""
    return Classifier(Model.load(path), watchlist)
