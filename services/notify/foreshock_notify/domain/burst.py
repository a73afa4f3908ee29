"""Bursts: a topic or an entity of which far more is heard than usual.

Posts are counted by subject in buckets of ten minutes, each post once and copies of a text not at all. What is usual is
taken from the longer span before, scaled by how much is heard of everything else: twice the sources, or a flood of
everything, raise what is expected in the same measure and are no burst. Where little is heard at all, a post of
other matters an hour is assumed, so that the scale passes into plain time and silence makes nobody's few posts a burst.

A subject that is bursting makes one incident for each rule and day (UTC): its id follows from the three, so that any
number of posts, replicas and replays come to one.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, model_validator

from foreshock_notify.domain.values import Duration, Words, spoken
from foreshock_shared.contracts.events import StoryRef

BUCKET: Final = timedelta(minutes=10)
LONGEST: Final = timedelta(days=14)
"""What `over` may be at most; counts are kept a little longer."""

HISTORY: Final = timedelta(days=1)
"""How long must have been counted before anything can be called unusual."""

ANY_TOPIC: Final = "topic"
ANY_ENTITY: Final = "entity"
EVERYTHING: Final = "*"
"""The subject under which every post is counted."""

_BURSTS: Final = UUID("0d6c9a3e-54f1-5a5b-8a5f-5b8b1f0e7c13")


class Burst(BaseModel):
    """When a subject counts as bursting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: Words
    """Topics, and ids or names of entities; `topic` and `entity` stand for any of theirs."""
    factor: Annotated[float, Field(gt=1, le=1000)] = 5.0
    within: Duration = timedelta(hours=1)
    over: Duration = timedelta(days=7)
    at_least: Annotated[int, Field(ge=2, le=1_000_000)] = 10
    """Posts within the shorter span below which nothing is a burst."""

    @model_validator(mode="after")
    def _spans(self) -> "Burst":
        if not BUCKET <= self.within <= timedelta(days=1):
            raise ValueError("within: must lie between 10m and 1d")
        if not HISTORY <= self.over <= LONGEST or self.over < 2 * self.within:
            raise ValueError("over: must lie between 1d and 14d, and be twice as long as within at least")
        return self

    @property
    def span(self) -> "Span":
        return Span(self.within, self.over)


@dataclass(frozen=True, slots=True)
class Span:
    """The latest time, and the time that it is compared with: `within` is the end of `over`."""

    within: timedelta
    over: timedelta


@dataclass(slots=True)
class Count:
    """Posts in the latest time, and in the time before it."""

    recent: int = 0
    usual: int = 0


@dataclass(slots=True)
class Tally:
    """What was counted. `since` is when counting began; None where it never did."""

    since: datetime | None = None
    counts: dict[tuple[Span, str], Count] = field(default_factory=dict)
    spans: frozenset[Span] = frozenset()

    def of(self, span: Span, subject: str) -> Count:
        return self.counts.get((span, subject)) or Count()

    def add(self, subjects: Iterable[str], accepted_at: datetime, now: datetime) -> None:
        """Count one post more."""
        for subject in (EVERYTHING, *subjects):
            for span in self.spans:
                count = self.counts.setdefault((span, subject), Count())
                if accepted_at > now - span.within:
                    count.recent += 1
                elif accepted_at > now - span.over:
                    count.usual += 1


UNCOUNTED: Final = Tally()


def bucket(moment: datetime) -> datetime:
    """The bucket that a moment falls into, by its beginning."""
    return datetime.fromtimestamp(moment.timestamp() // BUCKET.total_seconds() * BUCKET.total_seconds(), moment.tzinfo)


def expected(burst: Burst, subject: str, tally: Tally, now: datetime) -> float | None:
    """The posts that would be usual in the latest time; None where too little has been counted to say."""
    if tally.since is None or now - tally.since < HISTORY:
        return None
    own, every = tally.of(burst.span, subject), tally.of(burst.span, EVERYTHING)
    usual_hours = (min(burst.over, now - tally.since) - burst.within) / timedelta(hours=1)
    others_recent = every.recent - own.recent + burst.within / timedelta(hours=1)
    others_usual = every.usual - own.usual + usual_hours
    return own.usual * others_recent / others_usual


def bursting(burst: Burst, subject: str, tally: Tally, now: datetime) -> bool:
    """Whether far more is heard of a subject now than is usual."""
    heard = tally.of(burst.span, subject).recent
    if heard < burst.at_least:
        return False
    usual = expected(burst, subject, tally, now)
    return usual is not None and heard >= burst.factor * usual


def story_of(rule: str, burst: Burst, subject: str, tally: Tally, now: datetime) -> StoryRef:
    """What a burst is the story of; the id is that of the rule, the subject and the day."""
    heard, usual = tally.of(burst.span, subject).recent, expected(burst, subject, tally, now) or 0.0
    said = f"{heard} posts on {subject} within {spoken(burst.within)}, where {usual:.1f} would be usual"
    return StoryRef(
        id=burst_id(rule, subject, now),
        headline=said,
        first_seen=now - burst.within,
        why=[f"compared with the last {spoken(burst.over)}, scaled by what is heard of everything else"],
    )


def burst_id(rule: str, subject: str, now: datetime) -> UUID:
    """The id of the story that a burst is."""
    return uuid5(_BURSTS, json.dumps([rule, subject, now.date().isoformat()]))
