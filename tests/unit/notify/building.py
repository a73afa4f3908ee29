"""Posts, rules and receivers for the tests of notify: what a test does not name is ordinary."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from pydantic import SecretStr

from foreshock_notify.domain.notification import incident_id
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.domain.rules import Rule, RuleSet
from foreshock_shared.contracts.events import PostStored, StoryRef
from foreshock_shared.contracts.judgement import (
    Action,
    Classification,
    Cue,
    Effect,
    Entity,
    EntityKind,
    ScoredTopic,
    Topic,
    Urgency,
    Why,
)
from foreshock_shared.contracts.post import SourceKind, Tier

NOW = datetime(2026, 6, 12, 17, 21, tzinfo=UTC)
SECRET = "whsec_Zm9yZXNob2NrLXRlc3Qtc2VjcmV0LW9mLTMyLWJ5dGU="
OTHER_SECRET = "whsec_YW5vdGhlci1zZWNyZXQtb2YtZm9yZXNob2NrLXRlc3Q="

_NAMES = UUID("7f1f0a53-0d0c-4a56-9df1-6f6f3a3b8c21")


def an_id(name: str) -> UUID:
    """An id that is the same whenever a test speaks of `name`."""
    return uuid5(_NAMES, name)


def incident_of(story: str | UUID) -> UUID:
    """The id of the incident of a story, of which no urgent post is known."""
    ident = story if isinstance(story, UUID) else an_id(story)
    return incident_id(StoryRef(id=ident, headline="", first_seen=NOW))


def a_post(
    name: str = "post",
    *,
    story: str = "the directive",
    ends: str | None = None,
    source: str | None = None,
    copy_of: str | None = None,
    tier: Tier = Tier.SOCIAL,
    shock: bool = True,
    topics: Sequence[Topic] = (Topic.POLICY,),
    urgency: Urgency = Urgency.CRITICAL,
    jurisdiction: str = "us",
    lang: str = "en",
    created_at: datetime | None = None,
    at: datetime = NOW,
    entities: Sequence[str] = ("Nova 5",),
    moves: int = 0,
    text: str | None = None,
    first_seen: datetime | None = None,
    revised_at: datetime | None = None,
) -> PostStored:
    """A post as the store hands it on; by default a shock on a story, of a source and with a text of its own."""
    return PostStored(
        id=an_id(name),
        source=source or f"source of {name}",
        url=f"https://example.org/{name.replace(' ', '-')}",
        source_kind=SourceKind.SOCIAL,
        tier=tier,
        created_at=created_at,
        accepted_at=at,
        revised_at=revised_at,
        stored_at=at,
        excerpt=text or f"The text of {name}",
        origin=an_id(copy_of or name),
        classification=Classification(
            topics=[ScoredTopic(name=topic, score=0.9) for topic in topics],
            urgency=urgency,
            urgency_score=0.9,
            shock=shock,
            shock_score=0.95 if shock else 0.05,
            entities=[Entity(id=n.lower().replace(" ", "-"), name=n, kind=EntityKind.MODEL) for n in entities],
            effect=Effect(action=Action.SUSPEND, actor="us-doc", jurisdiction=jurisdiction, targets=["nova-5"]),
            lang=lang,
            why=Why(model="0123abcd", cues=[Cue(decision="shock", cue="effective immediately", weight=2.5)]),
        ),
        story=StoryRef(
            id=an_id(story),
            headline=f"Headline of {story}",
            first_seen=first_seen or at,
            ends=an_id(ends) if ends else None,
            moves=moves,
        ),
    )


_BESIDE_WHEN = ("max_age", "for", "throttle", "quiet", "digest", "escalate")


def a_rule(name: str = "policy-shock", *, send_to: Sequence[str] = ("desk",), **what: Any) -> Rule:
    """A rule on shocks, or on what the matchers given say, with the policies given."""
    beside = {key: what.pop(key) for key in _BESIDE_WHEN if key in what}
    return Rule.model_validate({"name": name, "when": what or {"shock": True}, "send_to": list(send_to), **beside})


def a_receiver(
    name: str = "desk",
    url: str = "https://desk.example.org/hook",
    secrets: Sequence[str] = (SECRET,),
    *,
    allow_private: bool = True,
) -> Receiver:
    return Receiver(name, Format.WEBHOOK, SecretStr(url), tuple(map(SecretStr, secrets)), allow_private)


def a_rule_set(*rules: Rule, receivers: Sequence[Receiver] | None = None) -> RuleSet:
    """Rules with every receiver that they name."""
    rules = rules or (a_rule(),)
    named = {name: a_receiver(name) for rule in rules for name in rule.receivers}
    return RuleSet(rules, named if receivers is None else {receiver.name: receiver for receiver in receivers})


def later(**what: float) -> datetime:
    return NOW + timedelta(**what)
