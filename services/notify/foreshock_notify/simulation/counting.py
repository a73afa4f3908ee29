"""Posts counted by subject on a virtual clock, for bursts: what the service keeps in rows, kept in memory.

As there, a copy counts for nothing, and what is older than any burst can look back is forgotten.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from foreshock_notify.domain.burst import EVERYTHING, LONGEST, Count, Span, Tally
from foreshock_notify.domain.rules import Facts
from foreshock_shared.contracts.events import PostStored


@dataclass(slots=True)
class Heard:
    """When posts on each subject came. Posts must come in the order of their moments."""

    _since: datetime | None = None
    _moments: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def add(self, post: PostStored) -> None:
        """A post has come."""
        self._since = self._since or post.accepted_at
        if post.origin == post.id:
            for subject in (EVERYTHING, *_subjects(post)):
                moments = self._moments[subject]
                moments.append(post.accepted_at)
                if moments[0] < post.accepted_at - 2 * LONGEST:
                    del moments[: bisect_right(moments, post.accepted_at - LONGEST)]

    def tally(self, spans: frozenset[Span], post: PostStored, now: datetime) -> Tally:
        """What was counted of the subjects of a post."""
        found = Tally(since=self._since, spans=spans)
        for subject in (EVERYTHING, *_subjects(post)) if spans else ():
            moments = self._moments.get(subject, [])
            for span in spans:
                first, recent = (bisect_right(moments, now - back) for back in (span.over, span.within))
                found.counts[span, subject] = Count(len(moments) - recent, recent - first)
        return found


def _subjects(post: PostStored) -> set[str]:
    return set(Facts.of(post, 0).subjects.values())
