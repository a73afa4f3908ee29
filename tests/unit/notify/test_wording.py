"""Whatever a text holds: it is shown, and does nothing."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foreshock_notify.domain.wording import (
    ELLIPSIS,
    Piece,
    cut,
    cut_plain,
    harmless,
    link,
    markdown,
    plain,
    safe_url,
    utf16,
)

PARTS = st.sampled_from(
    [
        *("@everyone", "@here", "@channel", "<!channel>", "<@U012AB3CD>", "<@&7>", "<#C1>", "<https://e.example|x>"),
        *("[a](https://e.example)", "](", "[", "]", "(", ")", "<", ">", "@", "!", "&", "|", "\\", "`", "```", "*", "_"),
        *("\n", "\r\n", "\u2028", "\t", "\x00", "\x1b[31m", "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\ue003"),
        *(
            "# ",
            "> ",
            "- ",
            "1. ",
            "||",
            "~~",
            ":tada:",
            "word",
            "a",
            "é",
            "出口管制",
            "🚀",
            "👩\u200d🚀",
            " ",
            "\ue000",
        ),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PARTS, max_size=20).map("".join))
PIECES = st.lists(
    st.one_of(
        TEXTS.map(lambda text: Piece(harmless(text, lines=True))),
        TEXTS.map(lambda text: Piece(harmless(text), bold=True)),
        TEXTS.map(lambda text: link("https://example.org/x", text)),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


@given(TEXTS)
def test_no_character_is_left_that_hides_or_turns_text(text: str) -> None:
    for char in harmless(text):
        assert unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} or char in "\u200c\u200d"


@given(TEXTS)
def test_nobody_is_mentioned(text: str) -> None:
    assert not re.search(r"@(everyone|here|channel|[!&])|<[!@#]|(?<!\w)@\w", harmless(text), re.IGNORECASE)


@given(TEXTS)
def test_no_link_hides_where_it_leads(text: str) -> None:
    said = harmless(text)
    assert "](" not in said
    assert not re.search(r"<[a-z]", said, re.IGNORECASE)


@given(TEXTS)
@example("<<a")
@example("@@everyone")
@example("]](")
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


@given(st.text(st.characters(categories=["L", "N"], include_characters=" .,;"), max_size=80))
def test_plain_words_of_every_script_stay_as_they_are(text: str) -> None:
    assert harmless(text) == " ".join(text.split())


@pytest.mark.parametrize("text", ["write to a@b.example", "under 5 < 6", "1 <- 2", "R&D", "it's 50 % off", "a_b * c"])
def test_ordinary_signs_stay(text: str) -> None:
    assert harmless(text) == text


@given(PIECES)
def test_pieces_that_meet_make_no_mention_and_no_tag(pieces: tuple[Piece, ...]) -> None:
    said = plain(pieces)
    assert not re.search(r"@(everyone|here|channel)|<[!@#a-z]|\]\(", said, re.IGNORECASE)


MARKUP = re.compile(r"\\.|\*\*|\[(?:\\.|[^\]\\])*\]\(https://example\.org/x\)|<https://example\.org/x>", re.DOTALL)


@given(PIECES)
def test_markdown_holds_no_markup_but_our_own(pieces: tuple[Piece, ...]) -> None:
    rest = MARKUP.sub("", markdown(pieces))
    assert not re.search(r"[\\`*_~|>#\[\]()<]", rest)
    assert not re.search(r"(?m)^[ \t]*([-+]|\d+[.)])\s", markdown(pieces))


@given(PIECES, st.integers(1, 300))
def test_a_text_is_cut_to_its_limit_in_what_it_becomes(pieces: tuple[Piece, ...], limit: int) -> None:
    def size(text: tuple[Piece, ...]) -> int:
        return utf16(markdown(text))

    limit += size((link("https://example.org/x", "x" * 90),))
    short = cut(pieces, limit, size)
    assert size(short) <= limit
    assert short == pieces or short[-1].text.endswith(ELLIPSIS)


@given(TEXTS, st.integers(1, 40))
def test_a_plain_text_is_cut_and_never_refused(text: str, limit: int) -> None:
    short = cut_plain(harmless(text), limit)
    assert utf16(short) <= limit
    assert short in {harmless(text).strip(), short}


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a_b?q=1", "https://example.org/a_b?q=1"),
        ("https://example.org/a b(c)|d", "https://example.org/a%20b%28c%29%7Cd"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("https://bis.gov@evil.example/", None),
        ("https://bis.gov:pass@evil.example/", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://a..b/", None),
        ("https://example.org:99999/", None),
        ("https://example.org/" + "x" * 2_000, None),
        ("nonsense", None),
    ],
)
def test_a_url_is_safe_or_none(url: str, safe: str | None) -> None:
    assert safe_url(url) == safe


@given(st.one_of(st.text(), st.text().map(lambda rest: f"https://example.org/{rest}")))
def test_a_safe_url_is_plain_ascii_and_cannot_end_its_markup(url: str) -> None:
    safe = safe_url(url)
    assert safe is None or re.fullmatch(r"https?://[!-~]+", safe)
    assert safe is None or not re.search(r"[\\<>()|\"'`{}^\s]", safe)
    assert safe is None or safe_url(safe) == safe


@given(TEXTS)
def test_a_link_shows_its_host_whatever_it_is_called(label: str) -> None:
    piece = link("https://example.org/x", label)
    assert piece.text.endswith("(example.org)") or piece.text == "https://example.org/x"
    assert len(piece.text) < 120


@given(TEXTS)
def test_without_a_safe_url_a_label_is_plain_text(label: str) -> None:
    assert link("javascript:alert(1)", label) == Piece(harmless(label))
