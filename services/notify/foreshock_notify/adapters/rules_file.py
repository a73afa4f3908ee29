"""rules.yaml: who is told, and of what. Checked as a whole before anything of it comes into force.

Every fault is reported at once, each with its line, its key, what is wrong and the nearest right word. URLs and signing
secrets may stand in the environment; they are resolved here, and a variable that is not set is a fault like any other.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from foreshock_notify.adapters import yaml_lines
from foreshock_notify.adapters.receiver_entries import ReceiverEntry, TemplateEntry, resolve, wrong
from foreshock_notify.adapters.yaml_lines import Document, Fault
from foreshock_notify.domain.burst import Burst
from foreshock_notify.domain.matchers import Choice
from foreshock_notify.domain.policy import Day, Digest, Quiet, Step, Throttle
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.domain.rules import Rule, RuleSet, When
from foreshock_notify.domain.values import Names
from foreshock_shared.contracts.judgement import Action, Topic, Urgency
from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.errors import ConfigurationError


class CanaryEntry(BaseModel):
    """Who hears that the way is open, as the file has it. How often is a setting of ingest, which sends them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    send_to: Annotated[Names, Field(min_length=1)]


class RulesFile(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    receivers: Annotated[list[ReceiverEntry], Field(max_length=1_000)] = []
    rules: Annotated[list[Rule], Field(max_length=1_000)] = []
    canary: CanaryEntry | None = None


_KEYS: Final[dict[str, type[BaseModel]]] = {
    "receivers": ReceiverEntry,
    "template": TemplateEntry,
    "rules": Rule,
    "when": When,
    "topics": Choice,
    "entities": Choice,
    "burst": Burst,
    "throttle": Throttle,
    "quiet": Quiet,
    "digest": Digest,
    "escalate": Step,
    "canary": CanaryEntry,
}
_BEATING: Final = frozenset({Format.WEBHOOK})
"""Formats in which a heartbeat can be sent."""
_WORDS: Final = {
    "topics": [topic.value for topic in Topic if topic is not Topic.NONE],
    "urgency_at_least": [urgency.value for urgency in Urgency],
    "action": [action.value for action in Action],
    "tier": [tier.value for tier in Tier],
    "days": [day.value for day in Day],
    "format": [form.value for form in Format],
}


def load(path: Path, environment: Mapping[str, str] = os.environ) -> RuleSet:
    """The rules and receivers of a file. Raises ConfigurationError that lists everything that is wrong with it."""
    document, file, faults = _read(path)
    receivers, unresolved = _resolve(document, file, environment)
    if faults or unresolved:
        raise ConfigurationError(_told(path, faults + unresolved))
    return RuleSet(tuple(file.rules), receivers, file.canary.send_to if file.canary else ())


def load_rules(path: Path) -> RuleSet:
    """The rules of a file without receivers and what the environment holds of them: enough to simulate, anywhere.

    Raises as `load` does, for everything but variables.
    """
    _, file, faults = _read(path)
    if faults:
        raise ConfigurationError(_told(path, faults))
    return RuleSet(tuple(file.rules))


def _read(path: Path) -> tuple[Document, RulesFile, list[Fault]]:
    """A file, and what is wrong with its names. Raises ConfigurationError where it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    try:
        document = yaml_lines.read(text)
    except yaml_lines.InvalidYaml as error:
        raise ConfigurationError(_told(path, [error.fault])) from error
    try:
        file = RulesFile.model_validate(document.data if document.data is not None else {})
    except ValidationError as error:
        raise ConfigurationError(_told(path, (_fault(document, e) for e in error.errors()))) from error
    return document, file, _names(document, file) + _heartbeats(document, file)


def _told(path: Path, faults: Iterable[Fault]) -> str:
    lines = (f"{path}:{f.line}: {f.key}{': ' if f.key else ''}{f.reason}" for f in sorted(faults, key=lambda f: f.line))
    return "\n".join(dict.fromkeys(lines))


def _fault(document: Document, error: ErrorDetails) -> Fault:
    return _fault_at(document, error["loc"], _reason(error))


def _key(where: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where).lstrip(".")


def _reason(error: ErrorDetails) -> str:
    where, given = error["loc"], error["input"]
    if error["type"] == "extra_forbidden":
        return f"is no key here{_nearest(str(where[-1]), _keys_at(where))}"
    words = next((_WORDS[step] for step in reversed(where) if isinstance(step, str) and step in _WORDS), [])
    if error["type"] == "enum":
        return f"{given!r} is none of {', '.join(words)}{_nearest(str(given), words)}"
    if error["type"] == "missing":
        return "is missing"
    hint = " (YAML reads yes, no, on and off as true and false: put it in quotes)" if isinstance(given, bool) else ""
    return f"{error['msg'].removeprefix('Value error, ')}{hint}"


def _keys_at(where: tuple[int | str, ...]) -> list[str]:
    around = [step for step in where[:-1] if isinstance(step, str)]
    fields = (_KEYS[around[-1]] if around else RulesFile).model_fields
    return [field.alias or name for name, field in fields.items()]


def _nearest(word: str, words: Iterable[str]) -> str:
    known = list(words)
    close = get_close_matches(word.casefold(), known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known are {', '.join(known)}" if known else ""


def _names(document: Document, file: RulesFile) -> list[Fault]:
    """Names that stand for two things, or for nothing."""
    receivers = [receiver.name for receiver in file.receivers]
    named = {"receivers": receivers, "rules": [rule.name for rule in file.rules]}
    faults = [
        _fault_at(document, (kind, n, "name"), f"{name} is taken; give it another name")
        for kind, names in named.items()
        for n, name in enumerate(names)
        if name in names[:n]
    ]
    faults += [
        _fault_at(document, ("rules", n, *where), f"there is no receiver {name}{_nearest(name, receivers)}")
        for n, rule in enumerate(file.rules)
        for where, name in _receivers_of(rule)
        if name not in receivers
    ]
    return faults


def _heartbeats(document: Document, file: RulesFile) -> list[Fault]:
    """What is wrong with who hears of canaries: they must exist, take heartbeats, and be nobody whom a rule tells."""
    entries = {receiver.name: receiver for receiver in file.receivers}
    telling = {name: rule.name for rule in file.rules for name in rule.receivers}
    faults = []
    for n, name in enumerate(file.canary.send_to if file.canary else ()):
        if name not in entries:
            reason = f"there is no receiver {name}{_nearest(name, entries)}"
        elif entries[name].format not in _BEATING:
            reason = f"{name} is of format {entries[name].format}; a heartbeat is a webhook"
        elif name in telling:
            reason = f"rule {telling[name]} tells {name} of incidents: heartbeats would reach people. Give the service "
            reason += "that watches for them a receiver of its own"
        else:
            continue
        faults.append(_fault_at(document, ("canary", "send_to", n), reason))
    return faults


def _receivers_of(rule: Rule) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Every receiver that a rule names, and where."""
    for n, name in enumerate(rule.send_to):
        yield ("send_to", n), name
    for step_number, step in enumerate(rule.escalate):
        for n, name in enumerate(step.to):
            yield ("escalate", step_number, "to", n), name


def _fault_at(document: Document, where: tuple[int | str, ...], reason: str) -> Fault:
    written = _as_written(document, where)
    return Fault(document.line(written), _key(written), reason)


def _as_written(document: Document, where: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The place as the file has it: of a plain list, which means `any`, that word is not there."""
    return tuple(step for n, step in enumerate(where) if step != "any" or document.has(where[: n + 1]))


def _resolve(
    document: Document, file: RulesFile, environment: Mapping[str, str]
) -> tuple[dict[str, Receiver], list[Fault]]:
    receivers: dict[str, Receiver] = {}
    faults: list[Fault] = []
    for n, entry in enumerate(file.receivers):
        found = list(wrong(entry, environment))
        faults += [_fault_at(document, ("receivers", n, *key), reason) for key, reason in found]
        if not found:
            receivers[entry.name] = resolve(entry, environment)
    return receivers, faults
