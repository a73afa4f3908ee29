"""The receivers of rules.yaml: what an entry may say, what is wrong with it, and the receiver that it stands for.

URLs, secrets and tokens may stand in the environment; a variable that is not set is a fault like any other. What each
format asks for, and what it would leave unused, stands in `_FORMS`.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from foreshock_notify.adapters.receivers import apprise, pagerduty, slack
from foreshock_notify.adapters.templates import TemplateFault, Wording
from foreshock_notify.domain.receivers import CONCURRENCY, Format, Receiver, Template
from foreshock_notify.domain.rules import RuleName

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  the prefix is no secret
SECRET_BYTES: Final = range(24, 65)

_EXAMPLE: Final = f"make one with: echo {SECRET_PREFIX}$(head -c 32 /dev/urandom | base64)"

Wrong: TypeAlias = tuple[tuple[str, ...], str]
"""Where in an entry something is wrong, and what."""

TemplateText: TypeAlias = Annotated[str, Field(min_length=1, max_length=20_000)]


class TemplateEntry(BaseModel):
    """Words in place of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: TemplateText | None = None
    body: TemplateText | None = None


class ReceiverEntry(BaseModel):
    """A receiver as the file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: RuleName
    format: Format = Format.WEBHOOK
    url: str | None = None
    url_env: str | None = None
    secret_env: str | None = None
    token_env: str | None = None
    channel: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    template: TemplateEntry | None = None
    concurrency: Annotated[int, Field(ge=1, le=64)] = CONCURRENCY
    """Deliveries that are under way at the same time; of one incident it is always one."""
    allow_private_addresses: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """What a format makes of an entry beside its name and URL."""

    uses: frozenset[str]
    needs: frozenset[str] = frozenset()
    url: str = ""
    """Where it is sent to, unless the entry says otherwise."""


_WORDS: Final = frozenset({"template"})
_FORMS: Final = {
    Format.WEBHOOK: _Form(frozenset({"secret_env"}), frozenset({"secret_env"})),
    Format.SLACK: _Form(_WORDS),
    Format.DISCORD: _Form(_WORDS),
    Format.TEAMS: _Form(_WORDS),
    Format.PAGERDUTY: _Form(_WORDS | {"token_env"}, frozenset({"token_env"}), pagerduty.URL),
    Format.ALERTMANAGER: _Form(_WORDS | {"token_env"}),
    Format.ALERTMANAGER_WEBHOOK: _Form(_WORDS | {"token_env", "secret_env"}),
    Format.APPRISE: _Form(_WORDS),
}
_SLACK_BOT: Final = _Form(_WORDS | {"token_env", "channel"}, frozenset({"token_env", "channel"}), slack.API)
_OPTIONAL: Final = ("secret_env", "token_env", "channel", "template")
_MISSING: Final = {
    "secret_env": f"is missing: webhooks are signed. Name an environment variable for the secret; {_EXAMPLE}",
    "token_env": "is missing: name the environment variable that holds the token (pagerduty: the integration's key)",
    "channel": "is missing: a bot must know where to post. Give a channel's id, or leave token_env out and give url",
}


def wrong(entry: ReceiverEntry, environment: Mapping[str, str]) -> Iterator[Wrong]:
    """What keeps an entry from being used."""
    form = _form(entry)
    given = {key for key in _OPTIONAL if getattr(entry, key) is not None}
    for key in sorted(given - form.uses):
        yield (key,), f"does nothing for the format {entry.format.value}; leave it out"
    for key in sorted(form.needs - given):
        yield (key,), _MISSING[key]
    yield from _wrong_url(entry, form, environment)
    if entry.secret_env is not None and "secret_env" in form.uses:
        yield from _wrong_secret(entry.secret_env, environment)
    if entry.token_env is not None and not environment.get(entry.token_env, "").strip():
        yield ("token_env",), f"the environment variable {entry.token_env} is not set; set it to the token"
    yield from _wrong_template(entry)


def resolve(entry: ReceiverEntry, environment: Mapping[str, str]) -> Receiver:
    """The receiver of an entry that nothing is wrong with."""
    template = entry.template or TemplateEntry()
    return Receiver(
        name=entry.name,
        format=entry.format,
        url=SecretStr(_url(entry, _form(entry), environment)),
        secrets=tuple(map(SecretStr, environment.get(entry.secret_env or "", "").split())),
        allow_private_addresses=entry.allow_private_addresses,
        token=SecretStr(environment[entry.token_env].strip()) if entry.token_env else None,
        channel=entry.channel,
        template=Template(template.title, template.body),
        concurrency=entry.concurrency,
    )


def _form(entry: ReceiverEntry) -> _Form:
    bot = entry.format is Format.SLACK and (entry.token_env is not None or entry.channel is not None)
    return _SLACK_BOT if bot else _FORMS[entry.format]


def _wrong_url(entry: ReceiverEntry, form: _Form, environment: Mapping[str, str]) -> Iterator[Wrong]:
    key = "url" if entry.url_env is None else "url_env"
    if (entry.url is not None and entry.url_env is not None) or not (entry.url or entry.url_env or form.url):
        yield ("url",), "give either url or url_env (the name of an environment variable that holds it)"
    elif entry.url_env is not None and not environment.get(entry.url_env):
        yield ("url_env",), f"the environment variable {entry.url_env} is not set; set it to the receiver's URL"
    elif entry.format is Format.APPRISE:
        if entry.url is not None:
            yield ("url",), "an Apprise URL holds credentials: put it into the environment and name it in url_env"
        elif not apprise.is_url(_url(entry, form, environment)):
            yield (key,), "is no URL that Apprise knows, such as mailtos://user:password@example.org"
    elif not _url(entry, form, environment).startswith(("http://", "https://")):
        yield (key,), "must be an http:// or https:// URL"


def _wrong_secret(name: str, environment: Mapping[str, str]) -> Iterator[Wrong]:
    secrets = environment.get(name, "").split()
    if not secrets:
        yield ("secret_env",), f"the environment variable {name} is not set; {_EXAMPLE}"
    elif not all(map(_usable, secrets)):
        bounds = f"{SECRET_BYTES.start} to {SECRET_BYTES.stop - 1} bytes"
        yield ("secret_env",), f"{name} holds no secret of {bounds} in base64; {_EXAMPLE}"


def _wrong_template(entry: ReceiverEntry) -> Iterator[Wrong]:
    if entry.template is None:
        return
    for template in (Template(title=entry.template.title), Template(body=entry.template.body)):
        try:
            Wording(template)
        except TemplateFault as fault:
            where = f" (line {fault.line} of the template)" if fault.line else ""
            yield ("template", fault.key), f"{fault.reason}{where}"


def _url(entry: ReceiverEntry, form: _Form, environment: Mapping[str, str]) -> str:
    return (entry.url or environment.get(entry.url_env or "") or form.url).strip()


def _usable(secret: str) -> bool:
    plain = secret.removeprefix(SECRET_PREFIX)
    try:
        return len(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)) in SECRET_BYTES
    except (binascii.Error, ValueError):
        return False
