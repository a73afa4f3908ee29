"""Whether a telling that is owed is sent now: each reason, and what goes before what."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from unit.notify.building import NOW, a_post, a_rule, a_rule_set, an_id, incident_of, later

from foreshock_notify.domain.notification import Kind
from foreshock_notify.domain.rules import Facts, Rule
from foreshock_notify.domain.silence import Silence
from foreshock_notify.domain.telling import Collect, Held, Hold, Owed, Plan, Send, Suppress, decide
from foreshock_shared.contracts.judgement import Urgency

NIGHT = {"from": "17:00", "to": "07:00", "time_zone": "UTC"}
MORNING = datetime.fromisoformat("2026-06-13T07:00:00Z")
EIGHT = datetime.fromisoformat("2026-06-13T08:00:00Z")
DIGEST = {"at": ["08:00"]}
RULE = "policy-shock"


def owed(**what: Any) -> Owed:
    """The opening of an incident of medium urgency, told by one rule."""
    plain = Owed(
        incident=incident_of("the directive"),
        receiver="desk",
        kind=Kind.OPENED,
        ended=False,
        urgency=Urgency.MEDIUM,
        rules=(RULE,),
        opened_at=NOW,
        decided_at=NOW,
        facts=Facts.of(a_post(), 1),
    )
    return replace(plain, **what)


def plan(
    *rules: Rule, at: datetime = NOW, told: tuple[datetime, ...] = (), silences: tuple[Silence, ...] = (), **what: Any
) -> Plan:
    return decide(a_rule_set(*rules), owed(**what), {RULE: told}, silences, at)


def a_silence(**what: Any) -> Silence:
    named = what if what.keys() & {"when", "rules", "receivers"} else {**what, "rules": (RULE,)}
    times = {"created_at": NOW, "starts_at": NOW, "ends_at": later(hours=1)}
    return Silence.model_validate({"id": an_id("silence"), "reason": "a test", "by": "us", **times, **named})


def test_what_nothing_keeps_back_is_sent() -> None:
    assert plan(a_rule()) == Send(RULE)


def test_the_fourth_in_an_hour_waits_until_the_first_is_an_hour_old() -> None:
    rule = a_rule(throttle={"most": 3, "per": "1h"})
    told = (later(minutes=-70), later(minutes=-50), later(minutes=-20), later(minutes=-10))
    assert plan(rule, told=told) == Hold(later(minutes=10), Held.THROTTLED, RULE)
    assert plan(rule, told=told[:3]) == Send(RULE)


def test_in_quiet_hours_it_waits_for_the_morning() -> None:
    assert plan(a_rule(quiet=NIGHT)) == Hold(MORNING, Held.QUIET_HOURS, RULE)
    assert plan(a_rule(quiet=NIGHT), at=MORNING) == Send(RULE)


@pytest.mark.parametrize("policy", [{"quiet": NIGHT}, {"throttle": {"most": 1, "per": "1h"}}, {"digest": DIGEST}])
def test_what_is_critical_waits_for_none_of_them(policy: dict[str, Any]) -> None:
    rule = a_rule(**policy)
    assert plan(rule, urgency=Urgency.CRITICAL, told=(NOW,)) == Send(RULE)
    assert plan(rule, told=(NOW,)) != Send(RULE)


@pytest.mark.parametrize("policy", [{"quiet": NIGHT}, {"throttle": {"most": 1, "per": "1h"}}, {}])
def test_what_is_kept_back_goes_into_the_digest_where_there_is_one(policy: dict[str, Any]) -> None:
    found = plan(a_rule(digest=DIGEST, **policy), told=(NOW,))
    assert isinstance(found, Collect)
    assert found.at == EIGHT


def test_until_the_incident_has_stood_so_long_nobody_is_told_even_of_a_critical_one() -> None:
    rule = a_rule(**{"for": "5m"})
    assert plan(rule, urgency=Urgency.CRITICAL) == Hold(later(minutes=5), Held.NOT_STOOD, RULE)
    assert plan(rule, at=later(minutes=5)) == Send(RULE)


def test_what_ended_before_it_had_stood_so_long_is_never_told() -> None:
    rule = a_rule(**{"for": "5m"})
    early: dict[str, Any] = {"kind": Kind.LIFTED, "ended": True, "at": later(hours=1)}
    assert plan(rule, decided_at=later(minutes=4), **early) == Suppress(Held.ENDED_EARLY, RULE)
    assert plan(rule, decided_at=later(minutes=6), **early) == Send(RULE)


def test_an_escalation_waits_and_is_forestalled_by_an_acknowledgement() -> None:
    rule = a_rule(escalate=[{"after": "15m", "to": ["boss"]}])
    assert plan(rule, receiver="boss") == Hold(later(minutes=15), Held.ESCALATION, RULE)
    assert plan(rule, receiver="boss", acknowledged=True) == Suppress(Held.ACKNOWLEDGED, RULE)
    assert plan(rule, receiver="boss", at=later(minutes=15)) == Send(RULE)
    assert plan(rule, acknowledged=True) == Send(RULE)


def test_that_somebody_took_it_on_waits_for_nothing_and_uses_nothing_up_where_the_incident_is_known() -> None:
    rule = a_rule(throttle={"most": 1, "per": "1h"}, quiet=NIGHT, digest=DIGEST)
    telling = owed(kind=Kind.UPDATED, told=True, acknowledged=True, acknowledgement=True)
    assert decide(a_rule_set(rule), telling, {RULE: (NOW,)}, (a_silence(),), NOW) == Send()


def test_who_does_not_know_of_an_incident_hears_of_it_when_its_time_has_come_though_somebody_took_it_on() -> None:
    found = plan(a_rule(quiet=NIGHT), kind=Kind.UPDATED, acknowledged=True, acknowledgement=True)
    assert found == Hold(MORNING, Held.QUIET_HOURS, RULE)


def test_who_was_roused_hears_on_although_somebody_has_acknowledged_since() -> None:
    rule = a_rule(escalate=[{"after": "15m", "to": ["boss"]}])
    found = plan(rule, receiver="boss", kind=Kind.UPDATED, acknowledged=True, at=later(hours=1))
    assert found == Suppress(Held.ACKNOWLEDGED, RULE)
    assert decide(
        a_rule_set(rule), owed(receiver="boss", kind=Kind.UPDATED, told=True, acknowledged=True), {}, (), NOW
    ) == Send(RULE)


@pytest.mark.parametrize(
    "named",
    [{"rules": (RULE,)}, {"receivers": ("desk",)}, {"when": {"entities": ["Nova 5"]}}, {"when": {"shock": True}}],
)
def test_a_silence_keeps_back_what_it_names(named: dict[str, Any]) -> None:
    assert plan(a_rule(), silences=(a_silence(**named),), urgency=Urgency.CRITICAL) == Suppress(Held.SILENCED, RULE)


@pytest.mark.parametrize(
    "named", [{"rules": ("other",)}, {"receivers": ("board",)}, {"when": {"topics": ["funding"]}}, {"ends_at": NOW}]
)
def test_a_silence_keeps_back_nothing_else(named: dict[str, Any]) -> None:
    assert plan(a_rule(), silences=(a_silence(**named),)) == Send(RULE)


def test_what_is_silenced_is_told_in_the_digest() -> None:
    rule = a_rule(digest=DIGEST, throttle={"most": 9, "per": "1h"})
    assert plan(rule, silences=(a_silence(),)) == Collect(EIGHT, Held.SILENCED, RULE)


def test_who_was_told_of_an_incident_hears_of_its_end_whatever_keeps_other_things_back() -> None:
    rule = a_rule(digest=DIGEST, throttle={"most": 1, "per": "1h"})
    ended = owed(kind=Kind.LIFTED, ended=True, told=True)
    assert decide(a_rule_set(rule), ended, {RULE: [NOW]}, (a_silence(),), NOW) == Send(RULE)
    quiet = a_rule_set(a_rule(quiet=NIGHT, digest=DIGEST))
    assert decide(quiet, ended, {}, (), NOW) == Hold(MORNING, Held.QUIET_HOURS, RULE)


def test_who_never_heard_of_it_hears_nothing_of_its_end() -> None:
    ended: dict[str, Any] = {"kind": Kind.LIFTED, "ended": True, "kept_back": True}
    assert plan(a_rule(), **ended) == Suppress(Held.ENDED_UNTOLD, RULE)
    assert plan(a_rule(digest=DIGEST), **ended) == Collect(EIGHT, Held.ENDED_UNTOLD, RULE)


def test_the_most_forthcoming_rule_decides() -> None:
    slow, quick = a_rule("slow", **{"for": "1h"}), a_rule("quick", **{"for": "5m"})
    assert plan(slow, quick, rules=("slow", "quick")) == Hold(later(minutes=5), Held.NOT_STOOD, "quick")
    assert plan(slow, a_rule("now"), rules=("slow", "now")) == Send("now")
    assert plan(slow, a_rule("now"), rules=("slow",)) == Hold(later(hours=1), Held.NOT_STOOD, "slow")


def test_what_goes_on_under_another_name_is_not_told_again() -> None:
    assert plan(a_rule(), told_before=True) == Suppress(Held.TOLD_BEFORE)


def test_a_rule_that_is_gone_keeps_nothing_back() -> None:
    assert plan(a_rule("another"), at=NOW + timedelta(days=1)) == Send()
