"""The relevance gate: what has nothing of our field in it is `none` at once, for a few microseconds a post.

It errs towards letting through; what it stops nobody sees again. One term of the field is enough, or two different ones
of those that only together say something.
"""

from foreshock_classify import data
from foreshock_classify.domain.gazetteer import Gazetteer
from foreshock_classify.domain.normalise import fold
from foreshock_classify.domain.terms import Terms
from foreshock_shared.contracts.judgement import EntityKind

_OPENING = (EntityKind.MODEL, EntityKind.VENDOR, EntityKind.CHIP, EntityKind.LAW)
_HINTING = (EntityKind.AGENCY, EntityKind.JURISDICTION, EntityKind.PERSON)


class Gate:
    """Built once from `data/gate.yaml` and the gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        lists = data.read("gate")
        alone = {fold(term) for term in lists["alone"]} | set(gazetteer.aliases(_OPENING))
        together = {fold(term) for term in lists["together"]} | set(gazetteer.aliases(_HINTING))
        self._alone = len(alone)
        self._terms = Terms([*sorted(alone), *sorted(together - alone)])

    def passes(self, text: str) -> bool:
        """Whether the raw text deserves a full judgement."""
        seen = -1
        for _, _, term in self._terms.find(fold(text)):
            if term < self._alone or seen not in {-1, term}:
                return True
            seen = term
        return False
