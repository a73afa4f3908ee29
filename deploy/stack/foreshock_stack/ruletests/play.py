"""Plays a test and says what differs: what was expected and not sent, what was sent and not expected, and why. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from foreshock_classify.domain.classifier import Classifier
from foreshock_notify.domain.case import Decision
from foreshock_notify.domain.rules import Facts, RuleSet
from foreshock_notify.domain.shortfall import shortfalls
from foreshock_notify.domain.values import spoken
from foreshock_notify.simulation.simulate import Simulation
from foreshock_notify.simulation.telling import Telling
from foreshock_stack.ruletests.cases import Case, Expected
from foreshock_stack.ruletests.posts import Stage


@dataclass(frozen=True, slots=True)
class Result:
    """What a test came to."""

    sent: list[Telling]
    missing: list[Expected]
    surplus: list[Telling]
    diff: list[str] = field(default_factory=list)
    """Lines that begin with `-` (expected), `+` (sent) or a blank (both), then why."""

    @property
    def passed(self) -> bool:
        return not self.missing and not self.surplus


def play(rules: RuleSet, case: Case, classifier: Callable[[], Classifier]) -> Result:
    """Play a test on a virtual clock."""
    stage = Stage(case, classifier)
    simulation = Simulation(rules)
    sent: list[Telling] = []
    decisions: list[Decision] = []
    for post in stage.posts():
        step = simulation.post(post, post.accepted_at)
        decisions += [step.decision] if step.decision is not None else []
        sent += step.tellings
    sent += simulation.until(case.start + max(case.until, case.posts[-1].at))
    return _judge(rules, case, stage, sent, decisions)


def _judge(rules: RuleSet, case: Case, stage: Stage, sent: list[Telling], decisions: list[Decision]) -> Result:
    surplus = list(sent)
    lines: list[tuple[timedelta, int, str]] = []
    missing = []
    for expected in case.expect:
        met = next((telling for telling in surplus if _meets(expected, telling, case, stage)), None)
        if met is None:
            missing.append(expected)
            lines.append((expected.at, 0, f"- {_expected(expected)}"))
        else:
            surplus.remove(met)
            lines.append((expected.at, 0, f"  {_expected(expected)}"))
    lines += [(telling.at - case.start, 1, f"+ {_sent(telling, case, stage)}") for telling in surplus]
    diff = [line for _, _, line in sorted(lines, key=lambda each: each[:2])]
    if missing:
        diff += ["", *_reasons(rules, case, decisions)]
    return Result(sent, missing, surplus, diff)


def _meets(expected: Expected, telling: Telling, case: Case, stage: Stage) -> bool:
    had = _had(telling, case, stage)
    return all(getattr(expected, name) == had[name] for name in expected.model_fields_set)


def _had(telling: Telling, case: Case, stage: Stage) -> dict[str, object]:
    """A telling in the words of an expectation."""
    return {
        "at": telling.at - case.start,
        "receiver": telling.receiver,
        "kind": telling.kind,
        "status": telling.status,
        "urgency": telling.urgency,
        "reason": telling.reason,
        "revision": telling.revision,
        "rules": list(telling.rules),
        "story": stage.names.get(telling.story_id),
        "digest": telling.digest or None,
    }


def _expected(expected: Expected) -> str:
    return _line({name: getattr(expected, name) for name in Expected.model_fields if name in expected.model_fields_set})


def _sent(telling: Telling, case: Case, stage: Stage) -> str:
    return _line({name: value for name, value in _had(telling, case, stage).items() if value is not None})


def _line(fields: dict[str, object]) -> str:
    return "{" + ", ".join(f"{name}: {_written(value)}" for name, value in fields.items()) + "}"


def _written(value: object) -> str:
    if isinstance(value, timedelta):
        return spoken(value)
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def _reasons(rules: RuleSet, case: Case, decisions: list[Decision]) -> Iterator[str]:
    """What each post came to, and what each rule that did not want it lacked."""
    heard: dict[object, int] = {}
    for decision in decisions:
        post = decision.post
        heard[post.story.id] = heard.get(post.story.id, 0) + decision.independent
        judged = post.classification
        topics = ", ".join(topic.name for topic in judged.topics)
        shock = "shock" if judged.shock else "no shock"
        yield f"at {spoken(post.accepted_at - case.start)} “{post.excerpt[:60]}”: {shock}, {judged.urgency}, {topics}"
        yield f"    {decision.reason}"
        for rule in rules.rules:
            for lack in shortfalls(rule, Facts.of(post, heard[post.story.id]), post.accepted_at):
                yield f"    {rule.name}: {lack}"
