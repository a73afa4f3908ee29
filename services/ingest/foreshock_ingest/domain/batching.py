"""Which posts go into which entry, and each post's one encoding.

An entry holds posts of one lane and one ledger: at most `ENTRY_LIMIT` of them and about `ENTRY_BYTES`. A single post
always fits. They are accepted together, at the moment in which the entry is written.
Canaries are booked in a ledger of their own: they are no posts.
"""

import hashlib
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar
from uuid import UUID

from pydantic_core import to_json

from foreshock_shared.contracts.canary import is_canary
from foreshock_shared.contracts.post import PostIn, Tier
from foreshock_shared.contracts.streams import ENTRY_BYTES, ENTRY_LIMIT, Lane

_URGENT_TIERS: Final = frozenset({Tier.OFFICIAL, Tier.PROVIDER})
_STAMP_BYTES: Final = len(b',"accepted_at":"2026-06-12T17:21:05.123456+00:00"}')


class Verdict(StrEnum):
    """What a post is in the light of what was accepted under its id before."""

    NEW = "new"
    SAME = "same"
    """Accepted before with this content: accepted again, and nothing changes."""
    REVISION = "revision"
    """Accepted before with other content, by a source that edits: accepted anew."""
    CONFLICT = "conflict"
    """Accepted before with other content, by a client that does not edit: refused."""

    @property
    def written(self) -> bool:
        """Whether such a post goes into an entry."""
        return self in {Verdict.NEW, Verdict.REVISION}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one post."""

    post_id: UUID
    verdict: Verdict

    @property
    def accepted(self) -> bool:
        """Whether the post, with this content, is on storage."""
        return self.verdict is not Verdict.CONFLICT


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post ready to be written, not yet known to be new."""

    post_id: UUID
    content: bytes
    """16 bytes; its hexadecimal form is the post's `content`."""
    body: bytes
    """The post as JSON, all but the moment of its acceptance."""
    lane: Lane
    revisable: bool
    canary: bool = False
    traceparent: str | None = None
    """The context of the span that accepts it, where that is traced."""

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return len(self.body) + _STAMP_BYTES

    def payload(self, accepted_at: datetime) -> bytes:
        """The post as JSON, as it stands in the entry: what `Post.accept` gives. `accepted_at` is in UTC."""
        return b'%b,"accepted_at":"%b"}' % (self.body, accepted_at.isoformat().encode())


def prepare(post: PostIn, *, revisable: bool, traceparent: str | None = None) -> Candidate:
    """Identify a post and encode it in one go: its payload is its content with what ingest adds."""
    body = post.content_json()
    content = hashlib.blake2b(body, digest_size=16)
    post_id = post.identity()
    metrics = b"" if post.metrics is None else b',"metrics":' + to_json(post.metrics)
    trace = f',"traceparent":"{traceparent}"' if traceparent else ""
    own = f',"id":"{post_id}","content":"{content.hexdigest()}"{trace}'
    lane = Lane.URGENT if post.tier in _URGENT_TIERS else Lane.NORMAL
    body = body[:-1] + metrics + own.encode()
    return Candidate(post_id, content.digest(), body, lane, revisable, is_canary(post), traceparent)


class HasCandidate(Protocol):
    """Something that waits to be written."""

    @property
    def candidate(self) -> Candidate:
        """The post that waits."""
        ...


W = TypeVar("W", bound=HasCandidate)


def next_entry(waiting: deque[W]) -> list[W]:
    """Take from the front of a lane's queue what goes into its next entry; at least one if any waits."""
    taken: list[W] = []
    size = 0
    while waiting and len(taken) < ENTRY_LIMIT:
        candidate = waiting[0].candidate
        size += candidate.size + 1
        if taken and (size > ENTRY_BYTES or candidate.canary is not taken[0].candidate.canary):
            break
        taken.append(waiting.popleft())
    return taken
