"""How each kind of receiver is told: one file a kind, behind one small protocol.

To add a kind: a member of `domain.receivers.Format`, a file that makes a `Channel`, a line in `_KINDS`, and a line in
`adapters.receiver_entries` that says what its entry needs.
"""

import ssl
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Protocol, runtime_checkable

from foreshock_notify.adapters.receivers import alertmanager, apprise, discord, pagerduty, slack, teams, webhook
from foreshock_notify.adapters.receivers.channel import Channel, Handle
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.domain.retry import Answer

__all__ = ["Channel", "Handle", "Refreshed", "open_channel"]


@runtime_checkable
class Refreshed(Protocol):
    """A channel whose messages lapse unless they are repeated for as long as their incident is open."""

    refresh_every: timedelta

    async def refresh(self, bodies: Sequence[bytes]) -> Answer:
        """Repeat what was delivered before."""
        ...


_KINDS: Final[dict[Format, Callable[[Receiver, ssl.SSLContext], Channel]]] = {
    Format.WEBHOOK: webhook.channel,
    Format.SLACK: slack.channel,
    Format.DISCORD: discord.channel,
    Format.TEAMS: teams.channel,
    Format.PAGERDUTY: pagerduty.Integration,
    Format.ALERTMANAGER: alertmanager.Alertmanager,
    Format.ALERTMANAGER_WEBHOOK: alertmanager.webhook_channel,
    Format.APPRISE: apprise.Apprise,
}


def open_channel(receiver: Receiver, tls: ssl.SSLContext) -> Channel:
    """The channel of a receiver, by its format."""
    return _KINDS[receiver.format](receiver, tls)
