"""Judged posts for tests of what comes after classify: facts in, `PostClassified` out, without a classifier."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from foreshock_shared.contracts.events import PostClassified
from foreshock_shared.contracts.judgement import (
    Action,
    Classification,
    Effect,
    EffectStatus,
    Entity,
    EntityKind,
    ScoredTopic,
    Topic,
    Urgency,
    Why,
)
from foreshock_shared.contracts.post import Post, PostIn

NOON: Final = datetime(2026, 6, 12, 12, tzinfo=UTC)
_numbers = count()

_KINDS: Final = {
    "m": EntityKind.MODEL,
    "v": EntityKind.VENDOR,
    "a": EntityKind.AGENCY,
    "j": EntityKind.JURISDICTION,
    "c": EntityKind.CHIP,
    "l": EntityKind.LAW,
    "p": EntityKind.PERSON,
}


def entity(mark: str) -> Entity:
    """`m:Aurora 5` is a model; `v:` marks a vendor, `a:` an agency, `j:` a jurisdiction, `c:` a chip, `l:` a law."""
    kind, _, name = mark.partition(":")
    return Entity(id=slug(name), name=name, kind=_KINDS[kind])


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def effect(
    action: Action, *targets: str, place: str | None = None, status: EffectStatus = EffectStatus.ANNOUNCED
) -> Effect:
    """An effect on named targets."""
    return Effect(
        action=action, jurisdiction=slug(place) if place else None, targets=[slug(t) for t in targets], status=status
    )


def judged(
    *topics: Topic,
    entities: tuple[str, ...] = (),
    does: Effect | None = None,
    shock: bool = False,
    urgency: Urgency = Urgency.MEDIUM,
) -> Classification:
    """A judgement; without topics it is noise."""
    return Classification(
        topics=[ScoredTopic(name=topic, score=0.9) for topic in topics or (Topic.NONE,)],
        urgency=urgency if topics else Urgency.LOW,
        urgency_score=0.5,
        shock=shock,
        shock_score=0.97 if shock else 0.02,
        entities=[entity(mark) for mark in entities],
        effect=does,
        lang="en",
        why=Why(model="test"),
    )


def a_judged_post(
    text: str = "What a lovely morning for a walk by the river",
    judgement: Classification | None = None,
    *,
    at: datetime | None = None,
    **fields: object,
) -> PostClassified:
    """An accepted and judged post with an identity of its own; noise unless judged otherwise."""
    number = next(_numbers)
    handed_in = PostIn.model_validate({"source": "test", "native_id": f"j{number}", "text": text, **fields})
    post = Post.accept(handed_in, at or NOON + timedelta(milliseconds=number))
    return PostClassified(post=post, classification=judgement or judged())


DIRECTIVE: Final = judged(
    Topic.POLICY,
    Topic.RELEASE,
    entities=("m:Aurora 5", "m:Borealis 5", "v:Northwind", "j:Freedonia"),
    does=effect(Action.SUSPEND, "Aurora 5", "Borealis 5", place="Freedonia"),
    shock=True,
    urgency=Urgency.CRITICAL,
)
DIRECTIVE_TEXT: Final = (
    "The government of Freedonia has issued an export directive that suspends all access to Aurora 5 and Borealis 5 by "
    "any foreign national. Northwind must switch both off tonight."
)
