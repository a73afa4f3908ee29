"""`./run cost`: what judging a post costs on one core of this machine.

Four sorts of posts, each judged by the stack's own classifier in one pinned process, part by part, each part at the
fastest of several rounds:

    noise       everyday posts of the load generator, which the gate turns away
    near noise  the corpus' own posts labelled `none`, written to look like our field; many pass the gate
    relevant    the corpus' other posts, in seven languages and every length
    firehose    95 % noise and 5 % relevant

What is counted is processor time of this process, not what others took meanwhile. It depends on the machine, and a
little on what else it does; the ratios between the rows hardly do.
"""

import os
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rich.console import Console
from rich.table import Table

from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.domain.reading import Post
from foreshock_classify.training.corpus import Example, load
from foreshock_shared.contracts.judgement import Topic
from foreshock_shared.contracts.post import SourceKind, Tier
from foreshock_stack.commands.classify import classifier_of
from foreshock_stack.environment import Environment
from foreshock_stack.load import Load, Mix, posts

ROUNDS: Final = 16
PART: Final = 250
"""Posts that are timed at one go: some milliseconds, which even a busy machine leaves alone once in so many rounds."""
SAMPLE: Final = 2_000
"""Posts of a sort, at most."""
MEGABYTE: Final = 1024 if sys.platform == "linux" else 1024**2
"""What the system counts memory in: kilobytes, on macOS bytes."""
RELEVANT_SHARE: Final = Mix.FIREHOSE.relevant_share


@dataclass(frozen=True, slots=True)
class Cost:
    """One sort of posts."""

    name: str
    microseconds: float
    """On average over its posts, each part at its fastest: what slows a part in one round is the machine."""
    posts: int


def run(environment: Environment) -> int:
    """Measure and print."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    began = time.process_time()
    classifier = classifier_of(environment)
    loading = time.process_time() - began
    table = Table(title="Cost of a judgement, one core", title_justify="left")
    table.add_column("posts")
    table.add_column("µs a post", justify="right")
    table.add_column("judged", justify="right")
    for cost in measure(classifier):
        table.add_row(cost.name, f"{cost.microseconds:,.1f}", f"{cost.posts:,}")
    console = Console()
    console.print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    console.print(
        f"model and word lists loaded in {loading:.2f} s of processor time; this process took {peak:.0f} MB at most"
    )
    return 0


def measure(classifier: Classifier, sample: int = SAMPLE) -> list[Cost]:
    """Every sort of posts, at most `sample` of each."""
    generated = (row for row in posts(Load(sample * 2)) if row["source_kind"] == SourceKind.SOCIAL)
    noise = [Post(row["text"], lang="en") for row in islice(generated, sample)]
    examples = load()
    near = [_post(example) for example in examples if Topic.NONE in example.topics][:sample]
    relevant = [_post(example) for example in _spread([e for e in examples if Topic.NONE not in e.topics], sample)]
    costs = [_timed(classifier, *sort) for sort in (("noise", noise), ("near noise", near), ("relevant", relevant))]
    mean = (1 - RELEVANT_SHARE) * costs[0].microseconds + RELEVANT_SHARE * costs[2].microseconds
    return [*costs, Cost("firehose, 5 % relevant", mean, costs[0].posts + costs[2].posts)]


def _spread(examples: Sequence[Example], sample: int) -> Sequence[Example]:
    """A sample from all over the corpus."""
    return examples[:: max(1, len(examples) // sample)]


def _post(example: Example) -> Post:
    return Post(example.text, example.source_kind, Tier.PRESS, example.lang)


def _timed(classifier: Classifier, name: str, sample: Sequence[Post]) -> Cost:
    parts = [sample[start : start + PART] for start in range(0, len(sample), PART)]
    rounds = [[_seconds(classifier, part) for part in parts] for _ in range(ROUNDS)]
    return Cost(name, sum(map(min, zip(*rounds, strict=True))) / len(sample) * 1e6, len(sample))


def _seconds(classifier: Classifier, part: Sequence[Post]) -> float:
    began = time.process_time()
    for _ in classifier.judge_all(part):
        pass
    return time.process_time() - began
