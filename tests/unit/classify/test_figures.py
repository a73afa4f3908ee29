"""The figures of an evaluation are the usual ones: compared with another implementation, and with sums done by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score, precision_score, recall_score

from foreshock_classify.evaluation.cases import Case, Label, Said
from foreshock_classify.evaluation.figures import STEPS, average_precision, measure
from foreshock_shared.contracts.judgement import Topic, Urgency

URGENCIES = st.sampled_from(STEPS)
TOPICS = st.frozensets(st.sampled_from(list(Topic)), min_size=1, max_size=3)


def case(
    ident: str = "a",
    *,
    shock: bool = False,
    said: bool = False,
    score: float = 0.0,
    urgency: Urgency = Urgency.LOW,
    said_urgency: Urgency = Urgency.LOW,
    topics: frozenset[Topic] = frozenset({Topic.POLICY}),
    said_topics: frozenset[Topic] = frozenset({Topic.POLICY}),
    story: str | None = None,
    said_story: str | None = None,
    event: str | None = None,
    weight: float = 1.0,
) -> Case:
    label = Label(topics, urgency, shock, event or story or ident, story)
    return Case(ident, f"text {ident}", "en", label, Said(said_topics, said_urgency, said, score, said_story), weight)


@st.composite
def evaluations(draw: st.DrawFn) -> list[Case]:
    return [
        case(
            str(number),
            shock=draw(st.booleans()),
            said=draw(st.booleans()),
            urgency=draw(URGENCIES),
            said_urgency=draw(URGENCIES),
            topics=draw(TOPICS),
            said_topics=draw(TOPICS),
        )
        for number in range(draw(st.integers(1, 30)))
    ]


@pytest.mark.slow
@given(evaluations())
def test_shock_and_topics_agree_with_another_implementation(cases: list[Case]) -> None:
    figures = measure(cases)
    wanted, said = [c.label.shock for c in cases], [c.said.shock for c in cases]
    assert figures.shock.precision == pytest.approx(precision_score(wanted, said, zero_division=0))
    assert figures.shock.recall == pytest.approx(recall_score(wanted, said, zero_division=0))
    for topic, decision in figures.topics.items():
        labelled = [topic in c.label.topics for c in cases]
        answered = [topic in c.said.topics for c in cases]
        assert decision.f1 == pytest.approx(f1_score(labelled, answered, zero_division=0))


@given(evaluations())
def test_kappa_agrees_with_another_implementation(cases: list[Case]) -> None:
    ranks = [c.label.urgency.rank for c in cases], [c.said.urgency.rank for c in cases]
    if len({*ranks[0], *ranks[1]}) > 1:
        assert measure(cases).kappa == pytest.approx(cohen_kappa_score(*ranks, weights="quadratic", labels=range(4)))
    else:
        assert measure(cases).kappa == 1.0


def test_average_precision_is_the_mean_precision_at_each_positive() -> None:
    assert average_precision([(0.9, True, 1), (0.8, False, 1), (0.7, True, 1)]) == pytest.approx((1 + 2 / 3) / 2)


def test_a_tie_counts_against_us() -> None:
    assert average_precision([(0.5, True, 1), (0.5, False, 1)]) == pytest.approx(0.5)


def test_a_post_that_stands_for_many_counts_as_many() -> None:
    cases = [case("1", shock=True, said=True, score=0.9), case("2", said=True, score=0.8, weight=9)]
    assert measure(cases).shock.precision == pytest.approx(0.1)


def test_an_event_is_caught_by_any_of_its_posts() -> None:
    cases = [
        case("1", shock=True, event="x"),
        case("2", shock=True, said=True, event="x"),
        case("3", shock=True, event="y"),
    ]
    figures = measure(cases)
    assert (figures.events, figures.event_recall) == (2, 0.5)


def test_critical_posts_are_seen_from_high_on() -> None:
    critical = Urgency.CRITICAL
    cases = [
        case("1", urgency=critical, said_urgency=Urgency.HIGH),
        case("2", urgency=critical, said_urgency=critical),
        case("3", urgency=critical, said_urgency=Urgency.MEDIUM),
        case("4", urgency=Urgency.LOW, said_urgency=critical),
    ]
    assert measure(cases).critical_seen == pytest.approx(2 / 3)


def test_stories_are_counted_by_posts_and_a_foreign_post_lowers_precision() -> None:
    cases = [
        case("1", story="a", said_story="x"),
        case("2", story="a", said_story="x"),
        case("3", story="a"),
        case("4", story="alone", said_story="x"),
    ]
    stories = measure(cases).stories
    assert stories is not None
    assert stories.precision == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert stories.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)


def test_without_story_labels_there_are_no_story_figures() -> None:
    assert measure([case()]).stories is None


def test_reliability_sets_what_was_said_beside_what_was_true() -> None:
    cases = [case(str(n), score=0.95, shock=n < 3) for n in range(4)] + [case("low", score=0.01)]
    low, high = measure(cases).reliability
    assert (low.posts, low.true) == (1, 0.0)
    assert (high.posts, high.true) == (4, 0.75)
    assert high.said == pytest.approx(0.95)


def test_nothing_to_measure_is_an_error() -> None:
    with pytest.raises(ValueError, match="no labelled posts"):
        measure([])
