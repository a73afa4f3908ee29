"""Which story a post belongs to: deterministic, explainable, bounded in memory and in work per post.

The engine holds the active stories of a sliding window. The same posts in the same order give the same stories; what it
decides follows from the stories alone, so replicas share it by exchanging stories (`absorb`, `take_changes`), and the
offline command runs the very same code.

A post copies a text of a story: it belongs there. Else the stories with which it shares what is rare are weighed
(`evidence.py`), and the best joins if its evidence is enough. Else the post opens a story of its own.
A lift or repeal never joins the story that it ends; it opens or joins a lift, which names it.

Corrections by hand (`merge`, `split`) change stories, and so what later posts join: copies of what was moved follow it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from foreshock_shared.contracts.events import StoryRef
from foreshock_shared.contracts.judgement import Action, Classification
from foreshock_store.domain.copies import Origin, Texts, sketch
from foreshock_store.domain.evidence import ENDS, SPECIFIC, Evidence, subject, weigh
from foreshock_store.domain.rarity import Holders
from foreshock_store.domain.story import STORY_NAMESPACE, Changes, PostFacts, Story, Traits, traits
from foreshock_store.domain.weighed import Weighed

CANDIDATES: Final = 4
POINTERS: Final = 12
"""Features of a post that propose stories."""
LEAST: Final = 1.0
"""What a post and a story share at least of what points at one, for it to be weighed."""
COMPARES: Final = 0.4
"""Share of the most that any story shares, below which another is not weighed."""
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


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a post belongs and why; of which text it is a copy, and how much it says."""

    story: Story
    why: list[str]
    wording: float
    copied: Origin | None = None


