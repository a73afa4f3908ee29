"""A post taken apart, once, for all that is asked of it: plain text, names, cues, and who speaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from foreshock_classify.domain.cues import Cue, CueFinder
from foreshock_classify.domain.gazetteer import Gazetteer, Mention
from foreshock_classify.domain.normalise import Text, normalise
from foreshock_shared.contracts.post import SourceKind, Tier

_FIRST_HAND: Final = frozenset({Tier.OFFICIAL, Tier.PROVIDER})


class Judgeable(Protocol):
    """What a judgement is made of."""

    @property
    def text(self) -> str: ...
    @property
    def source_kind(self) -> SourceKind: ...
    @property
    def tier(self) -> Tier: ...
    @property
    def lang(self) -> str | None:
        """The source's own word for its language, which wins over a guess."""


class Post(NamedTuple):
    """Just that."""

    text: str
    source_kind: SourceKind = SourceKind.SOCIAL
    tier: Tier = Tier.SOCIAL
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the model sees of a post."""

    text: Text
    mentions: Sequence[Mention]
    cues: Sequence[Cue]
    standing: SourceKind
    """As what the source speaks: who acts itself speaks officially, through whatever channel."""


class Reader:
    """Reads posts with the packaged lists and a gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._cues = CueFinder()

    def read(self, post: Judgeable) -> Reading:
        """Take a post apart."""
        text = normalise(post.text, post.lang)
        mentions = self._gazetteer.mentions(text)
        standing = SourceKind.OFFICIAL if post.tier in _FIRST_HAND else post.source_kind
        return Reading(text, mentions, self._cues.find(text, mentions), standing)
