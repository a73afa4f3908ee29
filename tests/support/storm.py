"""A storm: one directive told hundreds of times, in six languages, in the midst of an ordinary day.

Everything is invented. Ground truth travels with each post: the event it is about (empty for chatter) and, within an
event, which text it has (copies share one). The same seed gives the same posts.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from support.storm_words import ACTS, CHATTER, COMMENTS, OPENINGS, ORDINARY, TAILS, TASKS, WORDS

from foreshock_shared.contracts.post import PostIn, SourceKind

BEGIN: Final = datetime(2026, 9, 14, 13, tzinfo=UTC)
DAY: Final = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Told:
    """A post and what it really is."""

    post: PostIn
    at: datetime
    event: str
    text: int
    """Number of the independent text within the event."""


@dataclass(frozen=True, slots=True)
class Directive:
    """Who forbids what to whom."""

    agency: str
    country: str
    vendor: str
    product: str
    number: str
    act: str
    """A key of `ACTS`."""


_SYLLABLES: Final = [
    "ba",
    "ce",
    "dor",
    "fen",
    "gal",
    "hir",
    "jan",
    "kel",
    "lum",
    "mor",
    "nev",
    "ost",
    "pel",
    "qui",
    "ras",
    "sil",
    "tor",
    "ulm",
    "ver",
    "wes",
    "yar",
    "zin",
    "bri",
    "cal",
    "dra",
]
_FIRMS: Final = ("Labs", "AI", "Systems", "Research", "Intelligence", "Compute")
_OFFICES: Final = (
    "Ministry of Trade",
    "Export Bureau",
    "Digital Security Directorate",
    "Technology Commission",
    "Office of Strategic Goods",
)


def coined(chance: random.Random) -> str:
    """A name that nobody has."""
    return "".join(chance.sample(_SYLLABLES, chance.choice((2, 3)))).capitalize()


def directive(chance: random.Random, act: str, *, agency: str = "", country: str = "") -> Directive:
    """An invented directive; of a given agency where one is given."""
    product = (
        f"{coined(chance)} {chance.randint(2, 9)}"
        if chance.random() < 0.5
        else f"{coined(chance)}-{chance.randint(10, 99)}"
    )
    return Directive(
        agency or f"{coined(chance)} {chance.choice(_OFFICES)}",
        country or coined(chance),
        f"{coined(chance)} {chance.choice(_FIRMS)}",
        product,
        f"{chance.randint(10, 99)}-{chance.randint(100, 999)}",
        act,
    )


def telling(chance: random.Random, one: Directive, count: int, *, sources: int = 40) -> list[Told]:
    """A directive as told by many: reports in six languages, comments, copies and near-copies of both."""
    fields = {
        "agency": one.agency,
        "country": one.country,
        "vendor": one.vendor,
        "product": one.product,
        "number": one.number,
    }
    told: list[Told] = []
    first: list[tuple[str, str, SourceKind]] = []
    name = one.product
    seen: set[str] = set()
    while len(told) < count:
        at = BEGIN + timedelta(seconds=1) + DAY * (0.2 + 0.75 * len(told) / count)
        if first and chance.random() < 0.45:
            number = chance.randrange(len(first))
            text, lang, kind = first[number]
            text = _copied(chance, text)
        else:
            text, lang, kind = _fresh(chance, one.act, fields, opening=not told)
            if text in seen:
                continue
            seen.add(text)
            number = len(first)
            first.append((text, lang, kind))
        told.append(_told(chance, text, lang, kind, at, name, number, f"desk-{chance.randrange(sources)}", len(told)))
    return told


def _fresh(chance: random.Random, act: str, fields: Mapping[str, str], *, opening: bool) -> tuple[str, str, SourceKind]:
    if not opening and chance.random() < 0.25:
        text = chance.choice(COMMENTS).format(**fields) + " " + _remark(chance, WORDS)
        return text, "en", SourceKind.SOCIAL
    lang = "en" if opening else chance.choice(("en", "en", "en", "de", "fr", "es", "ja", "zh"))
    text = chance.choice(ACTS[act][lang]).format(**fields)
    if lang == "en":
        return f"{chance.choice(OPENINGS)}{text}. {_remark(chance, WORDS)}", lang, SourceKind.NEWS
    if lang in {"ja", "zh"}:
        return f"{text}。{''.join(chance.choice(TAILS[lang]) for _ in range(14))}。", lang, SourceKind.NEWS
    return f"{text}. {_remark(chance, TAILS[lang])}", lang, SourceKind.NEWS


def _remark(chance: random.Random, words: Sequence[str]) -> str:
    """Enough words of its own to make another text of the same opening."""
    return " ".join(chance.choice(words) for _ in range(chance.randint(18, 26))).capitalize() + "."


def _copied(chance: random.Random, text: str) -> str:
    """A repost, a truncation, a remark before it, or a small edit."""
    way = chance.randrange(5)
    if way == 0:
        return f"RT @{coined(chance).lower()}: {text}"
    if way == 1:
        return f"{text} https://example.org/{chance.randrange(10**6)}"
    if way == 2 and len(text) > 110:
        return text[: max(90, len(text) * 3 // 4)] + "…"
    return text.upper() if way == 3 and text.isascii() and chance.random() < 0.3 else text


def ordinary(chance: random.Random, count: int, relevant: float = 0.12) -> Iterator[Told]:
    """An ordinary day: chatter, and news of the field, each item told one to four times."""
    labs = [f"{coined(chance)} {chance.choice(_FIRMS)}" for _ in range(400)]
    made = 0
    while made < count:
        at = BEGIN + DAY * (made / count)
        if chance.random() > relevant:
            fields = {k: chance.choice(WORDS) for k in "abcd"} | {"place": coined(chance), "n": str(made)}
            yield _told(
                chance, chance.choice(CHATTER).format(**fields), "en", SourceKind.SOCIAL, at, "", 0, "chatter", made
            )
            made += 1
            continue
        fields = {
            "lab": chance.choice(labs),
            "model": f"{coined(chance)}-{chance.randint(2, 40)}",
            "task": chance.choice(TASKS),
            "sum": str(chance.randint(12, 990)),
            "letter": chance.choice("ABCD"),
            "place": coined(chance),
        }
        item, event = chance.choice(ORDINARY), f"item-{made}"
        for number in range(chance.choice((1, 1, 2, 2, 3))):
            text = chance.choice(item).format(**fields) + " " + " ".join(chance.choice(WORDS) for _ in range(4)) + "."
            later = at + timedelta(minutes=17 * number)
            yield _told(
                chance, text, "en", SourceKind.NEWS, later, event, number, f"press-{chance.randrange(60)}", made
            )
            made += 1


def _told(
    chance: random.Random,
    text: str,
    lang: str,
    kind: SourceKind,
    at: datetime,
    event: str,
    number: int,
    source: str,
    n: int,
) -> Told:
    post = PostIn(
        source=source, native_id=f"{event}-{n}-{chance.getrandbits(40):x}", text=text, lang=lang, source_kind=kind
    )
    return Told(post, at, event, number)


@dataclass(frozen=True, slots=True)
class Storm:
    """A directive, another of the same agency on the same day, and the day around them, in order of time."""

    told: list[Told]
    loud: str
    quiet: str


def storm(seed: int, *, loud: int = 500, quiet: int = 40, around: int = 20_000) -> Storm:
    """The storm of a seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    acts = ["access", "export"]
    chance.shuffle(acts)
    one = directive(chance, acts[0])
    other = directive(chance, acts[1], agency=one.agency, country=one.country)
    told = [*telling(chance, one, loud), *telling(chance, other, quiet), *ordinary(chance, around)]
    told.sort(key=lambda t: t.at)
    return Storm(told, one.product, other.product)


def shuffled(one: Storm, seed: int) -> Storm:
    """The same posts at the same moments, in another order."""
    told = list(one.told)
    random.Random(seed).shuffle(told)  # noqa: S311
    return replace(one, told=told)
