"""The report of an evaluation as one HTML page that needs nothing else: pictures, tables, all wrong shock calls."""

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise
from math import log10
from typing import Final

from foreshock_classify.evaluation import svg, text
from foreshock_classify.evaluation.cases import Case
from foreshock_classify.evaluation.figures import BINS, STEPS, Figures, measure

STYLE: Final = files(__package__).joinpath("page.css").read_text("utf-8")


def page(cases: Sequence[Case], title: str) -> str:
    """The whole page. Texts of posts are escaped: none of them is ours."""
    figures = measure(cases)
    clear = [case for case in cases if not case.label.borderline]
    columns = {"all": figures} | ({"clear": measure(clear)} if 0 < len(clear) < len(cases) else {})
    parts = [
        _table("Figures", text.headline(columns)),
        f'<h2>Shock</h2><div class="pictures">{_curve(cases)}{_reliable(figures)}{_scores(cases)}</div>',
        _topics(figures),
        _urgency(figures),
        _table("Languages", text.languages(cases)),
        _errors("False alarms", text.false_alarms(cases)),
        _errors("Missed shocks", text.missed(cases)),
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = "\n".join([f"<h1>{escape(title)}</h1>", *parts])
    head += f"<style>{STYLE}</style>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _table(title: str, lines: Iterator[str]) -> str:
    """A table of the text report."""
    rows = [text.cells(line) for line in lines]
    head, *body = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    below = "".join(f"<tr>{row}</tr>" for row in body)
    return f"<h2>{title}</h2><table><tr>{head.replace('td>', 'th>')}</tr>{below}</table>"


def _curve(cases: Sequence[Case]) -> str:
    """Precision against recall, over all thresholds, and where the decision stands."""
    total = sum(case.weight for case in cases if case.label.shock) or 1.0
    seen = hits = 0.0
    points: list[svg.Point] = []
    for case in sorted(cases, key=lambda case: (-case.said.shock_score, case.label.shock)):
        seen += case.weight
        if case.label.shock:
            hits += case.weight
            points.append((hits / total, hits / seen))
    shock = measure(cases).shock
    here = svg.dot((shock.recall, shock.precision), 5, f"decided: F1 {shock.f1:.2f}")
    return svg.chart("Precision and recall", "recall", "precision", [svg.line(points), here])


def _reliable(figures: Figures) -> str:
    """Said against true; dots on the dashed line mean what they say, larger ones stand for more posts."""
    dots = (
        svg.dot(
            (row.said, row.true),
            3 + 2 * log10(row.posts),
            f"{row.posts} posts: said {row.said:.2f}, true {row.true:.2f}",
        )
        for row in figures.reliability
    )
    return svg.chart("What a probability is worth", "said", "true", [svg.line([(0, 0), (1, 1)], "ideal"), *dots])


def _scores(cases: Sequence[Case]) -> str:
    """Share of the shocks, and of all else, in each class of probability."""
    bars = []
    for kind, wanted in (("other", False), ("shock", True)):
        scores = [case.said.shock_score for case in cases if case.label.shock is wanted]
        for number, (low, high) in enumerate(pairwise(BINS)):
            inside = sum(low <= score < high or score == high == 1 for score in scores) / (len(scores) or 1)
            place = number / (len(BINS) - 1)
            half = 0.5 / (len(BINS) - 1)
            left = place + (half if wanted else 0)
            bars.append(svg.column(left, left + half, inside, kind, f"{inside:.0%} from {low} to {high}"))
    edges = {number / (len(BINS) - 1): f"{edge:g}" for number, edge in enumerate(BINS)}
    return svg.chart("Where scores lie", "probability of a shock (shocks warm)", "share", bars, edges)


def _topics(figures: Figures) -> str:
    rows = "".join(
        f"<tr><td>{topic.value}</td><td>{decision.support:.0f}</td><td>{decision.precision:.2f}</td>"
        f"<td>{decision.recall:.2f}</td><td>{decision.f1:.2f}</td><td>{svg.bar(decision.f1)}</td></tr>"
        for topic, decision in sorted(figures.topics.items(), key=lambda each: -each[1].f1)
    )
    head = "".join(f"<th>{name}</th>" for name in ("topic", "posts", "P", "R", "F1", ""))
    return f"<h2>Topics</h2><table><tr>{head}</tr>{rows}</table>"


def _urgency(figures: Figures) -> str:
    """A table shaded by the share of the row."""
    rows = []
    for label in STEPS:
        counts = [figures.urgency.get((label, said), 0) for said in STEPS]
        cells = "".join(_heat(count, sum(counts)) for count in counts)
        rows.append(f"<tr><td>{label.value}</td>{cells}</tr>")
    head = "".join(f"<th>{step.value}</th>" for step in STEPS)
    title = "Urgency <small>labelled down, said across</small>"
    return f"<h2>{title}</h2><table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _heat(count: int, total: int) -> str:
    share = 100 * count / (total or 1)
    return (
        f'<td class="heat" style="background:color-mix(in srgb, var(--accent) {share:.0f}%, transparent)">{count}</td>'
    )


def _errors(title: str, cases: Sequence[Case]) -> str:
    rows = "".join(
        f'<tr><td>{case.said.shock_score:.2f}</td><td class="text">{escape(text.excerpt(case))}'
        f"<br><small>{escape(case.id)}{' · borderline' if case.label.borderline else ''}"
        f"{' · ' + escape(', '.join(case.said.because)) if case.said.because else ''}</small></td></tr>"
        for case in cases
    )
    return f"<h2>{title} <small>{len(cases)}</small></h2><table>{rows}</table>"
