"""What would have been enough: of each matcher of a rule that a post did not meet, what it wanted and what there was.

`match` stops at the first matcher that does not hold, which is all that an alert needs; a person who asks why there was
none wants all of them. Whether a matcher holds is asked of `match` itself, so the two cannot disagree. Pure.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from foreshock_notify.domain.matchers import Choice
from foreshock_notify.domain.rules import Facts, Match, Rule, When, match, older_than
from foreshock_notify.domain.values import spoken

_Said: TypeAlias = Callable[[Any, Facts], str]


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(map(str, words))) or "none"


SAID: Final[Mapping[str, _Said]] = {
    "shock": lambda want, _: "a shock is needed, it is none" if want else "no shock may be, it is one",
    "topics": lambda want, facts: f"topic {_chosen(want)} is needed, it has {_listed(facts.topics)}",
    "urgency_at_least": lambda want, facts: f"urgency {want} is needed, it was {facts.urgency}",
    "entities": lambda want, facts: f"it must name {_chosen(want)}, it names {_listed(facts.entities)}",
    "action": lambda want, facts: f"action {_either(want)} is needed, it was {facts.action or 'none'}",
    "jurisdiction": lambda want, facts: (
        f"jurisdiction {_either(want)} is needed, it was {facts.jurisdiction or 'none'}"
    ),
    "source": lambda want, facts: f"source {_either(want)} is needed, it was {facts.source}",
    "tier": lambda want, facts: f"a source of tier {_either(want)} is needed, it was {facts.tier}",
    "lang": lambda want, facts: f"language {_either(want)} is needed, it was {facts.lang or 'unknown'}",
    "novelty": lambda want, facts: (
        f"a story no older than {spoken(want)} is needed, it was {spoken(facts.story_age)} old"
    ),
    "min_origins": lambda want, facts: f"{want} independent origins are needed, {facts.origins} heard",
    "burst": lambda want, _: (
        f"{want.factor:g} times the usual within {spoken(want.within)}, and {want.at_least} posts, are needed; "
        "how many there were is not kept"
    ),
}
"""For each matcher of `When`: what to say where it does not hold."""


ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


def shortfalls(rule: Rule, facts: Facts, now: datetime) -> list[str]:
    """Everything that kept a rule from wanting a post, in the order of its matchers; empty where it matched."""
    if isinstance(match(rule, facts, now), Match):
        return []
    given = _given(rule.when)
    found = [
        SAID[name](value, facts) for name, value in given if name != "burst" and not _holds(rule, name, value, facts)
    ]
    if older_than(facts.created_at, rule.max_age, now) and facts.created_at is not None:
        found.append(f"{_span(rule.max_age)} is the greatest age, it was {_span(now - facts.created_at)} old")
    if not found and rule.when.burst is not None:
        found.append(SAID["burst"](rule.when.burst, facts))
    return found


def _given(when: When) -> list[tuple[str, Any]]:
    return [(name, value) for name in When.model_fields if (value := getattr(when, name)) is not None]


def _holds(rule: Rule, name: str, value: Any, facts: Facts) -> bool:
    """Whether a rule of this one matcher, and without an age, would match."""
    alone = rule.model_copy(update={"when": When.model_construct(**{name: value}), "max_age": timedelta.max})
    return isinstance(match(alone, facts, facts.created_at or ANY_TIME), Match)


def _chosen(want: Choice[Any]) -> str:
    """What a choice asks for: a or b; a and b; not c."""
    asked = [_either(want.any)] if want.any else []
    asked += [" and ".join(sorted(map(str, want.all)))] if want.all else []
    asked += [f"not {_either(want.none)}"] if want.none else []
    return ", ".join(asked)


def _either(words: Collection[str]) -> str:
    return " or ".join(sorted(map(str, words)))


def _span(age: timedelta) -> str:
    """An age as a person says it: 26 h, 12 min, 3 days."""
    hours = age.total_seconds() / 3600
    if hours >= 72:
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} h" if hours >= 2 else f"{hours * 60:.0f} min"
