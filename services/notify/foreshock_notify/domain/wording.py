"""Words for people: what strangers wrote, made harmless, and put together from pieces that are text, bold or links.

A message is a row of pieces and never markup; each format turns pieces into its own, so that no text can become a
mention, a link or a heading there. What strangers wrote is `harmless` even where a receiver passes our plain text on to
a place with markup of its own:

- no control, bidi, format or private-use characters (the joiners that scripts and emoji need stay), and no line breaks;
- no mentions (`@everyone`, `<!channel>`, `<@U1>`), no tags, no links whose text hides where they lead.

Texts are cut to the limits of a service, never refused for them.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias
from urllib.parse import quote, urlsplit

URL_LIMIT: Final = 2_000
LABEL_LIMIT: Final = 80
"""Characters of a link's label, so that the host behind it is never cut off."""

ELLIPSIS: Final = "…"

_JOINERS: Final = frozenset("\u200c\u200d")
_GONE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SPACES: Final = frozenset({"Zs", "Zl", "Zp"})
_ORDINARY: Final = re.compile(r"[ -~]*")
_MENTION: Final = re.compile(r"@(?=everyone|here|channel|[&!])|(?<!\w)@(?=\w)", re.IGNORECASE)
_TAG: Final = re.compile(r"<(?=[^\W\d_]|[!@#/:?])")
_MARKDOWN: Final = re.compile(r"([\\`*_~|>#\[\]()<:@])")
_LIST_ITEM: Final = re.compile(r"^([ \t]*\d*)([-+.)])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text that looks one way. `url`, where it is set, is one that `safe_url` has let pass."""

    text: str
    bold: bool = False
    url: str | None = None


Text: TypeAlias = tuple[Piece, ...]
Size: TypeAlias = Callable[[Text], int]


def harmless(text: str, *, lines: bool = False) -> str:
    """The text as it may be shown to anybody; `lines` keeps its line breaks. The same again when applied twice."""
    kept = "\n".join(map(_clean, text.splitlines())) if lines else _clean(text)
    return _disarmed(kept)


def safe_url(url: str) -> str | None:
    """The URL in plain ASCII, fit for every kind of markup; None unless it is a web address that shows its host."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return None
    named = re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*", host)
    if parts.scheme not in {"http", "https"} or not named or "@" in parts.netloc:
        return None
    shown = f"[{host}]" if ":" in host else host
    path = quote(parts.path, safe="/%:@!$&+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&+,;=~-._?')}" if parts.query else ""
    safe = f"{parts.scheme}://{shown}{port}{path}{query}"
    return safe if len(safe) <= URL_LIMIT else None


def link(url: str | None, label: str = "") -> Piece:
    """A link that always shows its host, whatever its label says; plain text where there is no safe URL."""
    safe = safe_url(url) if url else None
    if safe is None:
        return Piece(harmless(label))
    words = cut_plain(harmless(label), LABEL_LIMIT)
    return Piece(f"{words} ({urlsplit(safe).netloc})" if words else safe, url=safe)


def plain(text: Text) -> str:
    """As plain text; links show where they lead."""
    said = (f"{p.text}: {p.url}" if p.url and p.url != p.text else p.text for p in text)
    return _disarmed("".join(said)).strip()


def markdown(text: Text) -> str:
    """As the Markdown of chats; everything but our own bold and links stands as it is written."""
    return "".join(map(_as_markdown, text)).strip()


def cut(text: Text, limit: int, size: Size) -> Text:
    """As much of the text from its beginning as is no larger than `limit`, with an ellipsis where something is left."""
    if size(text) <= limit:
        return text
    fits, too_long = 0, sum(len(piece.text) for piece in text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if size(_beginning(text, middle)) <= limit:
            fits = middle
        else:
            too_long = middle
    return _beginning(text, fits)


def cut_plain(text: str, limit: int) -> str:
    """A plain text cut to so many characters, counted as UTF-16 does, which no service counts more strictly than."""
    return plain(cut((Piece(text),), limit, lambda pieces: utf16(plain(pieces))))


def utf16(text: str) -> int:
    """Its length in UTF-16 code units."""
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def _clean(text: str) -> str:
    if _ORDINARY.fullmatch(text):
        return " ".join(text.split())
    return " ".join("".join(map(_shown, text)).split())


def _shown(char: str) -> str:
    if char in _JOINERS:
        return char
    category = unicodedata.category(char)
    if category in _SPACES or char in "\t\n\r\v\f\x85":
        return " "
    return "" if category in _GONE else char


def _disarmed(text: str) -> str:
    text = _TAG.sub("‹", text).replace("](", "] (")
    return _MENTION.sub("＠", text)


def _as_markdown(piece: Piece) -> str:
    words = _LIST_ITEM.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", piece.text))
    if piece.url:
        return f"<{piece.url}>" if piece.url == piece.text else f"[{words}]({piece.url})"
    return f"**{words}**" if piece.bold and words.strip() else words


def _beginning(text: Text, count: int) -> Text:
    kept: list[Piece] = []
    for piece in text:
        kept.append(replace(piece, text=piece.text[:count]))
        count -= len(piece.text)
        if count <= 0:
            break
    *whole, last = kept
    return (*whole, replace(last, text=last.text.rstrip("\u200c\u200d \n") + ELLIPSIS))
