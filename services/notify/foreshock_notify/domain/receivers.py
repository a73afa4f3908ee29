"""Receivers: who is told, and in which form."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import SecretStr

CONCURRENCY: Final = 4
"""Deliveries that are under way to one receiver at the same time, where its entry does not say."""


class Format(StrEnum):
    """How a receiver wants to be told; each has its adapter."""

    WEBHOOK = "webhook"
    SLACK = "slack"
    DISCORD = "discord"
    TEAMS = "teams"
    PAGERDUTY = "pagerduty"
    ALERTMANAGER = "alertmanager"
    ALERTMANAGER_WEBHOOK = "alertmanager_webhook"
    APPRISE = "apprise"

    @property
    def keeps_open(self) -> bool:
        """Whether the receiver keeps something open for an incident, and so must hear that it is over."""
        return self in {Format.PAGERDUTY, Format.ALERTMANAGER, Format.ALERTMANAGER_WEBHOOK}


@dataclass(frozen=True, slots=True)
class Template:
    """The words of a message in place of ours, as Jinja templates; None keeps ours."""

    title: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told, ready to be used: its variables are resolved."""

    name: str
    format: Format
    url: SecretStr
    secrets: tuple[SecretStr, ...] = ()
    """Each signs every message: two during a rotation."""
    allow_private_addresses: bool = False
    token: SecretStr | None = None
    """What we are known by where the URL alone does not say: a bot's token, a routing key, a bearer token."""
    channel: str | None = None
    template: Template = Template()
    concurrency: int = CONCURRENCY

    @property
    def shows_who_acknowledged(self) -> bool:
        """Whether it can be told who has taken an incident on in a way that rouses nobody."""
        return self.format is Format.PAGERDUTY or (self.format is Format.SLACK and self.token is not None)

    @property
    def identity(self) -> str:
        """What makes it another receiver under the same name: it is a secret, to be hashed."""
        token = self.token.get_secret_value() if self.token else ""
        return "\n".join(part for part in (self.url.get_secret_value(), token, self.channel or "") if part)
