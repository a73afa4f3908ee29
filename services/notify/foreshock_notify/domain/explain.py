"""Why a revision was decided, in words that a person can check: the data of a notification.

Taken when the revision is decided, so that what a receiver is told later is what was known then.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from foreshock_notify.domain.case import Change, Decision, Incident
from foreshock_notify.domain.matchers import Choice
from foreshock_notify.domain.notification import CUE_LIMIT, IncidentData, MatchedRule, Why
from foreshock_notify.domain.rules import Bursting, Facts, Match, Rule, RuleSet
from foreshock_notify.domain.values import spoken
from foreshock_shared.contracts.judgement import Cue


def describe(rules: RuleSet, decision: Decision, change: Change) -> IncidentData:
    """What is known of an incident after a post has changed it, and why it did."""
    judged, story = decision.post.classification, decision.post.story
    facts = Facts.of(decision.post, change.incident.origins)
    matched = [
        MatchedRule(name=rule.name, because=because(rule, facts))
        for rule, verdict in zip(rules.rules, decision.verdicts, strict=True)
        if isinstance(verdict, Match | Bursting)
    ]
    why = Why(
        decision=change.reason,
        rules=matched,
        cues=_heaviest(judged.why.cues),
        story=story.why,
        model=judged.why.model,
        changed=list(changed(change)),
    )
    return _data(change, why)


def describe_by_hand(change: Change, before: Why, said: str | None) -> IncidentData:
    """What is known of an incident after somebody has changed it, or time has; `said` is the reason given."""
    why = Why(decision=change.reason, model=before.model, changed=list(changed(change)), said=said)
    return _data(change, why)


def _data(change: Change, why: Why) -> IncidentData:
    incident = change.incident
    return IncidentData(
        incident_id=incident.id,
        revision=incident.revision,
        rules=list(incident.rules),
        status=incident.status.told_as,
        headline=incident.headline,
        urgency=incident.urgency,
        topics=list(incident.topics),
        effect=incident.effect,
        posts=list(incident.posts),
        origins=incident.origins,
        first_seen=incident.first_seen,
        why=why,
        acknowledged_by=incident.acknowledged and incident.acknowledged.by,
        merged_into=incident.merged_into,
    )


def changed(change: Change) -> Iterator[str]:
    """What a change did to an incident that was there before, a line each."""
    before, after = change.before, change.incident
    if before is None:
        return
    for name in ("status", "urgency", "origins"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield f"{name} {was} → {now}"
    for name in ("topics", "rules"):
        added = [str(each) for each in getattr(after, name) if each not in getattr(before, name)]
        if added:
            yield f"{name} + {', '.join(added)}"
    if before.effect != after.effect:
        yield "effect"
    yield from _by_people(before, after)


def _by_people(before: Incident, after: Incident) -> Iterator[str]:
    """Who has taken it on, and where it goes on."""
    if after.acknowledged is not None and before.acknowledged is None:
        yield f"acknowledged by {after.acknowledged.by}"
    if after.merged_into is not None and after.merged_into != before.merged_into:
        yield f"goes on as {after.merged_into}"


def _heaviest(cues: list[Cue]) -> list[Cue]:
    return sorted(cues, key=lambda cue: -abs(cue.weight))[:CUE_LIMIT]


def _chosen(what: str, want: Choice[Any], have: frozenset[Any]) -> str:
    found = want.found(have)
    none_of = f"no {what} {', '.join(sorted(str(each) for each in want.none))}" if want.none else ""
    return "; ".join(said for said in (f"{what} {', '.join(found)}" if found else "", none_of) if said)


_SAID: Final[tuple[tuple[str, Callable[[Any, Facts], str]], ...]] = (
    ("shock", lambda _, facts: "is a shock" if facts.shock else "is no shock"),
    ("topics", lambda want, facts: _chosen("topic", want, facts.topics)),
    ("urgency_at_least", lambda want, facts: f"urgency {facts.urgency} is at least {want}"),
    ("entities", lambda want, facts: _chosen("names", want, facts.entities).replace("no names ", "does not name ")),
    ("action", lambda _, facts: f"action {facts.action}"),
    ("jurisdiction", lambda _, facts: f"jurisdiction {facts.jurisdiction}"),
    ("source", lambda _, facts: f"source {facts.source}"),
    ("tier", lambda _, facts: f"source tier {facts.tier}"),
    ("lang", lambda _, facts: f"language {facts.lang}"),
    ("novelty", lambda want, facts: f"its story is {spoken(facts.story_age)} old, {spoken(want)} at most"),
    ("min_origins", lambda want, facts: f"{facts.origins} independent origins, {want} asked for"),
    (
        "burst",
        lambda want, facts: f"{facts.origins} posts within {spoken(want.within)}, over {want.factor:g} times the usual",
    ),
)


def because(rule: Rule, facts: Facts) -> list[str]:
    """Why a rule that matched did: a line for each of its matchers."""
    wanted = {name: getattr(rule.when, name) for name, _ in _SAID}
    return [say(wanted[name], facts) for name, say in _SAID if wanted[name] is not None]
