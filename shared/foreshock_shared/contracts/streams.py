"""The one place that names streams, lanes, groups, events and the fields of an entry.

An event has one stream and each stream two lanes: the normal one under the event's own name and the urgent one, which
is read by a task of its own and so overtakes any backlog. Every stream has exactly one group of ours, named after the
service that reads it; `post.stored` is public and may have groups of others beside it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ENTRY_LIMIT: Final = 200
"""Posts that one entry carries at most."""

ENTRY_BYTES: Final = 1_000_000
"""Bytes after which an entry is closed even if it carries fewer posts than `ENTRY_LIMIT`."""


class Lane(StrEnum):
    """Which of a stream's two queues an entry waits in."""

    URGENT = "urgent"
    NORMAL = "normal"


class Group(StrEnum):
    """The consumer group of a service, by the service's name. `INGEST` reads nothing but has dead letters."""

    INGEST = "ingest"
    CLASSIFY = "classify"
    STORE = "store"
    NOTIFY = "notify"

    @property
    def dead_letters(self) -> str:
        """The stream that keeps what this group could not handle, with its bytes and the reason."""
        return f"dead.{self.value}"


@dataclass(frozen=True, slots=True)
class Stream:
    """One event's way from the service that publishes it to the group that handles it."""

    name: str
    event: str
    publisher: str
    group: Group
    public: bool
    """A public stream keeps its entries after our group is done with them; it is trimmed by age and bytes."""

    def key(self, lane: Lane) -> str:
        """The Redis key of a lane."""
        return self.name if lane is Lane.NORMAL else f"{self.name}.{lane.value}"


INGESTED: Final = Stream(
    "post.ingested", "foreshock.post.ingested.v1", "foreshock/ingest", Group.CLASSIFY, public=False
)
CLASSIFIED: Final = Stream(
    "post.classified", "foreshock.post.classified.v1", "foreshock/classify", Group.STORE, public=False
)
STORED: Final = Stream("post.stored", "foreshock.post.stored.v1", "foreshock/store", Group.NOTIFY, public=True)
STREAMS: Final = (INGESTED, CLASSIFIED, STORED)

DEAD_EVENT: Final = "foreshock.post.dead.v1"


class Field(StrEnum):
    """The fields of an entry: CloudEvents attributes in binary mode, and `data`, a JSON array of payloads."""

    SPECVERSION = "specversion"
    ID = "id"
    TYPE = "type"
    SOURCE = "source"
    TIME = "time"
    CONTENT_TYPE = "datacontenttype"
    TRACEPARENT = "traceparent"
    DATA = "data"
    FAILURES = "failures"
    """How often handling the one post of this entry has failed for no known reason."""
    NOT_BEFORE = "notbefore"
    """Unix milliseconds before which such an entry is not tried again."""


class DeadField(StrEnum):
    """The fields that a dead letter has beside `type`, `time` and `data`.

    `data` is the `data` of an entry: the one payload that could not be handled, in an array, or all of it, byte for
    byte, where it is no array. A replay writes `data` to `ORIGIN` under the type `EVENT` and is done.
    """

    POST_ID = "postid"
    """The post's id where it could be found, else empty."""
    ORIGIN = "origin"
    """The key of the lane it came from."""
    EVENT = "event"
    """The type of the event it came as."""
    ERROR = "error"
    """The error's class name, a closed word fit for a metric label."""
    REASON = "reason"
    """What is wrong and where, for a person."""
