"""What the store makes of a canary: noise where it is tried, and something harmless where it is told. Pure."""

from datetime import datetime
from typing import Final

from foreshock_shared.contracts.events import PostClassified, PostStored, StoryRef
from foreshock_shared.contracts.judgement import Classification, ScoredTopic, Topic, Urgency, Why

HEADLINE: Final = "Foreshock canary: synthetic, and no news"


def as_noise(canary: PostClassified) -> PostClassified:
    """The canary as a post that is not about our field: what is tried on the tables."""
    return canary.model_copy(update={"classification": _harmless(canary)})


def told(canary: PostClassified, now: datetime) -> PostStored:
    """The canary as it goes on: judged `none`, so that no reader of the public stream acts on it."""
    post = canary.post
    return PostStored(
        id=post.id,
        source=post.source,
        native_id=post.native_id,
        source_kind=post.source_kind,
        tier=post.tier,
        created_at=post.created_at,
        accepted_at=post.accepted_at,
        stored_at=now,
        excerpt=HEADLINE,
        origin=post.id,
        classification=_harmless(canary),
        story=StoryRef(id=post.id, headline=HEADLINE, first_seen=post.accepted_at),
    )


def _harmless(canary: PostClassified) -> Classification:
    return Classification(
        topics=[ScoredTopic(name=Topic.NONE, score=1.0)],
        urgency=Urgency.LOW,
        urgency_score=0.0,
        shock=False,
        shock_score=0.0,
        why=Why(model=canary.classification.why.model),
    )
