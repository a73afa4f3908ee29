"""The posts of a test as the store would hand them on: judged by hand or by the classifier, with their stories."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from foreshock_classify.domain.classifier import Classifier
from foreshock_shared.contracts.events import PostStored, StoryRef
from foreshock_shared.contracts.judgement import (
    Action,
    Classification,
    Effect,
    Entity,
    EntityKind,
    ScoredTopic,
    Why,
)
from foreshock_stack.ruletests.cases import Case, PostCase
from foreshock_store.domain.stories import StoryEngine
from foreshock_store.domain.story import PostFacts

_NAMES: Final = UUID("0d6c9a3e-54f1-5a5b-8a5f-5b8b1f0e7c21")
EXCERPT: Final = 500
ONE_STORY: Final = "the story"


@dataclass(slots=True)
class Stage:
    """Makes the posts of one test, in their order."""

    case: Case
    classifier: Callable[[], Classifier]
    """Asked for only where a text is to be judged: it takes a moment to load."""
    names: dict[UUID, str] = field(default_factory=dict)
    """What the test calls a story."""
    _engine: StoryEngine = field(default_factory=StoryEngine)

    def posts(self) -> Iterator[PostStored]:
        """Every post that is about our field; the store hands on no other."""
        for number, post in enumerate(self.case.posts):
            made = self._post(number, post)
            if made is not None:
                yield made

    def _post(self, number: int, post: PostCase) -> PostStored | None:
        at = self.case.start + post.at
        ident = self._id("post", post.id or f"#{number}")
        judged = _as_said(post) if post.judged else self._judged(post)
        if not judged.relevant:
            return None
        story, origin = self._story(post, ident, judged, at)
        return PostStored(
            id=ident,
            source=post.source or f"source-{number + 1}",
            source_kind=post.source_kind,
            tier=post.tier,
            created_at=at - post.age,
            accepted_at=at,
            stored_at=at,
            excerpt=(post.text or post.id or f"post {number + 1}")[:EXCERPT],
            origin=self._id("post", post.copy_of) if post.copy_of else origin,
            classification=judged,
            story=story,
        )

    def _judged(self, post: PostCase) -> Classification:
        return self.classifier().judge(post.text or "", post.source_kind, post.tier, post.lang)

    def _story(self, post: PostCase, ident: UUID, judged: Classification, at: datetime) -> tuple[StoryRef, UUID]:
        """The story as the test names it, else as the store's own engine finds it."""
        if post.story is None and not post.judged:
            found = self._engine.assign(PostFacts(ident, post.text or "", at), judged, at)
            if found is not None:
                return found.story, found.origin
        name = post.story or ONE_STORY
        story = self._id("story", name)
        self.names[story] = name
        ends = self._id("story", post.ends) if post.ends else None
        return StoryRef(id=story, headline=post.text or name, first_seen=at, ends=ends), ident

    def _id(self, kind: str, name: str) -> UUID:
        return uuid5(_NAMES, f"{kind}/{name}")


def _as_said(post: PostCase) -> Classification:
    return Classification(
        topics=[ScoredTopic(name=topic, score=1.0) for topic in post.topics],
        urgency=post.urgency,
        urgency_score=1.0,
        shock=post.shock,
        shock_score=float(post.shock),
        entities=[Entity(id=name.casefold(), name=name, kind=EntityKind.MODEL) for name in post.entities],
        effect=(
            Effect(action=post.action or Action.RESTRICT, jurisdiction=post.jurisdiction)
            if post.jurisdiction or post.action
            else None
        ),
        lang=post.lang,
        why=Why(model="as the test says"),
    )
