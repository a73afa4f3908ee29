"""Templates: how a notification is put into words, by ours or by the ones that a receiver's entry has.

A template is Jinja in its immutable sandbox. It sees what is known of the incident, made harmless, and says text;
`bold(text)` and `link(url, label)` are the only looks there are, the same in every format. It is checked when it is
loaded: its syntax, the names that it uses, and that it can say every kind of notification.
"""

import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from structlog import get_logger

from foreshock_notify.adapters.samples import samples
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Template
from foreshock_notify.domain.wording import Piece, Text, harmless, link, safe_url

log = get_logger()

TITLE: Final = "{{ status | upper }}, {{ urgency }}: {{ headline }}"
BODY: Final = """\
{% if effect %}{{ bold("Effect") }} {{ effect.action }}{% if effect.actor %} by {{ effect.actor }}{% endif %}
{%- if effect.targets %}: {{ effect.targets | join(", ") }}{% endif %}
{%- if effect.audience %}, for {{ effect.audience }}{% endif %} ({{ effect.status }})
{% endif %}{{ bold("Known since") }} {{ first_seen.strftime("%Y-%m-%d %H:%M %Z") }}, by {{ origins }} \
{{ "independent origins" if origins > 1 else "origin" }}; topics: {{ topics | join(", ") }}
{% for post in posts[:3] %}{% if post.url %}{{ link(post.url, post.source) }}{% else %}{{ post.source }}{% endif %} \
({{ post.tier }}): {{ post.text | truncate(400, false, "…") }}
{% endfor %}{% if why.rules %}{{ bold("Why") }} {% for rule in why.rules %}\
{{ rule.name }}{% if rule.because %} ({{ rule.because | join(", ") }}){% endif %}{{ "; " if not loop.last }}\
{% endfor %}
{% endif %}{% if acknowledged_by %}{{ bold("Acknowledged") }} by {{ acknowledged_by }}
{% endif %}{% if links.incident %}{{ link(links.incident, "The incident") }}{% endif %}"""

_NAME: Final = "<template>"
_BOLD, _BOLD_END, _LINK, _LABEL, _LINK_END = "\ue000\ue001\ue002\ue003\ue004"
"""Stand around our own bold and links between rendering and parsing; no text of others holds them (`harmless`)."""

_MARKED: Final = re.compile(
    f"{_BOLD}(?P<bold>[^\ue000-\ue004]*){_BOLD_END}"
    f"|{_LINK}(?P<url>[^\ue000-\ue004]*){_LABEL}(?P<label>[^\ue000-\ue004]*){_LINK_END}"
)
_FORBIDDEN: Final = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


class TemplateFault(Exception):
    """A template that cannot be used. `line` counts within the template, from 1; 0 where it is not known."""

    def __init__(self, key: str, line: int, reason: str) -> None:
        super().__init__(reason)
        self.key = key
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """A notification in words."""

    title: str
    body: Text


class Wording:
    """Puts notifications into words. Raises TemplateFault when it is made of templates that cannot be used."""

    def __init__(self, template: Template) -> None:
        self._title = _compile("title", template.title or TITLE)
        self._body = _compile("body", template.body or BODY)
        self._custom = template != Template()
        if self._custom:
            for sample in samples():
                _try("title", self._title, sample)
                _try("body", self._body, sample)

    def write(self, notification: Notification) -> Message:
        """The message. A template that fails after all gives way to ours: it is no reason to tell nothing."""
        try:
            return _message(self._title, self._body, notification)
        except Exception:
            if not self._custom:
                raise
            log.exception("a template of the rules file failed; the message is in our own words")
            return _message(_OURS._title, _OURS._body, notification)  # noqa: SLF001  of the same class


def _message(title: jinja2.Template, body: jinja2.Template, notification: Notification) -> Message:
    facts = _facts(notification)
    heading = "".join(piece.text for piece in _pieces(title.render(facts)))
    return Message(harmless(heading) or "Foreshock", tuple(_pieces(body.render(facts))))


def _facts(notification: Notification) -> dict[str, Any]:
    """What a template sees: every text made harmless, every URL safe or None."""
    data = notification.data.model_dump(mode="python")
    facts: dict[str, Any] = _seen(data)
    facts.setdefault("acknowledged_by", None)
    facts["kind"] = notification.type.split(".")[2]
    facts["decided_at"] = notification.time
    return facts


def _seen(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, Mapping):
        return {
            key: safe_url(each) if key in {"url", "incident"} and isinstance(each, str) else _seen(each)
            for key, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_seen(each) for each in value]
    if value is None or isinstance(value, (bool, int, float, datetime)):
        return value
    return str(value)


def _bold(text: object) -> str:
    return f"{_BOLD}{harmless(str(text))}{_BOLD_END}"


def _link(url: object, label: object = "") -> str:
    safe = safe_url(url) if isinstance(url, str) else None
    words = harmless(str(label))
    return f"{_LINK}{safe}{_LABEL}{words}{_LINK_END}" if safe else words


def _pieces(rendered: str) -> Iterator[Piece]:
    """The pieces of a rendered template, without empty lines."""
    whole = "\n".join(line.strip() for line in rendered.splitlines() if line.strip())
    at = 0
    for found in _MARKED.finditer(whole):
        yield from _text(whole[at : found.start()])
        if found["bold"] is not None:
            yield Piece(found["bold"], bold=True)
        else:
            yield link(found["url"], found["label"])
        at = found.end()
    yield from _text(whole[at:])


def _text(written: str) -> Iterator[Piece]:
    """Literal text, as it stands between our own pieces: spaces at its ends stay."""
    words = harmless(written, lines=True)
    if not written:
        return
    before, after = written[: len(written) - len(written.lstrip())], written[len(written.rstrip()) :]
    yield Piece(f"{before}{words}{after}" if words else before)


def _compile(key: str, source: str) -> jinja2.Template:
    try:
        tree = _ENVIRONMENT.parse(source, filename=_NAME)
        _check_names(key, tree)
        return _ENVIRONMENT.from_string(tree)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateFault(key, error.lineno, f"is no template: {error.message}") from error
    except (RecursionError, ValueError) as error:
        raise TemplateFault(key, 0, f"is no template: {error}") from error


def _check_names(key: str, tree: nodes.Template) -> None:
    for foreign in tree.find_all(_FORBIDDEN):
        raise TemplateFault(key, foreign.lineno, "cannot take in other templates: write it out here")
    unknown = meta.find_undeclared_variables(tree) - VARIABLES - _ENVIRONMENT.globals.keys()
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            raise TemplateFault(key, name.lineno, f"there is no {name.name}; known are {', '.join(sorted(VARIABLES))}")


def _try(key: str, template: jinja2.Template, sample: Notification) -> None:
    try:
        template.render(_facts(sample))
    except Exception as error:
        frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _NAME]
        kind, effect = sample.type.split(".")[2], "an" if sample.data.effect else "no"
        reason = f"fails for a notification of kind {kind} with {effect} effect: {error}"
        raise TemplateFault(key, (frames[-1] if frames else 0) or 0, reason) from error


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, finalize=lambda value: "" if value is None else value, autoescape=False
    )
    environment.globals.clear()
    environment.globals.update(bold=_bold, link=_link)
    return environment


_ENVIRONMENT: Final = _environment()
VARIABLES: Final = frozenset(_facts(samples()[0]))
"""What a template may name."""

_OURS: Final = Wording(Template())
