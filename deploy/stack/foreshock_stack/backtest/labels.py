"""What people said of alerts: JSON lines that name a post, a story or an incident, and whether it was useful.

A label is of a whole story, whatever it names: to hear of it was useful or not. Of several on one story the last one in
the file stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from foreshock_notify.domain.notification import incident_id
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.runtime.delivery.wire import explain
from foreshock_stack.feed import BadLine, opened


class Label(BaseModel):
    """One line; keys that it does not know are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    post_id: UUID | None = None
    story_id: UUID | None = None
    incident_id: UUID | None = None
    useful: bool

    @property
    def subject(self) -> UUID | None:
        """What it speaks of."""
        return self.incident_id or self.story_id or self.post_id

    @model_validator(mode="after")
    def _names_something(self) -> "Label":
        if self.subject is None:
            raise ValueError("names neither a post_id nor a story_id nor an incident_id")
        return self


@dataclass(slots=True)
class Labels:
    """Labels on their way to the stories of a history."""

    by_subject: dict[UUID, tuple[int, bool]] = field(default_factory=dict)
    """The line and what it says, by the id that it names: ids of posts, stories and incidents never collide."""
    stories: dict[UUID, bool] = field(default_factory=dict)
    """What is known of the stories that have come by."""
    _lines: dict[UUID, int] = field(default_factory=dict)
    _met: set[UUID] = field(default_factory=set)

    def meet(self, post: PostStored) -> None:
        """A post of the history comes by."""
        if not self.by_subject:
            return
        story = post.story.id
        for subject in (post.id, story, incident_id(post.story)):
            if subject in self.by_subject:
                line, useful = self.by_subject[subject]
                self._met.add(subject)
                if line >= self._lines.get(story, 0):
                    self._lines[story], self.stories[story] = line, useful

    @property
    def unmet(self) -> int:
        """Labels of which nothing came by."""
        return len(self.by_subject) - len(self._met)


def read(path: Path) -> tuple[Labels, list[BadLine]]:
    """The labels of a file, plain or gzip, and the lines that are none. Raises ConfigurationError: no such file."""
    with opened(path) as recording:
        return _parse(recording.lines)


def _parse(lines: Iterable[bytes]) -> tuple[Labels, list[BadLine]]:
    labels, bad = Labels(), []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            label = Label.model_validate_json(line)
        except ValidationError as error:
            bad.append(BadLine(number, explain(error)))
            continue
        if label.subject is not None:
            labels.by_subject[label.subject] = (number, label.useful)
    return labels, bad
