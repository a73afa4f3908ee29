"""The relevance gate: what has nothing of our field in it is `none` at once, for a few microseconds a post.

It knows the same words as the judgement behind it, of all languages at once, by their kinds: one term of a kind that is
of our field alone is enough, or two different ones of kinds that only together say something. A name that is also a
common word counts only as it is written ("Slack", not "slack"). It errs towards letting through; what it stops nobody
sees again.
"""

from collections.abc import Iterable

from foreshock_classify import data
from foreshock_classify.domain.cues import LANGUAGES, vocabulary
from foreshock_classify.domain.gazetteer import Gazetteer
from foreshock_classify.domain.normalise import bounded, lowered
from foreshock_classify.domain.terms import Terms
from foreshock_shared.contracts.judgement import EntityKind


class Gate:
    """Built once from `data/gate.yaml`, the word lists and the gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        kinds = data.read("gate")
        names_alone = gazetteer.aliases(map(EntityKind, kinds["names_alone"]))
        names_together = gazetteer.aliases(map(EntityKind, kinds["names_together"]))
        words_alone, words_together = _terms(kinds["alone"]), _terms(kinds["together"])
        alone = sorted(words_alone | names_alone.keys())
        terms = [*alone, *sorted((words_together | names_together.keys()) - set(alone))]
        written = {**names_together, **names_alone, **dict.fromkeys(words_alone | words_together, frozenset())}
        self._alone = len(alone)
        self._written = [written[term] for term in terms]
        self._terms = Terms(terms)

    def passes(self, text: str) -> bool:
        """Whether the raw text deserves a full judgement."""
        plain = bounded(text)
        folded = lowered(plain)
        seen = -1
        for start, end, term in self._terms.find(folded):
            written = self._written[term]
            if written and len(plain) == len(folded) and plain[start:end] not in written:
                continue
            if term < self._alone or seen not in {-1, term}:
                return True
            seen = term
        return False


def _terms(kinds: Iterable[str]) -> set[str]:
    """Terms of these kinds in every language."""
    wanted = set(kinds)
    lists = [vocabulary(lang) for lang in LANGUAGES]
    return {term for found in lists for kind in wanted & found.keys() for term in found[kind]}
