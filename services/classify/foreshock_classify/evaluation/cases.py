"""A labelled post beside what was said of it: what every figure is counted from."""

from dataclasses import dataclass

from foreshock_shared.contracts.judgement import Topic, Urgency


@dataclass(frozen=True, slots=True)
class Label:
    """What a reader says of a post."""

    topics: frozenset[Topic]
    urgency: Urgency
    shock: bool
    event: str
    """What it is about; posts on one event share it."""
    story: str | None = None
    """The event again, where the labels tell which posts belong together."""
    borderline: bool = False
    """Readers differed, or a rule had to decide."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the classifier, and the story engine, said of it."""

    topics: frozenset[Topic]
    urgency: Urgency
    shock: bool
    shock_score: float
    story: str | None = None
    because: tuple[str, ...] = ()
    """The cues that spoke for a shock."""


@dataclass(frozen=True, slots=True)
class Case:
    """One post of an evaluation."""

    id: str
    text: str
    lang: str | None
    label: Label
    said: Said
    weight: float = 1.0
    """How many posts of a stream it stands for, where shock is counted."""
