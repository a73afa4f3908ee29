"""`./run classify`: judge posts offline, with the very classifier and story engine of the stack.

Exit status 0 when every line was judged, 1 when a line was no post; the others are judged all the same.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from foreshock_classify.adapters.watchlist import load_watchlist
from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.settings import ClassifySettings
from foreshock_classify.training import ensure_model
from foreshock_shared.contracts.judgement import Classification
from foreshock_shared.contracts.post import PostIn
from foreshock_shared.runtime.delivery.wire import explain
from foreshock_stack.environment import Environment
from foreshock_stack.feed import BadLine, Dated, opened, read
from foreshock_store.domain.stories import StoryEngine
from foreshock_store.domain.story import PostFacts

STDIN: Final = "-"
AT_ONCE: Final = 64
"""Lines of a file that are judged together, since that is cheaper. What comes by a pipe is answered line by line."""
UNDATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When a post is taken to be from if no post before it had a date either."""


def run(file: str, environment: Environment) -> int:
    """Judge every line, write each judgement as soon as it is there."""
    judge = judge_of(environment)
    bad = 0
    with ExitStack() as stack:
        lines = sys.stdin.buffer if file == STDIN else stack.enter_context(opened(Path(file))).lines
        try:
            for item in judge.all(lines, 1 if file == STDIN else AT_ONCE):
                if isinstance(item, BadLine):
                    bad += 1
                    print(f"{file}, {item}", file=sys.stderr)
                else:
                    print(json.dumps(item.plain(), ensure_ascii=False), flush=file == STDIN)
        except BrokenPipeError:
            sys.stderr.close()  # whoever read has seen enough; the interpreter would complain at its end
    return 1 if bad else 0


def model_path(environment: Environment) -> Path:
    """Where the model of the stack's classify lies."""
    default: Path = ClassifySettings.model_fields["model_path"].default
    return Path(environment.passed.get("FORESHOCK_MODEL_PATH") or default)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said of one post."""

    id: str | None
    classification: Classification
    story_id: str | None

    def plain(self) -> dict[str, Any]:
        """As it is written out."""
        plain: dict[str, Any] = json.loads(self.classification.model_dump_json(exclude={"lang"}))
        return {"id": self.id, **plain, "story_id": self.story_id}


class Parsed(NamedTuple):
    """A post that a line holds, and when it is from."""

    post: PostIn
    date: datetime | None


class Judge:
    """Judges posts in order; what a post's story is depends on those before it."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._stories = StoryEngine()
        self._clock = UNDATED
        """The latest date so far: the story engine forgets by it, as the stack's does by the time of day."""

    def all(self, lines: Iterable[bytes], at_once: int = AT_ONCE) -> Iterator[Judgement | BadLine]:
        """A judgement, or what is wrong, for each line that is not blank; they are judged so many at once."""
        items = read(lines, "offline")
        while some := list(islice(items, at_once)):
            parsed = [_parsed(item) for item in some]
            posts = [each.post for each in parsed if not isinstance(each, BadLine)]
            classifications = chain.from_iterable(self._classifier.judge_all(posts))
            for each in parsed:
                yield each if isinstance(each, BadLine) else self._told(each, next(classifications))

    def _told(self, parsed: Parsed, judgement: Classification) -> Judgement:
        story = self._story(parsed.post, parsed.date, judgement)
        return Judgement(parsed.post.native_id, judgement, story)

    def _story(self, post: PostIn, date: datetime | None, judgement: Classification) -> str | None:
        at = date or UNDATED
        self._clock = max(self._clock, at)
        assigned = self._stories.assign(PostFacts(post.identity(), post.text, at), judgement, self._clock)
        return str(assigned.story.id) if assigned else None


def _parsed(item: Dated | BadLine) -> Parsed | BadLine:
    if isinstance(item, BadLine):
        return item
    try:
        return Parsed(PostIn.model_validate(item.row), item.date)
    except ValidationError as error:
        return BadLine(item.number, explain(error))


def judge_of(environment: Environment) -> Judge:
    """Judges posts one after the other, with their stories."""
    return Judge(classifier_of(environment))


def classifier_of(environment: Environment) -> Classifier:
    """With the stack's own model and watchlist."""
    watchlist = load_watchlist(environment.config_dir / "watchlist.yaml")
    return Classifier(ensure_model(model_path(environment)), watchlist)
