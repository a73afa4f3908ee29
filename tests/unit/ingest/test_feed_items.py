"""Feeds as they come: what is taken from them, what is refused, and what is made of odd items."""

import gzip
from datetime import UTC, datetime

import pytest

from foreshock_ingest.adapters.sources.feed_reader import plain, read
from foreshock_ingest.domain.feed_items import FeedItem, Origin, posts_of
from foreshock_shared.contracts.post import PostIn, SourceKind, Tier

URL = "https://example.org/feed"
NOW = datetime(2026, 6, 12, 17, 21, tzinfo=UTC)
ORIGIN = Origin("gazette", SourceKind.OFFICIAL, Tier.OFFICIAL, None)


def rss(*items: str, head: str = "", open_end: bool = False) -> str:
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{head}{"".join(items)}'
    return text if open_end else text + "</channel></rss>"


def item(n: int, more: str = "") -> str:
    return f"<item><guid>g{n}</guid><title>Title {n}</title><description>Text {n}</description>{more}</item>"


def posts(body: bytes | str, content_type: str = "application/xml") -> list[PostIn]:
    raw = body.encode() if isinstance(body, str) else body
    return posts_of(read(raw, {"content-type": content_type}, URL).items, ORIGIN, NOW)[0]


def test_an_item_becomes_a_post_of_its_feed() -> None:
    more = "<link>/a</link><author>A. Body</author><pubDate>Fri, 12 Jun 2026 12:00:00 GMT</pubDate>"
    [post] = posts(rss(item(1, more), head="<language>en-gb</language>"))
    assert (post.source, post.native_id, post.text) == ("gazette", "g1", "Title 1\n\nText 1")
    assert (post.url, post.author, post.lang) == ("https://example.org/a", "A. Body", "en-gb")
    assert post.created_at == datetime(2026, 6, 12, 12, tzinfo=UTC)
    assert (post.tier, post.source_kind) == (Tier.OFFICIAL, SourceKind.OFFICIAL)


def test_markup_becomes_the_text_that_a_reader_sees() -> None:
    assert plain("<p>One &amp; two</p><p>three<br>four</p><script>evil()</script><style>x{}</style>") == (
        "One & two\nthree\nfour"
    )
    assert plain("5 < 6 &lt;b&gt;") == "5 < 6 <b>"


def test_atom_is_read() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>e1</id><title>One</title>'
        '<link href="https://example.org/1"/><updated>2026-06-12T10:00:00Z</updated>'
        '<content type="html">&lt;p&gt;Body&lt;/p&gt;</content></entry></feed>'
    )
    [post] = posts(body)
    assert (post.native_id, post.text, post.url) == ("e1", "One\n\nBody", "https://example.org/1")


def test_a_json_feed_is_read_and_odd_fields_cost_nothing() -> None:
    body = (
        '{"version": "https://jsonfeed.org/version/1.1", "language": "de", "items": ['
        '{"id": 7, "url": "https://example.org/7", "title": "T", "content_html": "<p>Body</p>", "author": "nobody",'
        ' "date_published": "2026-06-12T10:00:00+02:00"}, 5, {"id": "8", "content_text": ["odd"], "title": "Eight"}]}'
    )
    first, second = posts(body, "application/feed+json")
    assert (first.native_id, first.text, first.lang) == ("7", "T\n\nBody", "de")
    assert (second.native_id, second.text) == ("8", "Eight")


@pytest.mark.parametrize("body", ['{"version": 5}', '{"items": []}', '{"cut": ', "[]"])
def test_other_json_is_no_feed(body: str) -> None:
    assert read(body.encode(), {"content-type": "application/json"}, URL).kind == ""


def test_a_login_page_is_no_feed() -> None:
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>...</form></body></html>"
    assert read(page, {"content-type": "text/html"}, URL).kind == ""


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<rss><channel><item><title>&b;</title></item></channel></rss>"
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<rss><channel><item><title>&x;</title></item></channel></rss>"
)


@pytest.mark.parametrize("document", [BOMB, EXTERNAL])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_a_document_that_declares_entities_is_refused_in_any_encoding(document: str, encoding: str) -> None:
    with pytest.raises(ValueError, match="entities"):
        read(document.encode(encoding), {"content-type": "application/xml"}, URL)


