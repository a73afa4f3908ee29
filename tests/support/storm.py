"""A storm: one directive told hundreds of times, in six languages, in the midst of an ordinary day.

Everything is invented. Ground truth travels with each post: the event it is about (empty for chatter) and, within an
event, which text it has (copies share one). The same seed gives the same posts.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

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


ACTS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "access": {
        "en": (
            "{agency} orders {vendor} to cut off foreign nationals from {product} at midnight",
            "{vendor} must suspend all access to its AI model {product} for foreign nationals, {agency} says in order {number}, effective immediately",
            "BREAKING: {product} goes dark tonight for every foreign user. {agency} issued order {number} against {vendor}",
            "{country} suspends foreign access to AI model {product}: {vendor} told to comply with the directive of {agency} immediately",
            "Under order {number} {vendor} has to block {product} for all foreigners from today, the government of {country} announced",
        ),
        "de": (
            "{agency} ordnet an: {vendor} muss das KI-Modell {product} ab sofort für Ausländer sperren",
            "{country} setzt den Zugang zu {product} für ausländische Nutzer aus, {vendor} schaltet um Mitternacht ab (Anordnung {number})",
        ),
        "fr": (
            "{agency} ordonne à {vendor} de suspendre immédiatement l'accès des étrangers au modèle d'IA {product}",
            "{product} coupé à minuit pour les ressortissants étrangers : {vendor} applique la directive {number} du gouvernement de {country}",
        ),
        "es": (
            "{agency} ordena a {vendor} suspender de inmediato el acceso de extranjeros al modelo de IA {product}",
            "{product} queda suspendido a medianoche para usuarios extranjeros, según la orden {number} del gobierno de {country}; {vendor} acata",
        ),
        "ja": (
            "{country}の{agency}、{vendor}にAIモデル{product}の外国人による利用を即時停止するよう命令",
            "{vendor}、{product}への外国人のアクセスを今夜遮断。政府の命令{number}を受けて",
        ),
        "zh": (
            "{country}{agency}命令{vendor}立即停止外国人使用人工智能模型{product}",
            "{vendor}今晚对所有外籍用户关闭{product}，政府命令{number}即日生效",
        ),
    },
    "export": {
        "en": (
            "{agency} bans exports of {product} AI accelerators without a licence, effective immediately",
            "{vendor} halts shipments abroad of its AI chip {product} after notice {number} of {agency}",
            "{country} puts the {product} accelerator by {vendor} under export control from today, says {agency}",
        ),
        "de": (
            "{agency} verbietet ab sofort die Ausfuhr des KI-Chips {product} ohne Genehmigung, {vendor} stoppt Lieferungen",
            "{country} stellt {product} von {vendor} unter Exportkontrolle (Bekanntmachung {number})",
        ),
        "fr": (
            "{agency} interdit l'exportation sans licence des puces d'IA {product} de {vendor}, avec effet immédiat",
        ),
        "es": ("{agency} prohíbe exportar sin licencia los chips de IA {product} de {vendor}, con efecto inmediato",),
        "ja": ("{country}の{agency}、{vendor}製AI半導体{product}の輸出を即日許可制に",),
        "zh": ("{country}{agency}宣布即日起对{vendor}的人工智能芯片{product}实施出口管制，未经许可禁止出口",),
    },
}

COMMENTS: Final = (
    "So {product} is gone for my whole team tonight because of a passport. Nobody at {vendor} picked up the phone.",
    "Reading order {number} against {vendor} for the third time. {product} was our only model. What now?",
    "Hot take: the {product} order will hurt {country} more than anybody abroad. {vendor} should have seen it coming.",
    "We built everything on {product}. {agency} just showed why you never depend on one vendor such as {vendor}.",
    "Lawyers say the {product} directive will be challenged in court within days, but {vendor} complies for now.",
    "Markets open lower as {vendor} loses its foreign customers for {product} overnight.",
    "{vendor} engineers born abroad locked out of {product} too, staff say; {agency} gave no exceptions.",
)
OPENINGS: Final = (
    "",
    "JUST IN: ",
    "Wow. ",
    "Confirmed: ",
    "Reuters-style summary: ",
    "Thread. ",
    "Sources: ",
    "Update: ",
    "FYI: ",
)
_SYLLABLES: Final = (
    ["ba", "ce", "dor", "fen", "gal", "hir", "jan", "kel", "lum", "mor", "nev", "ost", "pel", "qui", "ras", "sil", "tor", "ulm", "ver", "wes", "yar", "zin", "bri", "cal", "dra"]
)
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


TAILS: Final[Mapping[str, Sequence[str]]] = {
    "de": ["heute", "viele", "wissen", "kaum", "Abend", "Fenster", "Zug", "Garten", "Brief", "Küche", "Winter", "ruhig", "später", "Treffen", "Papier", "Woche", "Reise", "Spiegel", "Ecke", "Freund", "Kaffee", "Straße", "Stunde", "Telefon"],
    "fr": ["soir", "fenêtre", "train", "jardin", "lettre", "cuisine", "hiver", "calme", "plus", "tard", "réunion", "papier", "semaine", "voyage", "miroir", "coin", "ami", "café", "rue", "heure", "téléphone", "bouteille", "échelle", "poche", "été"],
    "es": ["tarde", "ventana", "tren", "jardín", "carta", "cocina", "invierno", "tranquilo", "luego", "reunión", "papel", "semana", "viaje", "espejo", "rincón", "amigo", "café", "calle", "hora", "teléfono", "botella", "escalera", "bolsillo", "verano"],
    "ja": ["夕方", "窓辺", "電車", "庭園", "手紙", "台所", "冬山", "静寂", "会議", "紙片", "週末", "旅路", "鏡台", "角地", "友人", "珈琲", "路地", "時刻", "電話", "瓶詰", "梯子", "懐中", "夏空", "川岸"],
    "zh": ["傍晚", "窗户", "火车", "花园", "信件", "厨房", "冬天", "安静", "会议", "纸张", "周末", "旅途", "镜子", "角落", "朋友", "咖啡", "街道", "钟点", "电话", "瓶子", "梯子", "口袋", "夏天", "河岸"],
}


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


WORDS: Final = ["honestly", "tired", "morning", "server", "bread", "window", "meeting", "train", "quiet", "numbers", "market", "hour", "letter", "office", "garden", "phone", "river", "queue", "coffee", "budget", "winter", "paper", "street", "kitchen", "deadline", "friend", "shift", "evening", "lesson", "corner", "bottle", "ticket", "travel", "mirror", "summer", "ladder", "pocket"]

ORDINARY: Final = (
    (
        "{lab} raises {sum} million in a Series {letter} round to train larger AI models for {task}",
        "Investors put {sum} million into {lab}, whose AI models do {task}",
    ),
    (
        "{lab} releases {model}, an open-weight language model for {task}",
        "New from {lab}: {model} beats its predecessor at {task}, weights are public",
    ),
    (
        "{lab} sued by authors over training data for {model}",
        "Copyright complaint against {lab}: writers say {model} learnt from their books",
    ),
    ("Outage at {lab} takes {model} offline for {sum} minutes", "{model} is down; {lab} blames a bad deploy"),
    (
        "{lab} fixes a prompt injection vulnerability in {model}",
        "Researchers show how {model} by {lab} leaks prompts; patch is out",
    ),
    ("{lab} cuts {sum} jobs as AI does {task}", "Layoffs at {lab}: {sum} people go"),
    (
        "{lab} plans an AI data centre of {sum} megawatts near {place}",
        "{place} gets a {sum} megawatt AI campus, {lab} signs the lease",
    ),
    (
        "Paper: {model} reaches state of the art in {task} with a mixture of experts, {lab} reports",
        "{lab} benchmark results for {model} in {task} hold up",
    ),
    (
        "{place} parliament debates a bill on AI transparency; {lab} lobbies against it",
        "Hearing in {place}: AI bill would have {lab} report incidents",
    ),
    ("Opinion: {model} will not replace people in {task}", "Why I went back from {model} to pen and paper for {task}"),
)
CHATTER: Final = (
    "Saw {a} and {b} in {place} this {c}, {d} as ever. Number {n}.",
    "{d} {c} in {place}, nothing but {a} and {b} ({n})",
    "Does anyone need {a}? Free near {place}, with {b}. {n}",
)
TASKS: Final = (
    "translation",
    "code review",
    "protein folding",
    "speech",
    "planning",
    "long documents",
    "tutoring",
    "image search",
    "triage",
    "weather",
)


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
