"""Names of models, vendors, agencies, jurisdictions, chips, laws and people, and finding them in a text.

A name matches whatever its case, with two exceptions: a short one in capitals (BIS, EAR) and one that a list marks with
`=` because it is also a common word (Meta, Cursor) match only as they are written. A product that no list knows is a
candidate where a capitalised name and a version stand together ("Halcyon 5") where vendors or models are spoken of.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from foreshock_classify import data
from foreshock_classify.domain.normalise import Text, fold
from foreshock_classify.domain.terms import Terms
from foreshock_shared.contracts.judgement import Entity, EntityKind

_FLAT: Final = {
    "vendors": EntityKind.VENDOR,
    "models": EntityKind.MODEL,
    "chips": EntityKind.CHIP,
    "jurisdictions": EntityKind.JURISDICTION,
    "people": EntityKind.PERSON,
}
_BY_JURISDICTION: Final = {"agencies": EntityKind.AGENCY, "laws": EntityKind.LAW}

_VERSION: Final = re.compile(
    r"[ -]?[vVrRkK]?\d{1,3}(?:\.\d{1,2})?[A-Za-z]?\b(?![%,.]?\d)(?: (?:Pro|Flash|Mini|Max|Nano|Ultra|Turbo))?"
)
_PRODUCT: Final = re.compile(
    r"(?<![\w-])([A-Z][a-z]{2,14}(?: [A-Z][a-z]{2,14})?)[ -](\d{1,2}(?:\.\d)?)(?![\w%:]|[.,]\d|st|nd|rd|th)"
)
_PRODUCT_ENDS: Final = re.compile(r"[ -]\d")
"""What no product lacks, and most texts do: several times as fast to look for."""
_NOT_PRODUCTS: Final = frozenset(data.read("words")["no_product"])


Watchlist = Mapping[EntityKind, Mapping[str, list[str]]]
"""Names of a user's own: {kind: {id: [usual name, aliases]}}."""


@dataclass(frozen=True, slots=True)
class Name:
    """A gazetteer entry as one of its aliases finds it."""

    entity: Entity
    jurisdiction: str | None
    """Whose body or law it is."""
    written: str | None
    """How it must be written to count, where case matters."""


class Mention(NamedTuple):
    """A name where it stands in the text."""

    start: int
    end: int
    entity: Entity
    jurisdiction: str | None = None


class Gazetteer:
    """The packaged lists, and a user's own on top."""

    def __init__(self, watchlist: Watchlist | None = None) -> None:
        self._names: dict[str, list[Name]] = {}
        for name, kind in _FLAT.items():
            self._add(kind, data.read(f"names/{name}"), None)
        for name, kind in _BY_JURISDICTION.items():
            for jurisdiction, entries in data.read(f"names/{name}").items():
                self._add(kind, entries, jurisdiction)
        for watched, entries in (watchlist or {}).items():
            self._add(watched, entries, None)
        self._keys = list(self._names)
        self._terms = Terms(self._keys)

    def aliases(self, kinds: Iterable[EntityKind]) -> Mapping[str, frozenset[str]]:
        """Folded aliases, for the gate, with the ways in which each must be written to count; none: any will do."""
        wanted = set(kinds)
        found = {}
        for folded, names in self._names.items():
            if written := {name.written for name in names if name.entity.kind in wanted}:
                found[folded] = frozenset() if None in written else frozenset(filter(None, written))
        return found

    def known(self) -> Iterator[Entity]:
        """Every entity, once for each of its names."""
        return (name.entity for names in self._names.values() for name in names)

    def mentions(self, text: Text) -> list[Mention]:
        """Names in the order of the text; of overlapping ones the longest. A model's version is part of its name."""
        found: list[Mention] = []
        for start, end, term in self._terms.find(text.folded):
            for name in self._names[self._keys[term]]:
                if name.written is None or text.clean[start:end] == name.written:
                    mention = Mention(start, end, name.entity, name.jurisdiction)
                    model = name.entity.kind is EntityKind.MODEL
                    found.append(_with_version(text.clean, mention) if model else mention)
        found = _longest(found)
        if _PRODUCT_ENDS.search(text.clean) and _speaks_of_products(text.folded, found):
            found = _longest(found + list(_candidates(text.clean)))
        return found

    def _add(self, kind: EntityKind, entries: Mapping[str, list[str]], jurisdiction: str | None) -> None:
        for ident, aliases in entries.items():
            entity = Entity(id=ident, name=aliases[0].removeprefix("="), kind=kind)
            for alias in aliases:
                written = alias.removeprefix("=")
                exact = alias != written or (written.isascii() and written.isupper() and len(written) <= 5)
                self._names.setdefault(fold(written), []).append(Name(entity, jurisdiction, written if exact else None))


def entities(mentions: Iterable[Mention]) -> list[Entity]:
    """Each named entity once, in the order of the text."""
    return list({mention.entity.id: mention.entity for mention in mentions}.values())


def _speaks_of_products(folded: str, mentions: Iterable[Mention]) -> bool:
    """Whether vendors or models are spoken of at all."""
    return "model" in folded or any(m.entity.kind in {EntityKind.VENDOR, EntityKind.MODEL} for m in mentions)


def _with_version(clean: str, mention: Mention) -> Mention:
    if not (match := _VERSION.match(clean, mention.end)):
        return mention
    return Mention(mention.start, match.end(), _product(f"{mention.entity.name}{match.group().replace('-', ' ')}"))


def _candidates(clean: str) -> Iterator[Mention]:
    for match in _PRODUCT.finditer(clean):
        if not _NOT_PRODUCTS.intersection(match.group(1).lower().split()):
            yield Mention(match.start(), match.end(), _product(match.group()))


@lru_cache(maxsize=4096)
def _product(name: str) -> Entity:
    """An entity of no list. Kept, since a product that is spoken of is spoken of often."""
    slug = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")
    return Entity(id=slug, name=name, kind=EntityKind.MODEL)


def _longest(mentions: list[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept
