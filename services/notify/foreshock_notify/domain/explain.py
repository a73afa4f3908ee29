"""Why a revision was decided, in words that a person can check: the data of a notification.

Taken when the revision is decided, so that what a receiver is told later is what was known then.
"""

from collections.abc import Callable
from typing import Any, Final

from foreshock_notify.domain.case import Change, Decision
from foreshock_notify.domain.notification import CUE_LIMIT, IncidentData, MatchedRule, Why
from foreshock_notify.domain.rules import Facts, Match, Rule, RuleSet
from foreshock_shared.contracts.judgement import Cue


def describe(rules: RuleSet, decision: Decision, change: Change) -> IncidentData:
    """What is known of an incident after a change, and why it was made."""
    incident = change.incident
    return IncidentData(
        incident_id=incident.id,
        revision=incident.revision,
        rules=list(incident.rules),
        status=incident.status,
        headline=incident.headline,
        urgency=incident.urgency,
        topics=list(incident.topics),
        effect=incident.effect,
        posts=list(incident.posts),
        origins=incident.origins,
        first_seen=incident.first_seen,
        why=_why(rules, decision, change),
    )


def _why(rules: RuleSet, decision: Decision, change: Change) -> Why:
    judged, story = decision.post.classification, decision.post.story
    facts = Facts.of(decision.post, change.incident.origins)
    matched = [
        MatchedRule(name=rule.name, because=because(rule, facts))
        for rule, verdict in zip(rules.rules, decision.verdicts, strict=True)
        if isinstance(verdict, Match)
    ]
    return Why(
        decision=change.reason, rules=matched, cues=_heaviest(judged.why.cues), story=story.why, model=judged.why.model
    )


def _heaviest(cues: list[Cue]) -> list[Cue]:
    return sorted(cues, key=lambda cue: -abs(cue.weight))[:CUE_LIMIT]


_SAID: Final[tuple[tuple[str, Callable[[Any, Facts], str]], ...]] = (
    ("shock", lambda _, facts: "is a shock" if facts.shock else "is no shock"),
    ("topics", lambda want, facts: f"topic {', '.join(sorted(want & facts.topics))}"),
    ("urgency_at_least", lambda want, facts: f"urgency {facts.urgency} is at least {want}"),
    ("entities", lambda want, facts: f"names {', '.join(sorted(want & facts.entities))}"),
    ("jurisdiction", lambda _, facts: f"jurisdiction {facts.jurisdiction}"),
    ("tier", lambda _, facts: f"source tier {facts.tier}"),
    ("lang", lambda _, facts: f"language {facts.lang}"),
    ("min_origins", lambda want, facts: f"{facts.origins} independent origins, {want} asked for"),
)


def because(rule: Rule, facts: Facts) -> list[str]:
    """Why a rule that matched did: a line for each of its matchers."""
    wanted = {name: getattr(rule.when, name) for name, _ in _SAID}
    return [say(wanted[name], facts) for name, say in _SAID if wanted[name] is not None]
