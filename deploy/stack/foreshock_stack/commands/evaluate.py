"""`./run evaluate`: how well labelled posts are judged, offline, by the very classifier and story engine of the stack.

A line is a post as `classify` takes it, with what a reader says of it: `topics`, `urgency`, `policy_shock`, and where
known `story_id` (posts on one event share it) and `borderline`. Lines without proper labels are named and left out.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from foreshock_classify.evaluation.cases import Case, Label, Said
from foreshock_classify.evaluation.page import page
from foreshock_classify.evaluation.text import report
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.runtime.delivery.wire import explain
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.commands.classify import Judge, Judgement, judge_of
from foreshock_stack.environment import Environment
from foreshock_stack.feed import BadLine, opened


class Labelled(BaseModel):
    """What a reader says of a post."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str | None = None
    text: str
    lang: str | None = None
    topics: frozenset[Topic]
    urgency: Urgency
    policy_shock: bool
    event: str | None = None
    story_id: str | None = None
    borderline: bool = False


def run(file: Path, html: Path | None, environment: Environment) -> int:
    """Print the figures, write the page where one is asked for. Raises ConfigurationError where nothing is labelled."""
    with opened(file) as recording:
        found = list(judged(recording.lines, judge_of(environment)))
    cases = [each for each in found if isinstance(each, Case)]
    for each in found:
        if isinstance(each, BadLine):
            print(f"{file}, {each}", file=sys.stderr)
    if not cases:
        raise ConfigurationError(f"{file} holds no labelled post; a line needs text, topics, urgency and policy_shock")
    title = f"{file.name}: {len(cases)} labelled posts"
    print(report(cases, title), end="")
    if html is not None:
        html.write_text(page(cases, title), "utf-8")
    return 0 if len(cases) == len(found) else 1


def judged(lines: Iterable[bytes], judge: Judge) -> Iterator[Case | BadLine]:
    """Every labelled post with its judgement, in order, after the lines that are none."""
    labelled: list[tuple[int, bytes, Labelled]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                labelled.append((number, line, Labelled.model_validate_json(line)))
            except ValidationError as error:
                yield BadLine(number, explain(error))
    answers = judge.all(line for _, line, _ in labelled)
    for (number, _, post), answer in zip(labelled, answers, strict=True):
        yield BadLine(number, answer.reason) if isinstance(answer, BadLine) else _case(number, post, answer)


def _case(number: int, post: Labelled, answer: Judgement) -> Case:
    ident = post.id or f"line-{number}"
    judgement = answer.classification
    cues = judgement.why.cues
    return Case(
        id=ident,
        text=post.text,
        lang=post.lang,
        label=Label(
            topics=post.topics,
            urgency=post.urgency,
            shock=post.policy_shock,
            event=post.story_id or post.event or ident,
            story=post.story_id,
            borderline=post.borderline,
        ),
        said=Said(
            topics=frozenset(topic.name for topic in judgement.topics),
            urgency=judgement.urgency,
            shock=judgement.shock,
            shock_score=judgement.shock_score,
            story=answer.story_id,
            because=tuple(cue.cue for cue in cues if cue.decision == "shock"),
        ),
    )
