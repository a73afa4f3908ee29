"""A post's text as terms that tell one event from another.

    leak        a stem of a word (`stems.py`)
    ~leak       a concept, whatever word or language it was said in (`concepts.py`)
    #1.1e+11    an amount, so that `$110 billion` and `1100億` are one
    orchid7     a name with its number
    研究         two characters of a script without spaces; a run of katakana stays whole

Names are the terms that are written as names: capitalised within prose, or with a number. Those of an institution (`the
Trade Bureau of Freedonia`) are told apart: all directives of one agency share them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from foreshock_store.domain.concepts import of_run, of_stems
from foreshock_store.domain.stems import stem
from foreshock_store.domain.vocabulary import COMMON, EMPTY
from foreshock_store.domain.words import fold, prose, runs

TERMS_OF_A_POST: Final = 40
READ: Final = 2_500
"""Characters of a text that are read: what it is about is said by then."""
CONCEPT: Final = "~"
AMOUNT: Final = "#"

_KANA: Final = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}")
_HIRAGANA: Final = re.compile(r"[\u3040-\u309f]")
_NAME: Final = re.compile(r"(?<![A-Za-zÀ-ÿ\d_])[A-ZÀ-ÖØ-ÞА-Я][A-Za-zÀ-ÖØ-öø-ÿА-я\d]+")
_SMALL: Final = re.compile(r"(?<![A-Za-zÀ-ÿ\d_])[a-zß-öø-ÿа-я][A-Za-zÀ-ÖØ-öø-ÿА-я\d]{3,}")
_OPENS: Final = re.compile(r"(?:^|[.!?:;\n“\"(\[–—-]\s*|\]\s*)$")
_NUMBERED: Final = re.compile(
    r"(?<![A-Za-zÀ-ÿ\d_])([A-Za-zÀ-ÖØ-öø-ÿ]{2,20})[ -]?([A-Za-z]?\d{1,4}(?:\.\d{1,2})?[A-Za-z]?)(?![A-Za-zÀ-ÿ\d_])"
)
_HEADS: Final = frozenset(
    """
    Agency Authority Board Bureau Cabinet Commission Committee Council Court Department Directorate Inspectorate
    Institute Ministry Office Parliament Secretariat Senate Service Tribunal Administration Registry Regulator
    Agence Autorité Commissariat Conseil Direction Ministère Agencia Autoridad Comisión Consejo Dirección Ministerio
    Secretaría Amt Behörde Kommission Ministerium Rat
    """.split()  # noqa: SIM905 - a list of so many words is read better so
)
_HEAD_ENDS: Final = ("amt", "behörde", "ministerium", "agentur", "kommission")
_INSTITUTION: Final = re.compile(
    r"(?:[A-ZÀ-Þ][\w’'-]+ (?:(?:of|for|and|the|&|de|des|du|la|für|und) )*){0,5}"
    rf"(?:{'|'.join(sorted(_HEADS))}|[A-ZÄÖÜ]\w+(?:{'|'.join(_HEAD_ENDS)}))"
    r"(?: (?:(?:of|for|and|on|the|de|des|du|la|los|las|del|für|und|der|pour|para) ){1,3}"
    r"[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+)*)*"
)
_MONTHS: Final = frozenset(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul
    aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember janvier février mars avril juin
    juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre
    octubre noviembre diciembre article section page day week year notice order part chapter over about nearly
    than from of in and the to until by at for under after series top number round since phase level tier within
    """.split()  # noqa: SIM905 - a list of so many words is read better so
)
"""Words before a number that make no name of the two."""
_AMOUNT: Final = re.compile(
    r"(?<![A-Za-z\d.,])(\d{1,3}(?:[,.\u00a0 ]\d{3})+|\d+(?:[.,]\d+)?)\s?"
    r"(%|％|percent\b|per cent\b|prozent\b|billions?\b|bn\b|b\b|milliarden?\b|mrd\b|milliards?\b|mil millones\b|"
    r"millions?\b|mn\b|m\b|mio\b|millionen\b|millones\b|trillions?\b|万亿|億|亿|兆|万|억|만|조)?"
)
_FOREIGN: Final = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]")
"""Scripts without capitals: what is written in Latin letters among them is a name."""
_DIGIT: Final = re.compile(r"\d")
_NUMBER: Final = re.compile(r"(?<!\d)\d{2,9}(?!\d)")
_SCALE: Final = {
    **dict.fromkeys(("billion", "billions", "bn", "b", "milliarde", "milliarden", "mrd", "milliard", "milliards"), 1e9),
    "mil millones": 1e9,
    **dict.fromkeys(("million", "millions", "mn", "m", "mio", "millionen", "millones"), 1e6),
    **dict.fromkeys(("trillion", "trillions", "万亿", "兆", "조"), 1e12),
    **dict.fromkeys(("億", "亿", "억"), 1e8),
    **dict.fromkeys(("万", "만"), 1e4),
    **dict.fromkeys(("%", "percent", "per cent", "prozent"), 0.01),
}
_TITLE: Final = 0.6
"""Share of capitalised words from which a text is set like a title, so that capitals tell nothing."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The distinct terms of a text, the telling ones first, and which of them are names."""

    all: tuple[str, ...]
    names: frozenset[str]
    institutions: frozenset[str]
    numbers: frozenset[str]
    """Numbers of two digits and more, as they stand."""


