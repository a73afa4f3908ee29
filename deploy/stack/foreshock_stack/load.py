"""Synthetic posts for load and chaos tests, and for the benchmark. Nothing in them is real.

Every post has a native id of its own, so a run can be counted to the last post; the same seed gives the same posts.
Three kinds, in the shares that a mix asks for:

    noise      everyday chatter, which the relevance gate turns away
    relevant   news of the field that changes nobody's access
    directive  an order of an invented agency against an invented vendor: each opens an incident of its own
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

Row = dict[str, Any]
"""A post as it is pushed: the fields of `PostIn`, as plain JSON."""


class Source(NamedTuple):
    """Who a post is from."""

    source: str
    source_kind: str
    tier: str


OFFICIAL: Final = Source("load-official", "official", "official")
PRESS: Final = Source("load-press", "news", "press")
SOCIAL: Final = Source("load-social", "social", "social")


class Mix(StrEnum):
    """What a stream of posts is made of."""

    FIREHOSE = "firehose"
    """5 % of the posts are relevant, the rest is noise: an unfiltered social network."""
    RELEVANT = "relevant"
    """Every post is relevant: a filtered one."""

    @property
    def relevant_share(self) -> float:
        return 0.05 if self is Mix.FIREHOSE else 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """How many posts of which mix; every `directive_every`-th post is a directive (0: none).

    The agency itself tells of it, or else the press, whose posts wait in line with all others until they are judged.
    """

    count: int
    mix: Mix = Mix.FIREHOSE
    directive_every: int = 0
    run: str = "load"
    """Prefix of the native ids: two runs with different names share no post."""
    seed: int = 1
    directive_source: Source = OFFICIAL


def posts(load: Load) -> Iterator[Row]:
    """The posts of a load, in order."""
    chance = random.Random(load.seed)  # noqa: S311 - repeatable, not secret
    for number in range(load.count):
        if load.directive_every and number % load.directive_every == load.directive_every - 1:
            row = directive(f"{load.run}-{number // load.directive_every}", load.directive_source)
        elif chance.random() < load.mix.relevant_share:
            row = _fill(chance, RELEVANT, number, PRESS)
        else:
            row = _fill(chance, NOISE, number, SOCIAL)
        yield row | {"native_id": f"{load.run}-{number}", "lang": "en"}


def directive(name: str, source: Source = OFFICIAL) -> Row:
    """An order that cuts somebody off; another name gives another agency, vendor, product and country."""
    chance = random.Random(name)  # noqa: S311 - repeatable, not secret
    words = {kind: make(chance) for kind, make in INVENTED.items()}
    return source._asdict() | {"text": chance.choice(DIRECTIVES).format(**words)}


def _fill(chance: random.Random, templates: Sequence[str], number: int, source: Source) -> Row:
    words = {kind: chance.choice(choices) for kind, choices in WORDS.items()}
    return source._asdict() | {"text": chance.choice(templates).format(number=number, **words)}


def _coined(chance: random.Random) -> str:
    return "".join(chance.choice(part) for part in (HEADS, MIDDLES, TAILS)).capitalize()


HEADS: Final = (
    "bal",
    "cor",
    "dren",
    "fal",
    "gar",
    "hel",
    "jun",
    "kel",
    "lor",
    "mar",
    "nev",
    "osk",
    "pel",
    "quin",
    "ras",
    "sel",
    "tor",
    "ul",
    "ver",
    "zan",
)
MIDDLES: Final = ("a", "e", "i", "o", "u", "an", "en", "im", "or", "ul", "av", "ist", "eth", "und", "arr")
TAILS: Final = (
    "bek",
    "dor",
    "fen",
    "gard",
    "hem",
    "lin",
    "mar",
    "nex",
    "por",
    "rin",
    "sten",
    "tis",
    "vane",
    "wick",
    "zor",
)

INVENTED: Final[dict[str, Callable[[random.Random], str]]] = {
    "country": _coined,
    "agency": lambda chance: f"{_coined(chance)} {chance.choice(('Bureau', 'Directorate', 'Commission', 'Ministry'))}",
    "vendor": lambda chance: f"{_coined(chance)} {chance.choice(('AI', 'Labs', 'Systems', 'Compute'))}",
    "model": lambda chance: f"{_coined(chance)}-{chance.randint(2, 99)}",
    "number": lambda chance: f"{chance.randint(10, 99)}-{chance.randint(100, 999)}",
}

DIRECTIVES: Final = (
    "Notice {number} of the {agency} of {country}: {vendor} is ordered to suspend all access to its AI model {model} "
    "for foreign nationals, effective immediately.\n"
    "The {agency} of {country} prohibits {vendor} from giving foreign nationals access to its AI model {model}, "
    "effective immediately under order {number}; accounts abroad are suspended.\n"
    "Order {number}: the {agency} of {country} revokes the licence of {vendor}. Access to the AI model {model} must be "
    "shut off for all users abroad by midnight tonight.\n"
    "Effective immediately, {country} requires an export licence for the AI model {model}. The {agency} published rule "
    "{number} today; {vendor} halts all deliveries to foreign customers.\n"
    "{country}: the {agency} today imposed sanctions on {vendor} under decree {number} and prohibits any sale of or "
    "access to its AI model {model}, in force from today."
).splitlines()

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "place": ("the harbour", "our street", "the old mill", "the market hall", "the ridge", "platform four", "the lake"),
    "thing": ("a kettle", "the blue bicycle", "my left shoe", "a jar of plums", "the piano", "two umbrellas", "a map"),
    "person": ("my aunt", "the baker", "our neighbour", "the conductor", "a stranger", "the twins", "our coach"),
    "mood": ("delighted", "a bit lost", "soaked", "oddly calm", "hungry again", "late as usual", "rather proud"),
    "lab": tuple(INVENTED["vendor"](random.Random(n)) for n in range(300)),  # noqa: S311
    "product": tuple(INVENTED["model"](random.Random(-n)) for n in range(300)),  # noqa: S311
    "amount": ("12 million", "85 million", "140 million", "310 million", "2.1 billion"),
    "task": ("long documents", "code review", "protein folding", "speech", "planning", "translation"),
}

NOISE: Final = (
    "Saw {person} carry {thing} past {place} this morning, both looked {mood}. Day {number} of not asking why.",
    "Photo {number}: {place} at dusk, with {thing} for scale. Feeling {mood}.",
    "If {person} can lose {thing} at {place} twice in one week, so can I. {mood}, thanks for asking ({number}).",
    "Recipe {number} failed. {person} ate it anyway and was {mood}. Next attempt near {place}, with {thing}.",
    "Morning run no. {number} around {place} done, legs heavy, {mood}. {person} overtook me holding {thing}.",
)

RELEVANT: Final = (
    "{lab} releases {product}, an open-weight language model for {task}; the weights of build {number} are public.",
    "{lab} raises {amount} in a Series B round to train larger AI models for {task} (filing {number}).",
    "Paper {number}: {lab} reports state-of-the-art benchmark results for {task} with {product}, a mixture of experts.",
    "{lab} will build an AI data centre with {number} GPUs for {amount}, for {task} workloads.",
    "Opinion no. {number}: language models such as {product} will not replace people in {task}; {lab} knows.",
    "{lab} fixes prompt injection vulnerability no. {number} in {product}; users of its API for {task} should update.",
)
