"""The relevance gate: what has nothing of our field in it is `none` at once, for a few microseconds a post.

It knows the same words as the judgement behind it, of all languages at once, by their kinds: one term of a kind that is
of our field alone is enough, or two different ones of kinds that only together say something. It errs towards letting
through; what it stops nobody sees again.
"""

from collections.abc import Iterable

from foreshock_classify import data
from foreshock_classify.domain.cues import LANGUAGES, vocabulary
from foreshock_classify.domain.gazetteer import Gazetteer
from foreshock_classify.domain.normalise import fold
from foreshock_classify.domain.terms import Terms
from foreshock_shared.contracts.judgement import EntityKind


class Gate:
    """Built once from `data/gate.yaml`, the word lists and the gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        kinds = data.read("gate")
        alone = _terms(kinds["alone"]) | set(gazetteer.aliases(map(EntityKind, kinds["names_alone"])))
        together = _terms(kinds["together"]) | set(gazetteer.aliases(map(EntityKind, kinds["names_together"])))
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


def _terms(kinds: Iterable[str]) -> set[str]:
    """Terms of these kinds in every language."""
    wanted = set(kinds)
    lists = [vocabulary(lang) for lang in LANGUAGES]
    return {term for found in lists for kind in wanted & found.keys() for term in found[kind]}
