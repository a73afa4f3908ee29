"""`./run explain`: which words of a text moved which decision, in colour where there is a terminal.

Red speaks for a shock, blue against it; numbers are log odds that the decision loses without the words.
"""

import json
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from foreshock_classify.domain.classifier import Explanation, Verdict
from foreshock_shared.contracts.post import PostIn
from foreshock_stack.commands.classify import classifier_of
from foreshock_stack.environment import Environment

FOR: Final = "bold red"
AGAINST: Final = "blue"
BAR: Final = 24
"""Characters that stand for certainty."""


def run(post: PostIn, environment: Environment) -> int:
    """Print the text with its words marked, the judgement, and the reasons of each decision."""
    explained = classifier_of(environment).explain(post.text, post.source_kind, post.tier, post.lang)
    console = Console(highlight=False, soft_wrap=True)
    console.print(marked(explained))
    console.print()
    console.print(said(explained))
    for verdict in explained.verdicts:
        console.print()
        console.print(reasons(verdict))
    return 0


def marked(explained: Explanation) -> Text:
    """The text as the classifier read it, the words that moved the shock decision coloured."""
    text = Text(explained.text.clean)
    shock = explained.verdicts[0]
    for cue in reversed(shock.cues):  # the weightiest are laid on last
        start = explained.text.clean.find(cue.cue)
        while start >= 0:
            text.stylize(FOR if cue.weight > 0 else AGAINST, start, start + len(cue.cue))
            start = explained.text.clean.find(cue.cue, start + len(cue.cue))
    return text


def said(explained: Explanation) -> Text:
    """The judgement in a few lines."""
    judgement = explained.judgement
    lines = list(_lines(explained))
    text = Text("\n".join(lines))
    if judgement.shock:
        text.stylize(FOR, 0, len(lines[0]))
    return text


def _lines(explained: Explanation) -> Iterator[str]:
    judgement = explained.judgement
    shock = "a shock" if judgement.shock else "no shock"
    topics = ", ".join(f"{topic.name.value} {topic.score:.2f}" for topic in judgement.topics)
    yield f"{shock} ({judgement.shock_score:.2f}), {judgement.urgency.value}: {topics}"
    if not explained.relevant:
        yield "the gate found nothing of our field in it: none at once; below is what the model would have said"
    if judgement.entities:
        yield "names: " + ", ".join(f"{entity.name} ({entity.kind.value})" for entity in judgement.entities)
    if judgement.effect:
        effect = json.loads(judgement.effect.model_dump_json(exclude_none=True))
        filled = {name: value for name, value in effect.items() if value != []}
        yield "effect: " + ", ".join(
            f"{name} {' '.join(value) if isinstance(value, list) else value}" for name, value in filled.items()
        )
    yield f"language {explained.text.lang or 'unknown'}, model {judgement.why.model}"


def reasons(verdict: Verdict) -> Table:
    """One decision: how probable, and its cues."""
    filled = round(verdict.probability * BAR)
    table = Table.grid(padding=(0, 2))
    outcome = "yes" if verdict.decided else "no"
    table.add_row(
        Text(verdict.decision, style="bold"),
        Text("█" * filled + "░" * (BAR - filled)),
        Text(f"{verdict.probability:.2f}, from {verdict.threshold:.2f}: {outcome}"),
    )
    for cue in verdict.cues:
        table.add_row("", Text(f"{cue.weight:+.2f}", style=FOR if cue.weight > 0 else AGAINST), Text(cue.cue))
    return table
