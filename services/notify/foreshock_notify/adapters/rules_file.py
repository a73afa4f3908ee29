"""rules.yaml: who is told, and of what. Checked as a whole before anything of it comes into force.

Every fault is reported at once, each with its line, its key, what is wrong and the nearest right word. URLs and signing
secrets may stand in the environment; they are resolved here, and a variable that is not set is a fault like any other.
"""

import base64
import binascii
import os
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from foreshock_notify.adapters import yaml_lines
from foreshock_notify.adapters.yaml_lines import Document, Fault
from foreshock_notify.domain.rules import Format, Receiver, Rule, RuleName, RuleSet, When
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.errors import ConfigurationError

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  the prefix is no secret
SECRET_BYTES: Final = range(24, 65)

_EXAMPLE: Final = f"make one with: echo {SECRET_PREFIX}$(head -c 32 /dev/urandom | base64)"


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ReceiverEntry(BaseModel):
    """A receiver as the file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: RuleName
    url: str | None = None
    url_env: str | None = None
    secret_env: str | None = None
    format: Format = Format.WEBHOOK
    allow_private_addresses: bool = False


class CanaryEntry(BaseModel):
    """Who hears that the way is open, as the file has it. How often is a setting of ingest, which sends them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    send_to: Annotated[tuple[RuleName, ...], Field(min_length=1), BeforeValidator(_several)]


class RulesFile(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    receivers: Annotated[list[ReceiverEntry], Field(max_length=1_000)] = []
    rules: Annotated[list[Rule], Field(max_length=1_000)] = []
    canary: CanaryEntry | None = None


_KEYS: Final[dict[str, type[BaseModel]]] = {
    "receivers": ReceiverEntry,
    "rules": Rule,
    "when": When,
    "canary": CanaryEntry,
}
_BEATING: Final = frozenset({Format.WEBHOOK})
"""Formats in which a heartbeat can be sent."""
_WORDS: Final = {
    "topics": [topic.value for topic in Topic if topic is not Topic.NONE],
    "urgency_at_least": [urgency.value for urgency in Urgency],
    "tier": [tier.value for tier in Tier],
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


def _heartbeats(document: Document, file: RulesFile) -> list[Fault]:
    """What is wrong with who hears of canaries: they must exist, take heartbeats, and be nobody whom a rule tells."""
    entries = {receiver.name: receiver for receiver in file.receivers}
    telling = {name: rule.name for rule in file.rules for name in rule.send_to}
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


def _fault_at(document: Document, where: tuple[int | str, ...], reason: str) -> Fault:
    return Fault(document.line(where), _key(where), reason)


def _resolve(
    document: Document, file: RulesFile, environment: Mapping[str, str]
) -> tuple[dict[str, Receiver], list[Fault]]:
    receivers: dict[str, Receiver] = {}
    faults: list[Fault] = []
    for n, entry in enumerate(file.receivers):
        wrong = list(_wrong(entry, environment))
        faults += [_fault_at(document, ("receivers", n, key), reason) for key, reason in wrong]
        if not wrong:
            receivers[entry.name] = _receiver(entry, environment)
    return receivers, faults


def _wrong(entry: ReceiverEntry, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What keeps an entry from being used: the key, and why."""
    if (entry.url is None) == (entry.url_env is None):
        yield "url", "give either url or url_env (the name of an environment variable that holds it)"
    elif entry.url_env is not None and not environment.get(entry.url_env):
        yield "url_env", f"the environment variable {entry.url_env} is not set; set it to the receiver's URL"
    elif not _url(entry, environment).startswith(("http://", "https://")):
        yield "url" if entry.url_env is None else "url_env", "must be an http:// or https:// URL"
    if entry.secret_env is None:
        yield "secret_env", f"is missing: webhooks are signed. Name an environment variable for the secret; {_EXAMPLE}"
    elif not environment.get(entry.secret_env, "").split():
        yield "secret_env", f"the environment variable {entry.secret_env} is not set; {_EXAMPLE}"
    elif not all(map(_usable, environment[entry.secret_env].split())):
        bounds = f"{SECRET_BYTES.start} to {SECRET_BYTES.stop - 1} bytes"
        yield "secret_env", f"{entry.secret_env} holds no secret of {bounds} in base64; {_EXAMPLE}"


def _receiver(entry: ReceiverEntry, environment: Mapping[str, str]) -> Receiver:
    secrets = environment[entry.secret_env or ""].split()
    return Receiver(
        name=entry.name,
        format=entry.format,
        url=SecretStr(_url(entry, environment)),
        secrets=tuple(map(SecretStr, secrets)),
        allow_private_addresses=entry.allow_private_addresses,
    )


def _url(entry: ReceiverEntry, environment: Mapping[str, str]) -> str:
    return (entry.url or environment[entry.url_env or ""]).strip()


def _usable(secret: str) -> bool:
    plain = secret.removeprefix(SECRET_PREFIX)
    try:
        return len(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)) in SECRET_BYTES
    except (binascii.Error, ValueError):
        return False
