"""The figures of an evaluation, each by its usual definition.

Shock: precision, recall, F1 and average precision (ties against us), and the share of events of which one post at
least was flagged. Topics: F1 of each and their mean. Urgency: accuracy, kappa with quadratic weights (Cohen, 1968).
Stories: B-cubed precision, recall and F1 (Bagga and Baldwin, 1998) over the posts whose story has others.
Probabilities: how often a post that was given so much was one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from foreshock_classify.evaluation.cases import Case
from foreshock_shared.contracts.judgement import Topic, Urgency

STEPS: Final = (Urgency.LOW, Urgency.MEDIUM, Urgency.HIGH, Urgency.CRITICAL)
BINS: Final = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Edges of the classes of probability."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Right and wrong answers to one yes-or-no question, weighed."""

    hits: float
    wrong: float
    missed: float

    @property
    def precision(self) -> float:
        return _share(self.hits, self.hits + self.wrong)

    @property
    def recall(self) -> float:
        return _share(self.hits, self.hits + self.missed)

    @property
    def f1(self) -> float:
        return _share(2 * self.hits, 2 * self.hits + self.wrong + self.missed)

    @property
    def support(self) -> float:
        """How many there were to find."""
        return self.hits + self.missed


@dataclass(frozen=True, slots=True)
class Reliability:
    """Posts that were given a probability within one class: what was said on average, and what was true."""

    low: float
    high: float
    posts: int
    said: float
    true: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is reported of a set of cases."""

    posts: int
    shock: Decision
    average_precision: float
    event_recall: float
    events: int
    topics: Mapping[Topic, Decision]
    urgency: Mapping[tuple[Urgency, Urgency], int]
    """Posts by (labelled, said)."""
    accuracy: float
    kappa: float
    critical_seen: float
    """Share of the critical that were said to be at least high."""
    stories: Decision | None
    reliability: Sequence[Reliability]

    @property
    def macro_f1(self) -> float:
        """Mean of the topics' F1, each topic counting the same."""
        return sum(each.f1 for each in self.topics.values()) / len(self.topics)


def measure(cases: Sequence[Case]) -> Figures:
    """All figures of these cases. Raises ValueError where there are none."""
    if not cases:
        raise ValueError("no labelled posts to measure on")
    confusion = Counter((case.label.urgency, case.said.urgency) for case in cases)
    events: defaultdict[str, bool] = defaultdict(bool)
    for case in cases:
        if case.label.shock:
            events[case.label.event] |= case.said.shock
    critical = {said: n for (label, said), n in confusion.items() if label is Urgency.CRITICAL}
    return Figures(
        posts=len(cases),
        shock=_decision((case.label.shock, case.said.shock, case.weight) for case in cases),
        average_precision=average_precision([(c.said.shock_score, c.label.shock, c.weight) for c in cases]),
        event_recall=_share(sum(events.values()), len(events)),
        events=len(events),
        topics={t: _decision((t in c.label.topics, t in c.said.topics, 1.0) for c in cases) for t in Topic},
        urgency=confusion,
        accuracy=_share(sum(n for (label, said), n in confusion.items() if label is said), len(cases)),
        kappa=quadratic_kappa(confusion),
        critical_seen=_share(
            sum(n for said, n in critical.items() if said.rank >= Urgency.HIGH.rank), sum(critical.values())
        ),
        stories=_stories(cases),
        reliability=reliability(cases),
    )


def average_precision(scored: Sequence[tuple[float, bool, float]]) -> float:
    """Mean precision at each positive of (score, whether positive, weight)."""
    seen = hits = total = 0.0
    for _, positive, weight in sorted(scored, key=lambda each: (-each[0], each[1])):
        seen += weight
        if positive:
            hits += weight
            total += weight * hits / seen
    return _share(total, hits)


def quadratic_kappa(confusion: Mapping[tuple[Urgency, Urgency], int]) -> float:
    """Agreement beyond chance, a distance of two steps counting four times that of one; 1 where nothing can differ."""
    wanted: Counter[Urgency] = Counter()
    said: Counter[Urgency] = Counter()
    for (label, answer), count in confusion.items():
        wanted[label] += count
        said[answer] += count
    total = wanted.total()
    observed = sum((a.rank - b.rank) ** 2 * count for (a, b), count in confusion.items()) / total
    expected = sum((a.rank - b.rank) ** 2 * wanted[a] * said[b] for a in STEPS for b in STEPS) / total**2
    return 1 - observed / expected if expected else 1.0


def reliability(cases: Iterable[Case]) -> list[Reliability]:
    """One row for each class of probability that has posts."""
    by_bin: defaultdict[int, list[Case]] = defaultdict(list)
    for case in cases:
        by_bin[sum(case.said.shock_score >= edge for edge in BINS[1:-1])].append(case)
    rows = []
    for index, (low, high) in enumerate(pairwise(BINS)):
        if here := by_bin.get(index):
            weight = sum(case.weight for case in here)
            said = sum(case.said.shock_score * case.weight for case in here) / weight
            true = sum(case.weight for case in here if case.label.shock) / weight
            rows.append(Reliability(low, high, len(here), said, true))
    return rows


def _decision(answers: Iterable[tuple[bool, bool, float]]) -> Decision:
    hits = wrong = missed = 0.0
    for label, said, weight in answers:
        if label and said:
            hits += weight
        elif said:
            wrong += weight
        elif label:
            missed += weight
    return Decision(hits, wrong, missed)


def _stories(cases: Sequence[Case]) -> Decision | None:
    """B-cubed, as sums over posts: found together rightly, wrongly, and not found, each post's shares adding to one."""
    if all(case.label.story is None for case in cases):
        return None
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    given: defaultdict[str, set[str]] = defaultdict(set)
    for case in cases:
        wanted[case.label.story or case.id].add(case.id)
        given[case.said.story or case.id].add(case.id)
    precision = recall = count = 0.0
    for case in cases:
        mine, theirs = wanted[case.label.story or case.id], given[case.said.story or case.id]
        if len(mine) > 1:
            together = len(mine & theirs)
            precision += together / len(theirs)
            recall += together / len(mine)
            count += 1
    return _from_rates(_share(precision, count), _share(recall, count))


def _from_rates(precision: float, recall: float) -> Decision:
    """A decision with this precision and recall."""
    if not precision or not recall:
        return Decision(0.0, 1.0, 1.0)
    return Decision(1.0, 1 / precision - 1, 1 / recall - 1)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
