"""Cues: what kinds of words stand where. The vocabulary in which a shock can be told from talk about one.

A cue is a lexicon term or a name, with its kind (`government`, `bind`, `chip`, `hypo` …) and the sentence that it is
in. Kinds mean the same in every language, so what is learnt from English headlines holds for Japanese ones.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from foreshock_classify import data
from foreshock_classify.domain.gazetteer import Mention
from foreshock_classify.domain.normalise import Text, fold
from foreshock_classify.domain.terms import Terms
from foreshock_shared.contracts.judgement import EntityKind

LANGUAGES: Final = ("en", "de", "fr", "es", "ja", "zh", "ko")
_MIXED: Final = frozenset({"ja", "zh", "ko"})
"""Languages whose texts carry English words as they are."""

NAMED: Final = {
    EntityKind.VENDOR: "vendor",
    EntityKind.MODEL: "named_model",
    EntityKind.CHIP: "named_chip",
    EntityKind.AGENCY: "named_agency",
    EntityKind.JURISDICTION: "jurisdiction",
    EntityKind.LAW: "named_law",
    EntityKind.PERSON: "person",
}

FORMS: Final = {
    "asks": r"[?？]",
    "exclaims": r"[!！]",
    "quotes": r"[\"“”«»「『]",
    "money": r"[$€£¥₩]\s?\d|\d+ ?(?:億|亿|万円|억|조)",
    "percent": r"\d+ ?[%％]",
    "size": r"(?<![$€£¥\w])\d{1,4}(?:\.\d)?[bkmt]\b",
    "version": r"\bv?\d{1,2}\.\d{1,2}(?:\.\d+)?\b",
    "year": r"\((?:19|20)\d\d\)",
    "tagged": r"[#@]\w|\[\w+\]",
    "ellipsis": r"…|\.\.\.",
}
"""What is told by form rather than by words, in any language."""
_FORM: Final = re.compile("|".join(f"(?P<{name}>{shape})" for name, shape in FORMS.items()))
_FORM_BEGINS: Final = re.compile(r"[?？!！\"“”«»「『$€£¥₩(#@\[….v\d](?<!\d\d)(?<!v(?!\d))")
"""Where alone a form can begin. Looking for one of a set of letters first is several times as fast, here as below."""

_BREAK: Final = re.compile(
    r"[\n!?;。！？；.:–—•|…]"
    r"(?:(?<=\n)\n*|(?<=[!?;。！？；])(?=\s|.)|(?<=[.:])(?<!\b\w[.:])(?=\s)|(?<= [–—•|]) |(?<=…))"
)
_SENTENCES: Final = 24


class Cue(NamedTuple):
    """A kind of word at a place."""

    start: int
    end: int
    kind: str
    sentence: int


Span = tuple[int, int, tuple[str, ...]]
"""Start, end with a minus (so that of those that start together the longest sorts first), and kinds."""


class CueFinder:
    """Looks up lexicon terms of the text's language, and takes in the names already found."""

    def __init__(self) -> None:
        """Reads all languages, so that the first post in one costs no more than the next."""
        for lang in LANGUAGES:
            _lexicon(lang)

    def find(self, text: Text, mentions: list[Mention]) -> list[Cue]:
        """Cues in the order of the text. A term inside a longer one does not count."""
        terms, kinds = _lexicon(text.lang if text.lang in LANGUAGES else "en")
        folded = text.folded
        spans: list[Span] = [(m.start, -m.end, (NAMED[m.entity.kind],)) for m in mentions]
        spans += [(start, -end, kinds[term]) for start, end, term in terms.find(folded)]
        spans += _forms(folded)
        spans.sort()
        breaks = [match.end() for match in _BREAK.finditer(folded)][: _SENTENCES - 1]
        breaks.append(len(folded) + 1)
        found: list[Cue] = []
        reached = sentence = 0
        last = (0, 0)
        for start, minus_end, several in spans:
            end = -minus_end
            if end <= reached and (start, end) != last:
                continue
            reached, last = max(reached, end), (start, end)
            while start >= breaks[sentence] and sentence < len(breaks) - 1:
                sentence += 1
            for kind in several:
                found.append(Cue(start, end, kind, sentence))  # noqa: PERF401 - a generator is dearer than it for one
        return found


def _forms(folded: str) -> Iterator[Span]:
    reached = 0
    for begin in _FORM_BEGINS.finditer(folded):
        if begin.start() >= reached and (match := _FORM.match(folded, begin.start())):
            reached = match.end()
            yield match.start(), -reached, (match.lastgroup or "",)


@cache
def kinds() -> tuple[str, ...]:
    """Every kind of cue, in the order that features are numbered by; those that act come first."""
    return (*acting(), *FORMS, *data.fields("en"))


@cache
def acting() -> tuple[str, ...]:
    """The kinds that say who does what to what."""
    return (*sorted(data.acts("en")), *NAMED.values())


@cache
def vocabulary(lang: str) -> Mapping[str, Sequence[str]]:
    """The terms of one language, folded, by their kinds."""
    kinds = (*data.acts(lang).items(), *data.fields(lang).items())
    return {kind: [fold(term) for term in terms] for kind, terms in kinds}


@cache
def _lexicon(lang: str) -> tuple[Terms, list[tuple[str, ...]]]:
    """An automaton over a language's terms, and the kinds of each, which nearly all share with their like."""
    by_term: dict[str, tuple[str, ...]] = {}
    for source in (lang, "en") if lang in _MIXED else (lang,):
        for kind, terms in vocabulary(source).items():
            alone = (kind,)
            for term in terms:
                others = by_term.setdefault(term, alone)
                if kind not in others:
                    by_term[term] = (*others, kind)
    return Terms(by_term), list(by_term.values())
