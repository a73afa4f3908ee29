"""rules.yaml: who is told, and of what. Checked as a whole before anything of it comes into force.

Every fault is reported at once, each with its line, its key, what is wrong and the nearest right word. URLs and signing
secrets may stand in the environment; they are resolved here, and a variable that is not set is a fault like any other.
"""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from foreshock_notify.adapters import yaml_lines
from foreshock_notify.adapters.receiver_entries import ReceiverEntry, resolve, wrong
from foreshock_notify.adapters.yaml_lines import Document, Fault
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.domain.rules import Rule, RuleSet, When
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.errors import ConfigurationError


class RulesFile(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    receivers: Annotated[list[ReceiverEntry], Field(max_length=1_000)] = []
    rules: Annotated[list[Rule], Field(max_length=1_000)] = []


_KEYS: Final[dict[str, type[BaseModel]]] = {"receivers": ReceiverEntry, "rules": Rule, "when": When}
_WORDS: Final = {
    "topics": [topic.value for topic in Topic if topic is not Topic.NONE],
    "urgency_at_least": [urgency.value for urgency in Urgency],
    "tier": [tier.value for tier in Tier],
    "format": [form.value for form in Format],
}


def load(path: Path, environment: Mapping[str, str] = os.environ) -> RuleSet:
    """The rules and receivers of a file. Raises ConfigurationError that lists everything that is wrong with it."""
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
    receivers, faults = _resolve(document, file, environment)
    faults += _names(document, file)
    if faults:
        raise ConfigurationError(_told(path, faults))
    return RuleSet(tuple(file.rules), receivers)


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
    named = [step for step in where if isinstance(step, str)]
    if error["type"] == "enum" and named:
        words = _WORDS.get(named[-1], [])
        return f"{given!r} is none of {', '.join(words)}{_nearest(str(given), words)}"
    if error["type"] == "missing":
        return "is missing"
    hint = " (YAML reads yes, no, on and off as true and false: put it in quotes)" if isinstance(given, bool) else ""
    return f"{error['msg'].removeprefix('Value error, ')}{hint}"


def _keys_at(where: tuple[int | str, ...]) -> list[str]:
    around = [step for step in where[:-1] if isinstance(step, str)]
    return list((_KEYS[around[-1]] if around else RulesFile).model_fields)


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
        _fault_at(document, ("rules", n, "send_to", m), f"there is no receiver {name}{_nearest(name, receivers)}")
        for n, rule in enumerate(file.rules)
        for m, name in enumerate(rule.send_to)
        if name not in receivers
    ]
    return faults


def _fault_at(document: Document, where: tuple[int | str, ...], reason: str) -> Fault:
    return Fault(document.line(where), _key(where), reason)


def _resolve(
    document: Document, file: RulesFile, environment: Mapping[str, str]
) -> tuple[dict[str, Receiver], list[Fault]]:
    receivers: dict[str, Receiver] = {}
    faults: list[Fault] = []
    for n, entry in enumerate(file.receivers):
        found = list(wrong(entry, environment))
        faults += [_fault_at(document, ("receivers", n, key), reason) for key, reason in found]
        if not found:
            receivers[entry.name] = resolve(entry, environment)
    return receivers, faults
