"""From the items of a feed, as the reader process gives them, to posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from foreshock_ingest.domain.source import Spoilt
from foreshock_shared.contracts.base import LanguageTag, Url
from foreshock_shared.contracts.post import PostIn, SourceKind, Tier

TEXT_MOST: Final = 100_000
_URL: Final = TypeAdapter[str](Url)
_LANGUAGE: Final = TypeAdapter[str](LanguageTag)


class FeedItem(BaseModel):
    """One item, already plain text; every field may be missing."""

    guid: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    published: datetime | None = None
    lang: str = ""


class FeedDocument(BaseModel):
    """A feed as read: no kind means that it was none."""

    kind: str = ""
    """`rss20`, `atom10`, `json1`, …; empty for what is no feed."""
    ttl: float = 0
    """Seconds for which the feed asks to be left alone."""
    complete: bool = True
    """False when the document breaks off: its last item may be half of one."""
    items: list[FeedItem] = []


@dataclass(frozen=True, slots=True)
class Origin:
    """What a feed's configuration says about all of its posts."""

    source: str
    source_kind: SourceKind
    tier: Tier
    lang: str | None


def posts_of(items: Sequence[FeedItem], origin: Origin, now: datetime) -> tuple[list[PostIn], list[Spoilt]]:
    """The posts, and those items that cannot be one, with the reason.

    An item's id is its guid, else its link, else (by the rules of posts) its text. A date that cannot be is left out.
    """
    posts: list[PostIn] = []
    spoilt: list[Spoilt] = []
    for item in items:
        try:
            posts.append(_post(item, origin, now))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"
            spoilt.append(Spoilt(item.model_dump_json(exclude_defaults=True).encode(), reason))
    return posts, spoilt


def _post(item: FeedItem, origin: Origin, now: datetime) -> PostIn:
    title, text = item.title.strip(), item.text.strip()
    told = text if not title or text.startswith(title) else f"{title}\n\n{text}".strip()
    return PostIn(
        source=origin.source,
        native_id=(item.guid or item.link)[:512].strip() or None,
        text=told.replace("\x00", "")[:TEXT_MOST],
        url=_valid(_URL, item.link),
        author=item.author.replace("\x00", "").strip()[:512] or None,
        lang=origin.lang or _valid(_LANGUAGE, item.lang),
        created_at=_possible(item.published, now),
        source_kind=origin.source_kind,
        tier=origin.tier,
    )


def _valid(kind: TypeAdapter[str], value: str) -> str | None:
    """The value if it is one of that kind; what only decorates a post never costs us the post."""
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None


def _possible(moment: datetime | None, now: datetime) -> datetime | None:
    """A moment that an item can have been published at: not before 1970, at most a day ahead of us."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware if aware.year >= 1970 and aware <= now + timedelta(days=1) else None
