"""Whether a telling that is owed is sent now: a pure decision with a named reason, made when it falls due.

A telling is one revision of an incident, for one receiver. It is decided before its first attempt and not after: what
may have arrived is tried again under the same id and with the same body, whatever the hour. Each rule of the incident
that names the receiver is a **route**; the route that is the most forthcoming decides.

    send       now
    hold       until a moment, for a reason; then it is decided anew
    collect    into the digest that is due then
    suppress   for good

In the order in which they are asked:

1. Who was told of the incident that this one continues is not told that it opened. Who was told of an incident learns
   at once, at any hour and outside of every throttle, that somebody has taken it on: only receivers that can show that
   without rousing anybody are told of it at all.
2. Who was never told of an incident hears nothing of its end if it did not stand as long as the rule asks (`for`,
   `after`), or if its opening was kept back. An escalation that somebody forestalled by acknowledging is not told.
3. Until it has stood so long, it is held. Urgency does not shorten that.
4. A silence keeps it back; then, unless it is critical, quiet hours, throttle and digest.

Whoever was told of an incident hears of its end: neither silence nor throttle nor digest keeps that back; quiet hours
only put it off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from foreshock_notify.domain.matchers import Facts
from foreshock_notify.domain.notification import Kind
from foreshock_notify.domain.rules import Rule, RuleSet
from foreshock_notify.domain.silence import Silence, silenced
from foreshock_shared.contracts.judgement import Urgency


class Held(StrEnum):
    """Why a telling is not, or not yet, sent; a closed set, fit for a metric label."""

    NOT_STOOD = "not_stood"
    ESCALATION = "escalation"
    QUIET_HOURS = "quiet_hours"
    THROTTLED = "throttled"
    DIGEST = "digest"
    SILENCED = "silenced"
    ACKNOWLEDGED = "acknowledged"
    ENDED_EARLY = "ended_early"
    ENDED_UNTOLD = "ended_untold"
    TOLD_BEFORE = "told_before"


@dataclass(frozen=True, slots=True)
class Send:
    """Tell it now, by this rule; None where no rule of the incident is left that names the receiver."""

    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Decide it anew then."""

    until: datetime
    reason: Held
    rule: str


@dataclass(frozen=True, slots=True)
class Collect:
    """Tell it in the digest of then."""

    at: datetime
    reason: Held
    rule: str


@dataclass(frozen=True, slots=True)
class Suppress:
    """Never tell it by itself."""

    reason: Held
    rule: str | None = None


Plan: TypeAlias = Send | Hold | Collect | Suppress


@dataclass(frozen=True, slots=True)
class Owed:
    """A telling that was never attempted, and what is known of it."""

    incident: UUID
    receiver: str
    kind: Kind
    ended: bool
    """Whether this revision says that the incident is over: lifted, retracted, closed or merged."""
    urgency: Urgency
    rules: tuple[str, ...]
    opened_at: datetime
    decided_at: datetime
    facts: Facts | None = None
    acknowledged: bool = False
    acknowledgement: bool = False
    """Whether what this revision says is that somebody has taken the incident on."""
    told: bool = False
    """Whether an attempt was made to tell the receiver of this incident, or of one that it continues."""
    kept_back: bool = False
    """Whether an earlier revision was suppressed or collected for this receiver."""
    told_before: bool = False
    """Whether all that this revision says is that what the receiver knows goes on as another incident."""


@dataclass(frozen=True, slots=True)
class Route:
    """A rule by which a receiver is told of an incident, and how long that incident must have stood."""

    rule: Rule
    after: timedelta
    escalation: bool = False


Told: TypeAlias = Mapping[str, Sequence[datetime]]
"""When one receiver was told by each rule lately."""


def routes(rules: RuleSet, names: Sequence[str], receiver: str) -> list[Route]:
    """The ways by which an incident of these rules comes to a receiver."""
    found: list[Route] = []
    for rule in rules.rules:
        if rule.name in names:
            if receiver in rule.send_to:
                found.append(Route(rule, rule.stands_for))
            found += [Route(rule, step.after, escalation=True) for step in rule.escalate if receiver in step.to]
    return found


def decide(rules: RuleSet, owed: Owed, told: Told, silences: Sequence[Silence], now: datetime) -> Plan:
    """What becomes of a telling that is due."""
    if owed.told_before:
        return Suppress(Held.TOLD_BEFORE)
    if owed.acknowledgement and owed.told:
        return Send()
    ways = routes(rules, owed.rules, owed.receiver)
    if not ways:
        silence = silenced(silences, None, owed.receiver, owed.facts, now)
        return Suppress(Held.SILENCED) if silence is not None and not _must_hear(owed) else Send()
    return min((_by(way, owed, told, silences, now) for way in ways), key=_forthcoming)


def _forthcoming(plan: Plan) -> tuple[int, datetime]:
    match plan:
        case Send():
            return 0, _FIRST
        case Hold():
            return 1, plan.until
        case Collect():
            return 2, plan.at
        case Suppress():
            return 3, _FIRST


_FIRST: Final = datetime.min.replace(tzinfo=UTC)


def _must_hear(owed: Owed) -> bool:
    """Whether this is the end of what the receiver was told had begun."""
    return owed.ended and owed.told


def _by(way: Route, owed: Owed, told: Told, silences: Sequence[Silence], now: datetime) -> Plan:
    rule = way.rule
    if not owed.told:
        waiting = _while_untold(way, owed, now)
        if waiting is not None:
            return waiting
    if _must_hear(owed):
        until = now if rule.quiet is None or owed.urgency is Urgency.CRITICAL else rule.quiet.until(now)
        return Hold(until, Held.QUIET_HOURS, rule.name) if until > now else Send(rule.name)
    if silenced(silences, rule.name, owed.receiver, owed.facts, now) is not None:
        return _later(rule, Suppress(Held.SILENCED, rule.name), now)
    return Send(rule.name) if owed.urgency is Urgency.CRITICAL else _in_time(rule, told, now)


def _while_untold(way: Route, owed: Owed, now: datetime) -> Plan | None:
    """What keeps a receiver from hearing of the incident for the first time, apart from the hour."""
    rule, stands_at = way.rule, owed.opened_at + way.after
    if owed.ended and owed.decided_at < stands_at:
        return Suppress(Held.ENDED_EARLY, rule.name)
    if way.escalation and owed.acknowledged:
        return Suppress(Held.ACKNOWLEDGED, rule.name)
    if owed.ended and owed.kept_back:
        return _later(rule, Suppress(Held.ENDED_UNTOLD, rule.name), now)
    if way.after and now < stands_at:
        return Hold(stands_at, Held.ESCALATION if way.escalation else Held.NOT_STOOD, rule.name)
    return None


def _in_time(rule: Rule, told: Told, now: datetime) -> Plan:
    """What hours, throttle and digest make of something that can wait."""
    if rule.quiet is not None and (until := rule.quiet.until(now)) > now:
        return _later(rule, Hold(until, Held.QUIET_HOURS, rule.name), now)
    if rule.throttle is not None and (free_at := rule.throttle.free_at(told.get(rule.name, ()), now)) > now:
        return _later(rule, Hold(free_at, Held.THROTTLED, rule.name), now)
    if rule.digest is not None and rule.quiet is None and rule.throttle is None:
        return Collect(rule.digest.next(now), Held.DIGEST, rule.name)
    return Send(rule.name)


def _later(rule: Rule, otherwise: Hold | Suppress, now: datetime) -> Plan:
    """Into the rule's digest, where it has one."""
    return otherwise if rule.digest is None else Collect(rule.digest.next(now), otherwise.reason, rule.name)
