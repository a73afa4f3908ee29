"""Text as it comes, made comparable: bounded length, plain letters, no markup, and a language where none was given.

`Text.clean` keeps case, for people to read; `Text.folded` is what cues are looked up in. Both have the same length, so
a span found in one is the same span in the other. Every expression here runs in linear time on hostile input.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from foreshock_classify import data

TEXT_LIMIT: Final = 500
"""Characters that are looked at. What a post says first decides what it is; all else would only blur it, and cost."""

_TAG: Final = re.compile(r"<[!/a-zA-Z][^<>]{0,300}>")
_URL: Final = re.compile(r"\b(?:https?://|www\.)\S+")
_MENTION: Final = re.compile(r"(?<!\w)@(\w{1,40})")
_MARKS: Final = re.compile(r"[*_`~#>|]")
_MARKUP: Final = re.compile(r"[*_`~#>|]{2,}|(?<!\S)[#>|](?!\S)")
_ODD_BLANK: Final = re.compile(r"[^\S\n ]")
_BLANK: Final = re.compile(r"[^\S\n]+")
_PUNCTUATION: Final = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\x00": " "}
)

_WORDS: Final = data.read("words")
_FUNCTION_WORDS: Final = {lang: frozenset(words) for lang, words in _WORDS["function"].items()}
_LETTERS: Final = {lang: frozenset(letters) for lang, letters in _WORDS["letters"].items()}


@dataclass(frozen=True, slots=True)
class Text:
    """A post's text after normalisation."""

    clean: str
    folded: str
    lang: str | None


def fold(text: str) -> str:
    """The cheapest form in which terms can be looked up: bounded, compatible letters, lower case, hyphens as spaces."""
    return lowered(bounded(text))


def lowered(plain: str) -> str:
    """Lower case, with blanks for hyphens; as long as before but for a few rare letters."""
    return plain.lower().replace("-", " ")


def bounded(text: str) -> str:
    """Bounded, in compatible letters, and storable: half a surrogate pair becomes a question mark."""
    text = text[:TEXT_LIMIT]
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text.encode(errors="replace").decode())
    return text[:TEXT_LIMIT].translate(_PUNCTUATION)


def normalise(text: str, lang: str | None = None) -> Text:
    """Everything that the later stages read. `lang` is the source's own word and wins over a guess."""
    text = bounded(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)[:TEXT_LIMIT]
    if "://" in text or "www." in text:
        text = _URL.sub(" ", text)
    if "@" in text:
        text = _MENTION.sub(r"\1", text)
    if _MARKS.search(text):
        text = _MARKUP.sub(" ", text)
    if "  " in text or _ODD_BLANK.search(text):
        text = _BLANK.sub(" ", text)
    clean = text.strip()
    folded = clean.lower().replace("-", " ")
    if len(folded) != len(clean):  # a few letters, such as the Turkish dotted I, grow when they are lowered
        clean = folded = folded[:TEXT_LIMIT]
    return Text(clean, folded, lang.lower().split("-")[0] if lang else guess_language(folded))


def guess_language(folded: str) -> str | None:
    """By script, else by function words and letters; None where a text says too little."""
    sample = folded[:300]
    if not sample.isascii():
        kana = sum("\u3040" <= c <= "\u30ff" for c in sample)
        hangul = sum("\uac00" <= c <= "\ud7a3" for c in sample)
        han = sum("\u4e00" <= c <= "\u9fff" for c in sample)
        if hangul > kana + han:
            return "ko"
        if kana * 8 > han and kana > 1:
            return "ja"
        if han > 3:
            return "zh"
    words = set(sample.split())
    score = {lang: len(words & known) for lang, known in _FUNCTION_WORDS.items()}
    if not sample.isascii():
        for lang, letters in _LETTERS.items():
            score[lang] += len(letters.intersection(sample))
    best = max(score, key=lambda lang: score[lang])
    return best if score[best] else None