def test_a_plain_doctype_is_no_reason_to_refuse() -> None:
    assert len(posts('<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://x/rss.dtd">' + rss(item(1)))) == 1


def test_a_document_that_breaks_off_gives_all_items_but_the_last() -> None:
    whole = read(rss(item(1), item(2), item(3)).encode(), {}, URL)
    cut = read(rss(item(1), item(2), "<item><guid>g3</guid><title>Tit", open_end=True).encode(), {}, URL)
    assert (whole.complete, len(whole.items)) == (True, 3)
    assert not cut.complete
    assert [each.guid for each in cut.items] == ["g1", "g2"]


def test_utf_16_is_read() -> None:
    body = rss(item(1, "<author>日本語</author>")).replace('version="1.0"', 'version="1.0" encoding="utf-16"')
    [post] = posts(body.encode("utf-16"))
    assert post.author == "日本語"


def test_a_wrong_charset_costs_letters_at_most() -> None:
    said = rss(item(1, "<author>Jörg</author>")).replace('version="1.0"', 'version="1.0" encoding="us-ascii"')
    [post] = posts(said.encode("utf-8"), "application/xml; charset=us-ascii")
    assert post.native_id == "g1"
    [latin] = posts(rss(item(1, "<author>Jörg</author>")).encode("latin-1"), "application/xml; charset=utf-8")
    assert latin.author == "Jörg"


def test_without_guid_the_link_is_the_id_and_without_both_the_text() -> None:
    linked, bare = posts(
        rss("<item><title>A</title><link>https://example.org/a</link></item>", "<item><title>B</title></item>")
    )
    assert linked.native_id == "https://example.org/a"
    assert bare.native_id is None
    assert bare.identity() == PostIn(source="gazette", text="B").identity()


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 12 Jun 9999 12:00:00 GMT",
        "Fri, 12 Jun 0000 12:00:00 GMT",
        "Sun, 14 Jun 2026 12:00:00 GMT",
        "Thu, 01 Jan 1600 00:00:00 GMT",
        "99999999999999999999",
        "yesterday",
        "",
    ],
)
def test_a_date_that_cannot_be_is_left_out_and_the_post_kept(date: str) -> None:
    [post] = posts(rss(item(1, f"<pubDate>{date}</pubDate>")))
    assert post.created_at is None


def test_an_item_without_any_text_is_spoilt_and_its_siblings_are_not() -> None:
    items = read(rss(item(1), "<item><guid>g2</guid></item>", item(3)).encode(), {}, URL).items
    good, [spoilt] = posts_of(items, ORIGIN, NOW)
    assert [post.native_id for post in good] == ["g1", "g3"]
    assert b"g2" in spoilt.data
    assert spoilt.reason.startswith("text: ")


def test_what_only_decorates_an_item_never_costs_the_item() -> None:
    odd = FeedItem(guid="g" * 2_000, link="javascript:alert(1)", title="T", author="a" * 2_000, lang="not a language")
    [post], spoilt = posts_of([odd], ORIGIN, NOW)
    assert (post.url, post.lang, spoilt) == (None, None, [])
    assert len(post.native_id or "") == 512


def test_texts_of_any_length_are_cut_to_what_a_post_may_have() -> None:
    [post] = posts(rss(f"<item><guid>g</guid><description>{'word ' * 100_000}</description></item>"))
    assert len(post.text) <= 100_000


@pytest.mark.slow
def test_ten_thousand_items_are_all_read() -> None:
    assert len(posts(rss(*map(item, range(10_000))))) == 10_000


def test_a_title_that_opens_the_text_is_not_said_twice() -> None:
    [post] = posts(
        rss("<item><guid>g</guid><title>A directive</title><description>A directive was</description></item>")
    )
    assert post.text == "A directive was"


def test_a_time_to_live_is_in_minutes() -> None:
    assert read(rss(item(1), head="<ttl>90</ttl>").encode(), {}, URL).ttl == 5_400


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff\xfe", gzip.compress(b"packed", mtime=0), b"plain words", b"<" * 10_000]
)
def test_bytes_that_are_nothing_at_all_are_no_feed(body: bytes) -> None:
    assert read(body, {}, URL).items == []
