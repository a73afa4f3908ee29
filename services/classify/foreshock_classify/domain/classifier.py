"""The judgement of a post, stage by stage, cheapest first. The same text and source give the same on any replica."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foreshock_classify.domain.decide import Decided, decide
from foreshock_classify.domain.effect import effect
from foreshock_classify.domain.evidence import Ask, reasons
from foreshock_classify.domain.features import extract
from foreshock_classify.domain.gate import Gate
from foreshock_classify.domain.gazetteer import Gazetteer, Watchlist, entities
from foreshock_classify.domain.model import SHOCK, TOPICS, Model
from foreshock_classify.domain.normalise import Text
from foreshock_classify.domain.reading import Judgeable, Post, Reader, Reading
from foreshock_shared.contracts.judgement import Classification, Effect, ScoredTopic, Topic, Urgency, Why
from foreshock_shared.contracts.judgement import Cue as Reason
from foreshock_shared.contracts.post import SourceKind, Tier

SUSPECT: Final = 0.1
"""Shock probability from which a post is worth an effect, an explanation and the fast lane."""

PART: Final = 200
"""Relevant posts that are judged at one go, an entry's worth at most: the cost of arithmetic is shared, and others have
their turn after some tens of milliseconds."""

REASONS: Final = 8
"""Cues that an explanation gives for each decision."""
_ALL: Final = 1_000
"""Wordings that an explanation tries: all that there are."""


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
        gazetteer = Gazetteer(watchlist)
        self._gate = Gate(gazetteer)
        self._reader = Reader(gazetteer)
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
        """What a single post is."""
        return next(self.judge_all([Post(text, source_kind, tier, lang)]))[0]

    def judge_all(self, posts: Sequence[Judgeable]) -> Iterator[list[Classification]]:
        """What each post is, in order, a part at a time, so that others may have their turn in between.

        A few microseconds for a post that the gate stops; the arithmetic for the others is done together. What is said
        of a post does not depend on the posts around it.
        """
        part: list[Classification] = []
        relevant: dict[int, Reading] = {}
        for post in posts:
            if self._gate.passes(post.text):
                relevant[len(part)] = self._reader.read(post)
            part.append(self._irrelevant)
            if len(relevant) == PART:
                yield self._filled(part, relevant)
                part, relevant = [], {}
        if part:
            yield self._filled(part, relevant)

    def _filled(self, part: list[Classification], relevant: dict[int, Reading]) -> list[Classification]:
        if relevant:
            for place, judged in zip(relevant, self._judged(list(relevant.values())), strict=True):
                part[place] = judged
        return part

    def _judged(self, readings: Sequence[Reading]) -> Iterator[Classification]:
        features = extract(readings)
        decisions = decide(self.model, self.model.margins(features))
        asks = [ask for place, decided in enumerate(decisions) for ask in _asks(place, decided)]
        whys: list[list[Reason]] = [[] for _ in readings]
        for ask, found in zip(asks, reasons(readings, features, self.model, asks), strict=True):
            whys[ask.post] += found
        for reading, decided, why in zip(readings, decisions, whys, strict=True):
            yield self._said(reading, decided, why)

    def _said(self, reading: Reading, decided: Decided, why: list[Reason]) -> Classification:
        topics = [self._scored(topic, decided) for topic in decided.topics]
        if decided.irrelevant:
            return self._irrelevant.model_copy(
                update={"topics": topics, "shock_score": round(decided.shock_score, 4), "lang": reading.text.lang}
            )
        return Classification(
            topics=topics,
            urgency=decided.urgency,
            urgency_score=round(decided.urgency_score, 4),
            shock=decided.shock,
            shock_score=round(decided.shock_score, 4),
            entities=entities(reading.mentions),
            effect=_effect(reading, decided),
            lang=reading.text.lang,
            why=Why(model=self.model.version, cues=why),
        )

    @staticmethod
    def _scored(topic: Topic, decided: Decided) -> ScoredTopic:
        return ScoredTopic(name=topic, score=round(decided.probabilities[TOPICS.index(topic)], 4))

    def explain(
        self, text: str, source_kind: SourceKind = SourceKind.SOCIAL, tier: Tier = Tier.SOCIAL, lang: str | None = None
    ) -> Explanation:
        """Which words moved which decision, for and against, whatever the gate says. For people: costs milliseconds."""
        reading = self._reader.read(Post(text, source_kind, tier, lang))
        features = extract([reading])
        [decided] = decide(self.model, self.model.margins(features))
        judgement = self.judge(text, source_kind, tier, lang)
        named = {topic.name for topic in judgement.topics}
        others = (i for i, topic in enumerate(TOPICS) if topic not in named)
        columns = [SHOCK, *(TOPICS.index(topic) for topic in decided.topics)]
        columns.append(max(others, key=lambda i: decided.probabilities[i]))
        asks = [Ask(0, _name(column), column, limit=_ALL) for column in columns]
        verdicts = [
            Verdict(
                ask.decision,
                decided.probabilities[ask.column],
                self.model.thresholds[ask.column],
                judgement.shock if ask.column == SHOCK else TOPICS[ask.column] in named,
                cues[:REASONS],
            )
            for ask, cues in zip(asks, reasons([reading], features, self.model, asks, against=True), strict=True)
        ]
        return Explanation(reading.text, self._gate.passes(text), verdicts, judgement)


def _asks(place: int, decided: Decided) -> list[Ask]:
    """Reasons for the first topic, and before them those for shock where it was in question."""
    if decided.irrelevant:
        return []
    topic = TOPICS.index(decided.topics[0])
    if decided.shock_score < SUSPECT:
        return [Ask(place, _name(topic), topic, limit=2)]
    return [Ask(place, _name(SHOCK), SHOCK, limit=4), Ask(place, _name(topic), topic, limit=1)]


def _name(column: int) -> str:
    return "shock" if column == SHOCK else TOPICS[column].value


def _effect(reading: Reading, decided: Decided) -> Effect | None:
    if decided.shock_score < SUSPECT or Topic.POLICY not in decided.topics:
        return None
    return effect(reading.text, reading.cues, reading.mentions, binding=decided.shock)


def load(path: Path, watchlist: Watchlist | None = None) -> Classifier:
    """A classifier from a trained model's file."""
    return Classifier(Model.load(path), watchlist)