class StoryEngine:
    """The active stories and the decisions over them. Not safe for concurrent use; callers serialise."""

    def __init__(self, window: timedelta = timedelta(days=10), most_active: int = 5_000) -> None:
        self._window = window
        self._most_active = most_active
        self._active: dict[int, Story] = {}
        """The one touched last at the end."""
        self._holders = Holders()
        self._texts = Texts()
        self._changed: dict[int, Story] = {}
        self._new_texts: list[Origin] = []

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
        text = sketch(facts.text)
        same = self._texts.exactly(text)
        post = traits(facts, judgement, text, copied=same is not None and self._takes(same, facts.at))
        found = self._copied(post, same) or self._joined(post, now)
        story, origin = found.story, found.copied
        if origin:
            story.add_copy(post, now)
        else:
            origin = self._remember(post, story)
            self._holders.tell(story.id.int, post.features)
            story.add(post, now, found.wording)
            self._holders.remove(story.id.int, story.shed())
        self._touch(story)
        return Assignment(story.ref(found.why), origin.id)

    def absorb(self, changes: Changes) -> None:
        """Take over stories as another replica, or a former life, has left them."""
        for story in changes.stories:
            known = self._active.get(story.id.int)
            if story.merged_into is None:
                if known:
                    self._unlink(known)
                self._link(story)
            elif known:
                self._unlink(known)
                self._texts.forget(story.id)
        for origin in changes.origins:
            if origin.story.int in self._active:
                self._texts.add(origin)

    def holds(self, story: UUID) -> bool:
        """Whether a story is active."""
        return story.int in self._active

    def take_changes(self) -> Changes:
        """What changed since this was last asked, in the order of its change."""
        changes = Changes(list(self._changed.values()), self._new_texts)
        self._changed, self._new_texts = {}, []
        return changes

    def merge(self, gone: UUID, stays: UUID, now: datetime) -> Story:
        """Let one active story go on for another; answers the one that stays."""
        story, other = self._active[stays.int], self._active[gone.int]
        self._unlink(other)
        self._unlink(story)
        for number, origin in enumerate(self._texts.forget(gone), story.origin_count):
            self._keep(replace(origin, story=stays, number=number))
        story.take_in(other)
        story.shed()
        story.touched = now
        other.merged_into = stays
        self._changes(other)
        self._link(story)
        self._changes(story)
        for lift in [each for each in self._active.values() if each.ends == gone]:
            lift.ends = stays
            self._touch(lift)
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
        new, kept = _opened(*parted[0], now), _opened(*rest[0], now)
        new.id = uuid5(STORY_NAMESPACE, f"{whole} {new.id} {now.isoformat()}")
        kept.id, kept.lifts, kept.ends = old.id, old.lifts, old.ends
        new.wording = kept.wording = old.wording
        self._rebuild(new, parted, now)
        self._rebuild(kept, rest, now)
        kept.first_urgent, new.first_urgent = old.first_urgent, None
        kept.first_seen = old.first_seen
        kept.posts = max(kept.posts, old.posts - new.posts)
        kept.apart, new.apart = old.apart | {new.id}, {old.id}
        for story in (kept, new):
            self._link(story)
            self._changes(story)
        return new

    def _rebuild(self, story: Story, posts: Sequence[tuple[PostFacts, Classification]], now: datetime) -> None:
        """Let a new story be told by these posts, and have their texts."""
        texts = Texts()
        for facts, judgement in posts:
            post = traits(facts, judgement, sketch(facts.text))
            if texts.exactly(post.sketch) or texts.nearly(post.sketch, post.marks):
                story.add_copy(post, now)
            else:
                texts.add(self._remember(post, story))
                story.add(post, now, story.wording)
        story.shed()

    def _remember(self, post: Traits, story: Story) -> Origin:
        origin = Origin.of(post.facts.id, story.id, story.origin_count, post.sketch, post.marks)
        self._keep(origin)
        return origin

    def _keep(self, origin: Origin) -> None:
        self._texts.add(origin)
        self._new_texts.append(origin)

    def _takes(self, origin: Origin, at: datetime) -> bool:
        """Whether a copy of that time belongs where the text is."""
        return self._near(at, self._active[origin.story.int])

    def _copied(self, post: Traits, same: Origin | None) -> _Found | None:
        origin = same or self._texts.nearly(post.sketch, post.marks)
        if origin is None or not self._takes(origin, post.facts.at):
            return None
        if not same and origin.is_part_of(post.sketch):
            origin = origin.told_by(post.sketch, post.marks)
            self._keep(origin)
        how = "a copy of a text of this story" if same else "nearly the same text as one of this story"
        return _Found(self._active[origin.story.int], [how], 0.0, origin)

    def _joined(self, post: Traits, now: datetime) -> _Found:
        weighed = self._weighed(post)
        story, most = None, Evidence()
        for each in self._candidates(post, weighed):
            if _may_join(post, each):
                evidence = weigh(post, each, weighed, self._holders.of, most.total)
                if evidence.joins and evidence.total > most.total:
                    story, most = each, evidence
        if story:
            return _Found(story, most.why(), weighed.wording)
        ended = self._ended_by(post, weighed) if post.lifts else None
        why = "opens this story" if ended is None else f"opens this story, which ends “{ended.headline}”"
        story = Story.open(post, now, ended.id if ended else None)
        self._link(story)
        return _Found(story, [why], weighed.wording)

    def _ended_by(self, post: Traits, weighed: Weighed) -> Story | None:
        """The restriction that a lift most probably takes back."""
        best, most = None, ENDS
        for story in self._candidates(post, weighed):
            if story.lifts or not (story.shock or story.actions.keys() - _RELAXES):
                continue
            evidence = subject(post, story, weighed, self._holders.of)
            if post.effect and not story.targets.isdisjoint(post.effect.targets):
                evidence.add(0.8, "the same targets", specific=True)
            if evidence.specific >= SPECIFIC * 0.7 and evidence.total > most:
                best, most = story, evidence.total
        return best

    def _weighed(self, post: Traits) -> Weighed:
        return Weighed.of(post, self._holders.of(post.features, post.names))

    def _candidates(self, post: Traits, weighed: Weighed) -> list[Story]:
        """The few stories worth weighing: those that share most of what points at one."""
        shared: dict[int, float] = {}
        asked = 0
        for weight, feature in weighed.pointing:
            if some := self._holders.some(feature):
                for story in some:
                    shared[story] = shared.get(story, 0.0) + weight
                asked += 1
                if asked == POINTERS:
                    break
        least = max(LEAST, COMPARES * max(shared.values(), default=0.0))
        worth = sorted((-weight, story) for story, weight in shared.items() if weight >= least)
        stories = (self._active[story] for _, story in worth[: 2 * CANDIDATES])
        return [story for story in stories if self._near(post.facts.at, story)][:CANDIDATES]

    def _near(self, at: datetime, story: Story) -> bool:
        return story.first_seen - self._window <= at <= story.last_seen + self._window

    def _forget(self, now: datetime) -> None:
        """Drop what is out of the window, then what was touched longest ago; `_active` is kept in order of touch."""
        while self._active:
            oldest = next(iter(self._active.values()))
            if now - oldest.touched <= self._window and len(self._active) < self._most_active:
                return
            self._unlink(oldest)
            self._texts.forget(oldest.id)

    def _touch(self, story: Story) -> None:
        """Enter a changed story as the one touched last."""
        self._active.pop(story.id.int, None)
        self._active[story.id.int] = story
        self._changes(story)

    def _changes(self, story: Story) -> None:
        self._changed.pop(story.id.int, None)
        self._changed[story.id.int] = story

    def _link(self, story: Story) -> None:
        """Let a story be found by its features."""
        self._active[story.id.int] = story
        self._holders.open(story.origin_count)
        self._holders.add(story.id.int, story.features)

    def _unlink(self, story: Story) -> None:
        """Let it no longer be found; its texts still are."""
        del self._active[story.id.int]
        self._holders.close(story.origin_count)
        self._holders.remove(story.id.int, story.features)


def _opened(facts: PostFacts, judgement: Classification, now: datetime) -> Story:
    return Story.open(traits(facts, judgement, sketch(facts.text)), now, None)


def _may_join(post: Traits, story: Story) -> bool:
    """A lift and what it ends are never one story; a post without an effect may comment on either."""
    return story.lifts if post.lifts else post.effect is None or not story.lifts
