"""Which story a post belongs to: deterministic, explainable, bounded in memory and in work per post.

The engine holds the active stories of a sliding window. The same posts in the same order give the same stories; what it
decides follows from the stories alone, so replicas share it by exchanging stories (`absorb`, `take_changes`), and the
offline command runs the very same code.

A post copies a text of a story: it belongs there. Else the stories with which it shares rare terms or entities are
weighed (`evidence.py`), and the best joins if its evidence is enough. Else the post opens a story of its own.
A lift or repeal never joins the story that it ends; it opens or joins a lift, which names it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from itertools import islice
from math import log
from typing import Final
from uuid import UUID

from foreshock_shared.contracts.events import StoryRef
from foreshock_shared.contracts.judgement import Action, Classification
from foreshock_store.domain.evidence import ENDS, SPECIFIC, Evidence, Wording, subject, weigh
from foreshock_store.domain.story import PostFacts, Story, Traits, traits
from foreshock_store.domain.vocabulary import COMMON

PRIOR: Final = 200
"""Stories that we act as if we had seen before the first: rarity is known from the start, not only after a day."""
COMMON_IN: Final = 60
"""In how many of these a word of the field occurs."""
CANDIDATES: Final = 5
RAREST: Final = 12
WIDEST: Final = 64
"""Stories a term or entity may occur in before it stops proposing candidates (it still counts as evidence)."""
_ENTITY: Final = "="
_RELAXES: Final = frozenset({Action.LIFT, Action.PERMIT, Action.FUND})


@dataclass(frozen=True, slots=True)
class Assignment:
    """The story a post belongs to (with why), and the first post with its text."""

    story: StoryRef
    origin: UUID

    @classmethod
    def told(cls, story: str, origin: UUID) -> "Assignment":
        """What a stored post was told."""
        return cls(StoryRef.model_validate_json(story), origin)


class StoryEngine:
    """The active stories and the decisions over them. Not safe for concurrent use; callers serialise."""

    def __init__(self, window: timedelta = timedelta(hours=72), most_active: int = 3_000) -> None:
        self._window = window
        self._most_active = most_active
        self._active: dict[int, Story] = {}
        self._holders: dict[str, set[int]] = {}
        """Which active stories have a term or entity."""
        self._features: dict[int, list[str]] = {}
        self._with_text: dict[str, int] = {}
        self._changed: dict[int, None] = {}

    @property
    def active(self) -> Collection[Story]:
        """The stories that posts can join now."""
        return self._active.values()

    def assign(self, facts: PostFacts, judgement: Classification, now: datetime) -> Assignment | None:
        """The story of a post, opened if need be; None for a post that is not about our field.

        `now` is the caller's clock and only forgets: a story that no post was added to for a window is gone.
        """
        if not judgement.relevant:
            return None
        self._forget(now)
        post = traits(facts, judgement)
        wording = Wording.of(post.terms, self._weight)
        story, why = self._find(post, wording)
        if story is None:
            story, why = self._open(post, wording, now)
        else:
            self._unlink(story)
        origin = story.add(post, now)
        story.wording = sum(self._weight(term) ** 2 * count for term, count in story.terms.items())
        self._link(story)
        self._changed[story.id.int] = None
        return Assignment(story.ref(why), origin)

    def absorb(self, stories: Iterable[Story]) -> None:
        """Take over stories as another replica, or a former life, has left them."""
        for story in stories:
            if known := self._active.get(story.id.int):
                self._unlink(known)
            self._link(story)

    def take_changes(self) -> list[Story]:
        """The stories that changed since this was last asked, in the order of their change."""
        changed, self._changed = self._changed, {}
        return [self._active[story] for story in changed if story in self._active]

    def _find(self, post: Traits, wording: Wording) -> tuple[Story | None, list[str]]:
        known = self._with_text.get(post.sketch.exact)
        copied = None if known is None else self._active[known]
        if copied is not None and self._near(post, copied):
            return copied, ["a copy of a text of this story"]
        best: tuple[Story | None, Evidence] = (None, Evidence())
        for story in self._candidates(post, wording):
            if story.copied(post) is not None:
                return story, ["nearly the same text as one of this story"]
            if not _may_join(post, story):
                continue
            evidence = weigh(post, story, self._rarity, wording, self._window)
            if evidence.joins and evidence.total > best[1].total:
                best = story, evidence
        return best[0], best[1].why()

    def _open(self, post: Traits, wording: Wording, now: datetime) -> tuple[Story, list[str]]:
        ended = self._ended_by(post, wording) if post.lifts else None
        why = ["opens this story"] if ended is None else [f"opens this story, which ends “{ended.headline}”"]
        return Story.open(post, now, ended.id if ended else None), why

    def _ended_by(self, post: Traits, wording: Wording) -> Story | None:
        """The restriction that a lift most probably takes back."""
        best, most = None, ENDS
        for story in self._candidates(post, wording):
            if story.lifts or not (story.shock or story.actions.keys() - _RELAXES):
                continue
            evidence = subject(post, story, self._rarity, wording)
            if post.effect and not story.targets.isdisjoint(post.effect.targets):
                evidence.add(0.8, "the same targets", specific=True)
            if evidence.specific >= SPECIFIC * 0.7 and evidence.total > most:
                best, most = story, evidence.total
        return best

    def _candidates(self, post: Traits, wording: Wording) -> list[Story]:
        """The few stories worth weighing: those that share most of what is rare in the post."""
        weights = {**wording.weights, **{_ENTITY + name: self._weight(_ENTITY + name) for name in post.entities}}
        held = ((f, w, self._holders.get(f)) for f, w in weights.items())
        telling = sorted((-w, f, holders) for f, w, holders in held if holders and len(holders) <= WIDEST)
        shared: defaultdict[int, float] = defaultdict(float)
        for weight, _, holders in telling[:RAREST]:
            for story in holders:
                shared[story] += weight
        most = nsmallest(2 * CANDIDATES, ((weight, story) for story, weight in shared.items()))
        near = (self._active[story] for _, story in most if self._near(post, self._active[story]))
        return list(islice(near, CANDIDATES))

    def _near(self, post: Traits, story: Story) -> bool:
        return story.first_seen - self._window <= post.facts.at <= story.last_seen + self._window

    def _weight(self, feature: str) -> float:
        """Inverse document frequency over active stories, with the prior."""
        occurrences = len(self._holders.get(feature, ())) + (COMMON_IN if feature in COMMON else 0)
        return log((len(self._active) + PRIOR) / (occurrences + 1))

    def _rarity(self, entity: str) -> float:
        """0 (in every story) to 1 (in none)."""
        return self._weight(_ENTITY + entity) / log(len(self._active) + PRIOR)

    def _forget(self, now: datetime) -> None:
        """Drop what is out of the window, then what was touched longest ago; `_active` is kept in order of touch."""
        while self._active:
            oldest = next(iter(self._active.values()))
            if now - oldest.touched <= self._window and len(self._active) < self._most_active:
                return
            self._unlink(oldest)

    def _link(self, story: Story) -> None:
        handle = story.id.int
        self._active[handle] = story
        self._features[handle] = _features(story.terms, story.entities)
        for feature in self._features[handle]:
            self._holders.setdefault(feature, set()).add(handle)
        for origin in story.origins:
            self._with_text[origin.sketch.exact] = handle

    def _unlink(self, story: Story) -> None:
        handle = story.id.int
        del self._active[handle]
        for feature in self._features.pop(handle):
            holders = self._holders[feature]
            holders.discard(handle)
            if not holders:
                del self._holders[feature]
        for origin in story.origins:
            if self._with_text.get(origin.sketch.exact) == handle:
                del self._with_text[origin.sketch.exact]


def _features(terms: Iterable[str], entities: Iterable[str]) -> list[str]:
    """Terms, and entities under a mark that no term can have."""
    return [*terms, *(_ENTITY + name for name in entities)]


def _may_join(post: Traits, story: Story) -> bool:
    """A lift and what it ends are never one story; a post without an effect may comment on either."""
    return story.lifts if post.lifts else post.effect is None or not story.lifts
