"""A post as it is sent to us, and as it travels once it has been accepted.

The identity of a post is a UUID of version 5 of (source, native id), or of (source, canonical text) where the source
gives no id of its own. It is the idempotency key of every hop: the same post has the same id on any machine, for ever.
"""

import hashlib
import json
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID, uuid5

from pydantic import Field

from foreshock_shared.contracts.base import Contract, Instant, LanguageTag, Name, Text, Traceparent, Url

POST_NAMESPACE: Final = UUID("5b0b5c2e-6f0e-5c6e-9f6e-2d1f2a6a7e01")
HEADLINE: Final = 160
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)


class SourceKind(StrEnum):
    """What kind of text a source carries; it shapes how a judgement reads it."""

    SOCIAL = "social"
    NEWS = "news"
    OFFICIAL = "official"
    BLOG = "blog"


class Tier(StrEnum):
    """How close a source stands to the event: who decides, who carries it out, who reports, who talks."""

    OFFICIAL = "official"
    PROVIDER = "provider"
    PRESS = "press"
    SOCIAL = "social"


class PostIn(Contract):
    """A post as a client or a source adapter hands it in. Only `source` and `text` are required."""

    source: Name
    text: Text
    native_id: Name | None = None
    url: Url | None = None
    author: Name | None = None
    lang: LanguageTag | None = None
    created_at: Instant | None = None
    source_kind: SourceKind = SourceKind.SOCIAL
    tier: Tier = Tier.SOCIAL
    reply_to: Name | None = None
    repost_of: Name | None = None
    metrics: dict[Name, float] | None = Field(default=None, max_length=50)

    def identity(self) -> UUID:
        """The post's id: of (source, native id), else of (source, canonical text)."""
        own = ["id", self.native_id] if self.native_id is not None else ["text", canonical_text(self.text)]
        return uuid5(POST_NAMESPACE, _ENCODER.encode([self.source, *own]))

    def content_hash(self) -> str:
        """32 hex digits over everything that makes the content; counters (`metrics`) change without it changing."""
        return hashlib.blake2b(self.content_json(), digest_size=16).hexdigest()

    def content_json(self) -> bytes:
        """The content as JSON, what is None left out: what the hash is taken over."""
        return self.__pydantic_serializer__.to_json(self, exclude={"metrics"}, exclude_none=True)


class Post(PostIn):
    """An accepted post. Frozen by ingest: no later service changes a field of it."""

    id: UUID
    accepted_at: datetime
    """When ingest first accepted this content, UTC. It chooses the partition and is never taken from the outside."""
    content: str = Field(pattern=r"^[0-9a-f]{32}$")
    """`PostIn.content_hash`: tells a redelivery (same) from a revision (other) of one id."""
    traceparent: Traceparent = None

    @classmethod
    def accept(cls, post: PostIn, now: datetime) -> "Post":
        """Freeze what was handed in; `now` must carry a zone."""
        return cls.model_construct(**dict(post), id=post.identity(), accepted_at=now, content=post.content_hash())

    def traced(self, traceparent: str | None) -> Self:
        """The same, handed on by another span."""
        return self.model_copy(update={"traceparent": traceparent})


def headline(text: str) -> str:
    """The text cut to one line of at most `HEADLINE` characters."""
    line = " ".join(text.split())
    return line if len(line) <= HEADLINE else line[: HEADLINE - 1].rstrip() + "…"


def canonical_text(text: str) -> str:
    """Text reduced to what two copies of it share: NFC, runs of white space as one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def id_checksum(post_id: UUID) -> int:
    """The first 32 bits of an id. Ledgers add these up: when one post is missing, the difference names it."""
    return post_id.int >> 96
