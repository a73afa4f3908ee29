"""Why a post was told, or was not: the decision as it was recorded, and what would have been enough.

GET /v1/posts/{id}/decision

What each rule said is what was recorded when the post was decided. What it lacked is asked of the rules that are in
force now, over the post as the store has it and the origins heard so far: it says what would be enough from here on.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, SecretStr

from foreshock_notify.adapters.reads import Reads, Row
from foreshock_notify.api import MemberItem
from foreshock_notify.api_deliveries import DeliveryItem
from foreshock_notify.domain.explain import because
from foreshock_notify.domain.lifetimes import KEEP_UNTOLD
from foreshock_notify.domain.rules import Facts, RuleSet
from foreshock_notify.domain.shortfall import shortfalls
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.runtime.problems import Problem, require_key


class RuleItem(BaseModel):
    """What one rule makes of a post."""

    name: str
    said: str | None
    """What was recorded: `matched`, or the first thing that was missing; null for a rule that is newer."""
    because: list[str]
    """Why it matches, where it does by now."""
    lacks: list[str]
    """What would have been enough, where it does not; empty too for a rule that is gone or a post no longer kept."""
    in_force: bool


class CausedItem(BaseModel):
    """A revision that the post caused."""

    incident_id: UUID
    revision: int
    reason: str
    decided_at: datetime
    tell: dict[str, str]


class DecisionItem(MemberItem):
    """What a post came to, rule by rule, and what followed."""

    story_id: UUID
    incident_id: UUID | None
    origins: int
    """Independent origins of its story so far."""
    rules: list[RuleItem]
    revisions: list[CausedItem]
    deliveries: list[DeliveryItem]


def decision_router(reads: Callable[[], Reads], rules: Callable[[], RuleSet], key: SecretStr) -> APIRouter:
    """The route; it asks for the key."""
    router = APIRouter(prefix="/v1", tags=["decisions"], dependencies=[Depends(require_key(key))])

    @router.get("/posts/{post_id}/decision")
    async def get_decision(post_id: UUID) -> DecisionItem:
        """What a relevant post came to, rule by rule."""
        found = await reads().decision(post_id)
        if found is None:
            raise Problem(
                404,
                f"no decision on post {post_id} is known: only posts about our field are decided, and the decision on "
                f"one of no incident is kept for {KEEP_UNTOLD.days} days",
            )
        return DecisionItem(
            **found.decision,
            origins=found.origins,
            rules=_rules(rules(), found.decision, found.post, found.origins),
            revisions=[CausedItem(**{name: row[name] for name in CausedItem.model_fields}) for row in found.revisions],
            deliveries=[DeliveryItem.model_validate(dict(row)) for row in found.deliveries],
        )

    return router


def _rules(now_in_force: RuleSet, decision: Row, post: PostStored | None, origins: int) -> list[RuleItem]:
    """Rules in force first, in their order, then those that are gone."""
    said = decision["verdicts"]
    facts = Facts.of(post, origins) if post else None
    items = []
    for rule in now_in_force.rules:
        lacks = shortfalls(rule, facts, decision["decided_at"]) if facts else []
        held = because(rule, facts) if facts and not lacks else []
        items.append(RuleItem(name=rule.name, said=said.get(rule.name), because=held, lacks=lacks, in_force=True))
    known = {rule.name for rule in now_in_force.rules}
    gone = (name for name in said if name not in known)
    return items + [RuleItem(name=name, said=said[name], because=[], lacks=[], in_force=False) for name in gone]