NOTHING: Final = Terms((), frozenset(), frozenset(), frozenset())


def terms(text: str) -> Terms:
    """Take a text apart."""
    written = unicodedata.normalize("NFKC", prose(text[:READ]))
    folded = fold(written)
    capitalised = _NAME.findall(written)
    digits = _DIGIT.search(written) is not None
    numbered = dict.fromkeys(_numbered(written)) if digits else {}
    institutions = frozenset(_institutions(written)) if any(map(_is_head, capitalised)) else frozenset[str]()
    names = {*(_names(written) if capitalised else ()), *numbered} | institutions
    amounts = dict.fromkeys(_amounts(folded)) if digits else {}
    found = dict.fromkeys(term for term in _words(folded) if term not in EMPTY)
    ordered = sorted(found, key=lambda term: (term not in names, not term.startswith(CONCEPT)))
    kept = tuple(dict.fromkeys([*numbered, *amounts, *ordered]))[:TERMS_OF_A_POST]
    return Terms(
        kept,
        frozenset(names.intersection(kept)) - COMMON,
        institutions.intersection(kept),
        frozenset(_NUMBER.findall(written) if digits else ()),
    )


def _words(folded: str) -> Iterator[str]:
    """Concepts, stems, and pieces of runs without spaces, in their order."""
    spaced: list[str] = []
    for run, unspaced in runs(folded):
        if unspaced:
            yield from _pieces(run)
        else:
            spaced.append(run)
    stems = [stem(word) for word in spaced]
    covered = set[int]()
    for at, length, concept in of_stems(stems):
        covered.update(range(at, at + length))
        yield concept
    for at, (word, short) in enumerate(zip(spaced, stems, strict=True)):
        if at not in covered and len(word) > 1 and word not in EMPTY and not word.isdecimal():
            yield short


def _pieces(run: str) -> Iterator[str]:
    """What a run of a script without spaces is made of, beside grammar."""
    rest = list(run)
    for at, length, concept in of_run(run):
        yield concept
        rest[at : at + length] = " " * length
    for part in "".join(rest).split():
        yield from _KANA.findall(part)
        for piece in _HIRAGANA.sub(" ", _KANA.sub(" ", part)).split():
            yield from (piece[at : at + 2] for at in range(len(piece) - 1))


def _names(written: str) -> Iterator[str]:
    """Stems of words that stand capitalised where prose would not capitalise them."""
    found = [(match.start(), match.group()) for match in _NAME.finditer(written)]
    long = sum(len(word) > 3 for _, word in found)
    lower = _SMALL.findall(written)
    titled = long > 3 and long > _TITLE * (long + len(lower)) and not _FOREIGN.search(written)
    small = {word.casefold() for word in lower}
    for at, word in found:
        odd = not word[1:].islower()
        if word.casefold() in small or (titled and not odd):
            continue
        if odd or not _OPENS.search(written[max(0, at - 3) : at]):
            yield stem(fold(word))


def _numbered(written: str) -> Iterator[str]:
    for word, number in _NUMBERED.findall(written):
        if (folded := fold(word)) not in _MONTHS and folded not in EMPTY:
            yield folded + fold(number)


def _is_head(word: str) -> bool:
    return word in _HEADS or word.endswith(_HEAD_ENDS)


def _institutions(written: str) -> Iterator[str]:
    for match in _INSTITUTION.finditer(written):
        yield from (stem(fold(word)) for word in re.findall(r"[^\W_]{2,}", match.group()))


def _amounts(folded: str) -> Iterator[str]:
    for number, unit in _AMOUNT.findall(folded):
        grouped = re.fullmatch(r"\d{1,3}(?:[,.\u00a0 ]\d{3})+", number)
        value = float(re.sub(r"\D", "", number) if grouped else number.replace(",", "."))
        if unit or value >= 10_000:
            yield f"{AMOUNT}{value * _SCALE.get(unit, 1):.3g}"
