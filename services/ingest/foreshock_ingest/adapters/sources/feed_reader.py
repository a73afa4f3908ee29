"""A process that reads one feed and ends: bytes on standard input, JSON (`FeedDocument`) on standard output.

Feeds are written by strangers and read by a parser with a history, so it is done apart: bounded in memory and time by
the system, killed when late, and gone afterwards with all that it used. The first line of the input is JSON with the
answer's headers; the rest is the body.

RSS and Atom by feedparser (its sanitising off: everything becomes plain text here), JSON Feed by a model of ours.
Documents that declare entities are refused: nothing outside is fetched and nothing is expanded.
"""

import calendar
import contextlib
import json
import re
import resource
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urljoin

import feedparser
import nh3
from pydantic import BaseModel, BeforeValidator, ValidationError
from selectolax.lexbor import LexborHTMLParser

from foreshock_ingest.domain.feed_items import TEXT_MOST, FeedDocument, FeedItem

MEMORY_BYTES: Final = 1_000_000_000
CPU_SECONDS: Final = 20
_ENDS: Final = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_BLOCKS: Final = re.compile(r"(?i)<(?:br|/p|/div|/li|/h[1-6]|/tr|/blockquote)\b[^>]*>")
_MARKUP: Final = re.compile(r"[<&]")


def _worded(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _mapped(value: object) -> object:
    return value if isinstance(value, dict) else {}


_Word = Annotated[str, BeforeValidator(_worded)]
"""A text, whatever was written in its place: one odd field of one item costs neither the item nor the feed."""


class _Author(BaseModel):
    name: _Word = ""


class _JsonItem(BaseModel):
    id: _Word = ""
    url: _Word = ""
    external_url: _Word = ""
    title: _Word = ""
    content_text: _Word = ""
    content_html: _Word = ""
    summary: _Word = ""
    date_published: _Word = ""
    date_modified: _Word = ""
    language: _Word = ""
    author: Annotated[_Author, BeforeValidator(_mapped)] = _Author()


class _JsonFeed(BaseModel):
    version: str
    language: _Word = ""
    items: list[Annotated[_JsonItem, BeforeValidator(_mapped)]] = []


def read(body: bytes, headers: Mapping[str, str], url: str) -> FeedDocument:
    """The feed that a body holds; one without a kind where it holds none. Raises ValueError for what is refused."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(body, url)
    seen = body.replace(b"\x00", b"")  # UTF-16 and UTF-32 become plain enough to look at
    if b"<!entity" in seen.lower():
        raise ValueError("the document declares entities, which a feed does not need and an attack does")
    found = feedparser.parse(
        body,
        response_headers={"content-type": headers.get("content-type", "")},  # no location: ids are not to depend on it
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    kind = str(found.get("version") or "")
    if not kind and not found.entries:
        return FeedDocument()
    complete = _ENDS.search(seen[-4_096:]) is not None
    entries = found.entries if complete else found.entries[:-1]
    lang = str(found.feed.get("language") or "")
    items = [_item(dict(entry), lang, url) for entry in entries]
    return FeedDocument(kind=kind or "unknown", ttl=_ttl(found.feed), complete=complete, items=items)


def _item(entry: Mapping[str, Any], lang: str, base: str) -> FeedItem:
    contents = [str(each.get("value") or "") for each in entry.get("content") or ()]
    body = max([str(entry.get("summary") or ""), *contents], key=len)
    guid, link = str(entry.get("id") or ""), str(entry.get("link") or "")
    if link == guid and "://" not in link:
        link = ""  # a guid counts as a link unless it says otherwise, which few feeds know
    return FeedItem(
        guid=guid,
        link=_absolute(link, base),
        title=plain(str(entry.get("title") or "")),
        text=plain(body),
        author=plain(str(entry.get("author") or "")),
        published=_moment(entry.get("published_parsed") or entry.get("updated_parsed")),
        lang=lang,
    )


def _json_feed(body: bytes, url: str) -> FeedDocument:
    try:
        feed = _JsonFeed.model_validate_json(body)
    except ValidationError:
        return FeedDocument()
    if "jsonfeed.org" not in feed.version:
        return FeedDocument()
    return FeedDocument(kind="json1", items=[_json_item(item, feed.language, url) for item in feed.items])


def _json_item(item: _JsonItem, lang: str, base: str) -> FeedItem:
    return FeedItem(
        guid=item.id,
        link=_absolute(item.url or item.external_url, base),
        title=item.title,
        text=(item.content_text or plain(item.content_html) or item.summary)[:TEXT_MOST],
        author=item.author.name,
        published=_iso(item.date_published or item.date_modified),
        lang=item.language or lang,
    )


def plain(markup: str) -> str:
    """HTML as the text that a reader sees, its blocks as lines."""
    markup = markup[: 4 * TEXT_MOST]
    if not _MARKUP.search(markup):
        return markup.strip()
    safe = nh3.clean(_BLOCKS.sub("\n", markup), tags=set(), clean_content_tags={"script", "style"})
    text = LexborHTMLParser(f"<body>{safe}</body>").text()
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:TEXT_MOST]


def _absolute(link: str, base: str) -> str:
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""


def _moment(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _ttl(feed: Mapping[str, Any]) -> float:
    """RSS gives it in minutes."""
    text = str(feed.get("ttl") or "")
    return 60.0 * int(text[:6]) if text.isascii() and text.isdigit() else 0.0


def main() -> int:
    """Read one feed from standard input. Status 0 with the document, 2 with the reason why it is refused."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with contextlib.suppress(ValueError, OSError):  # some systems bound a process' time, but not its memory
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    head = json.loads(sys.stdin.buffer.readline())
    try:
        document = read(sys.stdin.buffer.read(), head["headers"], head["url"])
    except ValueError as error:
        sys.stdout.write(str(error))
        return 2
    sys.stdout.write(document.model_dump_json(exclude_defaults=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
