"""The report of an evaluation as a page of text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from foreshock_classify.evaluation.cases import Case
from foreshock_classify.evaluation.figures import STEPS, Decision, Figures, measure
from foreshock_shared.contracts.judgement import Topic

WORST: Final = 12
"""Wrong shock calls that are shown of each kind."""
EXCERPT: Final = 110
NAME_WIDTH: Final = 30
CELL_WIDTH: Final = 10
HEADLINE: Final[Mapping[str, Callable[[Figures], float]]] = {
    "shock precision": lambda f: f.shock.precision,
    "shock recall": lambda f: f.shock.recall,
    "shock F1": lambda f: f.shock.f1,
    "shock average precision": lambda f: f.average_precision,
    "shock event recall": lambda f: f.event_recall,
    "policy F1": lambda f: f.topics[Topic.POLICY].f1,
    "topic macro-F1": lambda f: f.macro_f1,
    "none F1": lambda f: f.topics[Topic.NONE].f1,
    "urgency accuracy": lambda f: f.accuracy,
    "urgency quadratic kappa": lambda f: f.kappa,
    "critical seen at least high": lambda f: f.critical_seen,
}
"""The figures that a release is judged by."""


def report(cases: Sequence[Case], title: str) -> str:
    """Figures of all cases and of the clear ones, tables, and the worst errors."""
    everything = measure(cases)
    clear = [case for case in cases if not case.label.borderline]
    columns = {"all": everything} | ({"clear": measure(clear)} if 0 < len(clear) < len(cases) else {})
    parts = [
        [title],
        headline(columns),
        topics(columns),
        urgency(everything),
        reliability(everything),
        languages(cases),
        errors(cases),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def headline(columns: Mapping[str, Figures]) -> Iterator[str]:
    """The figures that a release is judged by, one column for each set of posts."""
    yield _row("", *columns)
    yield _row("posts", *(f"{figures.posts}" for figures in columns.values()))
    for name, value in HEADLINE.items():
        yield _row(name, *(f"{value(figures):.3f}" for figures in columns.values()))
    stories = [figures.stories for figures in columns.values()]
    for name in ("precision", "recall", "f1"):
        if any(stories):
            yield _row(f"story {name}", *(f"{getattr(each, name):.3f}" if each else "-" for each in stories))


def topics(columns: Mapping[str, Figures]) -> Iterator[str]:
    """Precision, recall and F1 of each topic; F1 alone in the further columns."""
    first, *others = columns
    yield _row("topic", "posts", "P", "R", "F1", *(f"F1 {name}" for name in others))
    for topic, decision in columns[first].topics.items():
        rest = (f"{columns[name].topics[topic].f1:.2f}" for name in others)
        yield _row(topic.value, f"{decision.support:.0f}", *_rates(decision), *rest)


def urgency(figures: Figures) -> Iterator[str]:
    """Labelled down, said across."""
    yield _row("urgency, labelled / said", *(step.value for step in STEPS))
    for label in STEPS:
        yield _row(label.value, *(str(figures.urgency.get((label, said), 0)) for said in STEPS))


def reliability(figures: Figures) -> Iterator[str]:
    """What a shock probability is worth."""
    yield _row("shock probability", "posts", "said", "true")
    for row in figures.reliability:
        yield _row(f"{row.low:.2f} to {row.high:.2f}", str(row.posts), f"{row.said:.2f}", f"{row.true:.2f}")


def languages(cases: Sequence[Case]) -> Iterator[str]:
    """The main figures of each language."""
    yield _row("language", "posts", "shocks", "shock F1", "policy F1", "topics", "kappa")
    for lang in sorted({case.lang or "?" for case in cases}):
        figures = measure([case for case in cases if (case.lang or "?") == lang])
        shocks = sum(case.label.shock for case in cases if (case.lang or "?") == lang)
        policy = figures.topics[Topic.POLICY].f1
        values = (figures.shock.f1, policy, figures.macro_f1, figures.kappa)
        yield _row(lang, str(figures.posts), str(shocks), *(f"{value:.2f}" for value in values))


def errors(cases: Sequence[Case]) -> Iterator[str]:
    """The wrong shock calls that were made with most conviction."""
    for name, wrong in (("false alarms", false_alarms(cases)), ("missed shocks", missed(cases))):
        yield f"{name}: {len(wrong)}"
        for case in wrong[:WORST]:
            mark = "~" if case.label.borderline else " "
            yield f"  {mark}{case.said.shock_score:.2f} {case.id}  {excerpt(case)}"


def false_alarms(cases: Sequence[Case]) -> list[Case]:
    """Said to be shocks, and none; the surest first."""
    wrong = [case for case in cases if case.said.shock and not case.label.shock]
    return sorted(wrong, key=lambda case: -case.said.shock_score)


def missed(cases: Sequence[Case]) -> list[Case]:
    """Shocks that were not seen, the surest first."""
    wrong = [case for case in cases if case.label.shock and not case.said.shock]
    return sorted(wrong, key=lambda case: case.said.shock_score)


def excerpt(case: Case) -> str:
    """The beginning of a post, on one line."""
    flat = " ".join(case.text.split())
    return flat if len(flat) <= EXCERPT else flat[: EXCERPT - 1] + "…"


def _rates(decision: Decision) -> tuple[str, str, str]:
    return f"{decision.precision:.2f}", f"{decision.recall:.2f}", f"{decision.f1:.2f}"


def _row(name: str, *values: str) -> str:
    return f"{name:{NAME_WIDTH}s}" + "".join(f"{value:>{CELL_WIDTH}s}" for value in values)


def cells(row: str) -> list[str]:
    """What stands in the columns of a row of this page, its name first."""
    places = range(NAME_WIDTH, len(row), CELL_WIDTH)
    return [row[:NAME_WIDTH].strip(), *(row[place : place + CELL_WIDTH].strip() for place in places)]
