"""Which story a post belongs to: deterministic, explainable, bounded in memory and in work per post.

The engine holds the active stories of a sliding window. The same posts in the same order give the same stories; what it
decides follows from the stories alone, so replicas share it by exchanging stories (`absorb`, `take_changes`), and the
offline command runs the very same code.

A post copies a text of a story: it belongs there. Else the stories with which it shares what is rare are weighed
(`evidence.py`), and the best joins if its evidence is enough. Else the post opens a story of its own.
A lift or repeal never joins the story that it ends; it opens or joins a lift, which names it.

Corrections by hand (`merge`, `split`) change stories, and so what later posts join: copies of what was moved follow it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Final
from uuid import UUID, uuid5

from foreshock_shared.contracts.events import StoryRef
from foreshock_shared.contracts.judgement import Action, Classification
from foreshock_store.domain.copies import Origin, Texts
from foreshock_store.domain.evidence import ENDS, SPECIFIC, Evidence, Weighed, squares_of, subject, weigh
from foreshock_store.domain.rarity import Holders
from foreshock_store.domain.story import STORY_NAMESPACE, PostFacts, Story, Traits, traits

CANDIDATES: Final = 8
RAREST: Final = 16
"""Features of a post that propose stories."""
LATEST: Final = 32
"""Stories that a feature proposes at most: those that were added to last."""
_SETTLED: Final = 8
"""Posts from which the wording of a story changes little, and is weighed anew only every so many posts."""
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

    def __init__(self, window: timedelta = timedelta(days=10), most_active: int = 5_000) -> None:
        self._window = window
        self._most_active = most_active
        self._active: dict[int, Story] = {}
        self._holders = Holders()
        self._features: dict[int, tuple[str, ...]] = {}
        self._origins: dict[int, dict[UUID, Origin]] = {}
        self._texts = Texts()
        self._changed: dict[int, Story] = {}

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
        story, copied, why = self._find(post)
        if story is None:
            story, why = self._open(post, now)
        origin = story.add(post, now, copied)
        if story.posts <= _SETTLED or story.posts % _SETTLED == 0:
            story.wording = squares_of(story.features, self._holders.rarity) / story.posts
        self._changes(story)
        return Assignment(story.ref(why), origin)

    def absorb(self, stories: Iterable[Story]) -> None:
        """Take over stories as another replica, or a former life, has left them."""
        for story in stories:
            if story.merged_into is None:
                if story.id.int in self._active:
                    self._set_aside(story.id.int)
                self._link(story)
            elif story.id.int in self._active:
                self._unlink(story)

    def holds(self, story: UUID) -> bool:
        """Whether a story is active."""
        return story.int in self._active

    def take_changes(self) -> list[Story]:
        """The stories that changed since this was last asked, in the order of their change."""
        changed, self._changed = self._changed, {}
        return list(changed.values())

    def merge(self, gone: UUID, stays: UUID, now: datetime) -> Story:
        """Let one active story go on for another; answers the one that stays."""
        story, other = self._active[stays.int], self._active[gone.int]
        self._unlink(other)
        story.take_in(other)
        story.touched = now
        other.merged_into = stays
        self._changed.pop(gone.int, None)
        self._changed[gone.int] = other
        self._changes(story)
        for lift in [each for each in self._active.values() if each.ends == gone]:
            lift.ends = stays
            self._changes(lift)
        return story

    def split(
        self,
        whole: UUID,
        rest: Sequence[tuple[PostFacts, Classification]],
        parted: Sequence[tuple[PostFacts, Classification]],
        now: datetime,
    ) -> Story:
        """Make a story of its own of some posts of an active one; answers it.

        Both are built anew, the whole from `rest`: what of its posts is known still, the latest of very many.
        """
        old = self._active[whole.int]
        self._unlink(old)
        new = self._rebuilt(parted, now)
        new.id = uuid5(STORY_NAMESPACE, f"{whole} {new.id} {now.isoformat()}")
        kept = self._rebuilt(rest, now)
        kept.id, kept.headline, kept.ends, kept.lifts = old.id, old.headline, old.ends, old.lifts
        kept.first_seen = old.first_seen
        kept.posts = max(kept.posts, old.posts - new.posts)
        kept.apart, new.apart = old.apart | {new.id}, {old.id}
        self._changes(kept)
        self._changes(new)
        return new

    def _rebuilt(self, posts: Sequence[tuple[PostFacts, Classification]], now: datetime) -> Story:
        texts = Texts()
        first = traits(*posts[0])
        story = Story.open(first, now, None)
        for facts, judgement in posts:
            post = traits(facts, judgement)
            known = texts.find(post.sketch, post.marks)
            story.add(post, now, known[1] if known else None)
            if known is None:
                texts.add(0, story.origins[-1])
        return story

    def _find(self, post: Traits) -> tuple[Story | None, Origin | None, list[str]]:
        if known := self._texts.find(post.sketch, post.marks):
            story = self._active[known[0]]
            if self._near(post, story):
                how = "a copy of a text of this story" if known[2] else "nearly the same text as one of this story"
                return story, known[1], [how]
        weighed = Weighed.of(post, self._holders.rarity)
        best: tuple[Story | None, Evidence] = (None, Evidence())
        for story in self._candidates(post, weighed):
            if _may_join(post, story):
                evidence = weigh(post, story, weighed, self._holders.rarity)
                if evidence.joins and evidence.total > best[1].total:
                    best = story, evidence
        return best[0], None, best[1].why()

    def _open(self, post: Traits, now: datetime) -> tuple[Story, list[str]]:
        ended = self._ended_by(post) if post.lifts else None
        why = ["opens this story"] if ended is None else [f"opens this story, which ends “{ended.headline}”"]
        return Story.open(post, now, ended.id if ended else None), why

    def _ended_by(self, post: Traits) -> Story | None:
        """The restriction that a lift most probably takes back."""
        best, most = None, ENDS
        weighed = Weighed.of(post, self._holders.rarity)
        for story in self._candidates(post, weighed):
            if story.lifts or not (story.shock or story.actions.keys() - _RELAXES):
                continue
            evidence = subject(post, story, weighed, self._holders.rarity)
            if post.effect and not story.targets.isdisjoint(post.effect.targets):
                evidence.add(0.8, "the same targets", specific=True)
            if evidence.specific >= SPECIFIC * 0.7 and evidence.total > most:
                best, most = story, evidence.total
        return best

    def _candidates(self, post: Traits, weighed: Weighed) -> list[Story]:
        """The few stories worth weighing: those that share most of what is rare in the post."""
        weights = sorted((-weight, feature) for feature, weight in weighed.rarities.items())
        shared: defaultdict[int, float] = defaultdict(float)
        asked = 0
        for weight, feature in weights:
            met = False
            for story in self._holders.latest(feature, LATEST):
                shared[story] += weight
                met = True
            asked += met
            if asked == RAREST:
                break
        near = ((w, story) for story, w in shared.items() if self._near(post, self._active[story]))
        return [self._active[story] for _, story in nsmallest(CANDIDATES, near)]

    def _near(self, post: Traits, story: Story) -> bool:
        return story.first_seen - self._window <= post.facts.at <= story.last_seen + self._window

    def _forget(self, now: datetime) -> None:
        """Drop what is out of the window, then what was touched longest ago; `_active` is kept in order of touch."""
        while self._active:
            oldest = next(iter(self._active.values()))
            if now - oldest.touched <= self._window and len(self._active) < self._most_active:
                return
            self._unlink(oldest)

    def _changes(self, story: Story) -> None:
        """Enter a story as it now is, as the one touched last."""
        if story.id.int in self._active:
            self._set_aside(story.id.int)
        self._link(story)
        self._changed.pop(story.id.int, None)
        self._changed[story.id.int] = story

    def _link(self, story: Story) -> None:
        handle = story.id.int
        self._active[handle] = story
        self._features[handle] = tuple(story.features)
        self._holders.add(handle, self._features[handle])
        known = self._origins.setdefault(handle, {})
        if len(known) == len(story.origins) and story.origins[-1].id in known:
            return
        now = {origin.id: origin for origin in story.origins}
        for ident in known.keys() - now.keys():
            self._texts.remove(known.pop(ident))
        for ident in now.keys() - known.keys():
            known[ident] = now[ident]
            self._texts.add(handle, now[ident])

    def _set_aside(self, handle: int) -> None:
        """Take a story out of its place in the order; its texts can still be found."""
        del self._active[handle]
        self._holders.remove(handle, self._features.pop(handle))

    def _unlink(self, story: Story) -> None:
        handle = story.id.int
        self._set_aside(handle)
        for origin in self._origins.pop(handle).values():
            self._texts.remove(origin)


def _may_join(post: Traits, story: Story) -> bool:
    """A lift and what it ends are never one story; a post without an effect may comment on either."""
    return story.lifts if post.lifts else post.effect is None or not story.lifts
