"""A digest: what was kept back from a receiver, told together. Its JSON Schema is committed; additive within `v1`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import Field

from foreshock_notify.domain.notification import SOURCE, IncidentData, Kind, Links, Notification
from foreshock_shared.contracts.base import Contract

DIGEST_LIMIT: Final = 100
"""Incidents that one digest carries at most; what is more goes into another at once."""


class DigestItem(Contract):
    """One incident, as it stood when it was last kept back."""

    kind: Kind
    held: str
    """Why it was not told by itself, such as `quiet_hours`, `throttled` or `silenced`."""
    rule: str | None = None
    """The rule that kept it back."""
    decided_at: datetime
    incident: IncidentData


class DigestData(Contract):
    """What a digest tells."""

    receiver: str
    incidents: list[DigestItem] = Field(min_length=1, max_length=DIGEST_LIMIT)
    """The most urgent first."""


class Digest(Contract):
    """The body of a digest, as a webhook has it."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    """The same as the `webhook-id` header, through all retries."""
    source: str = SOURCE
    type: Literal["foreshock.digest.v1"] = "foreshock.digest.v1"
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: DigestData

    def as_notification(self) -> Notification:
        """The same as one notification, for a format without a digest of its own: the first incident, and a headline
        that names them all."""
        items = self.data.incidents
        first = items[0]
        names = "; ".join(f"{item.incident.headline} ({item.incident.status}, {item.held})" for item in items)
        data = first.incident.model_copy(update={"headline": f"Digest of {len(items)}: {names}"})
        return Notification(id=self.id, type=Kind.UPDATED.event, time=self.time, data=data)


def digest_of(ident: UUID, receiver: str, items: Sequence[DigestItem], at: datetime, public_url: str = "") -> Digest:
    """The digest of what was kept back, the most urgent first."""
    base = public_url.rstrip("/")
    shown = [
        item.model_copy(
            update={
                "incident": item.incident.model_copy(
                    update={
                        "posts": item.incident.posts[:1],
                        "links": Links(incident=f"{base}/v1/incidents/{item.incident.incident_id}" if base else None),
                    }
                )
            }
        )
        for item in sorted(items, key=lambda item: (-item.incident.urgency.rank, item.decided_at))
    ]
    return Digest(id=ident, time=at, data=DigestData(receiver=receiver, incidents=shown))
