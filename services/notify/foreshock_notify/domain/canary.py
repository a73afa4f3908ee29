"""What the canaries that have come through say: is every way open, and who is to hear of it? Pure.

A round is one canary of each tier. The way is known to be open up to the acceptance of the latest canary of that tier
whose latest is the oldest; whenever that moment moves on, a heartbeat is due. A canary that took longer than `IN_TIME`
proves nothing that early warning is good for and earns none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias
from uuid import UUID, uuid5

from pydantic import Field

from foreshock_notify.domain.notification import SOURCE
from foreshock_shared.contracts.base import Contract
from foreshock_shared.contracts.canary import CANARY_TIERS
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.post import Tier

IN_TIME: Final = timedelta(minutes=5)
HEARTBEAT: Final = "foreshock.canary.v1"
_HEARTBEATS: Final = UUID("0d6c9a3e-54f1-5a5b-8a5f-5b8b1f0e7c13")

Heard: TypeAlias = Mapping[Tier, datetime]
"""Of each tier, when the latest canary that has come through was accepted."""


@dataclass(frozen=True, slots=True)
class Round:
    """What is known after some canaries more."""

    heard: Heard
    open_at: datetime | None = None
    """The moment for which a heartbeat is due; None where there is none."""


def listen(before: Heard, canaries: Iterable[PostStored], now: datetime) -> Round:
    """What these canaries add. Those that come again, or late, add nothing."""
    after = dict(before)
    for canary in canaries:
        after[canary.tier] = max(canary.accepted_at, after.get(canary.tier, canary.accepted_at))
    was, now_open = open_at(before), open_at(after)
    news = now_open is not None and (was is None or now_open > was)
    return Round(after, now_open if news and now_open is not None and now - now_open <= IN_TIME else None)


def open_at(heard: Heard) -> datetime | None:
    """The latest moment for which every way is known to be open."""
    return min(heard[tier] for tier in CANARY_TIERS) if all(tier in heard for tier in CANARY_TIERS) else None


class HeartbeatData(Contract):
    """When the round was accepted that has come through, and how long it took."""

    accepted_at: datetime
    seen_at: datetime
    milliseconds: int = Field(ge=0)


class Heartbeat(Contract):
    """What a dead-man's switch is sent while all is well: a CloudEvent. That it comes is what it says."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = SOURCE
    type: Literal["foreshock.canary.v1"] = HEARTBEAT
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: HeartbeatData


def heartbeat(receiver: str, accepted_at: datetime, now: datetime) -> Heartbeat:
    """The heartbeat of a round for a receiver; its id is the same however often it is sent."""
    took = max(now - accepted_at, timedelta(0)) // timedelta(milliseconds=1)
    return Heartbeat(
        id=uuid5(_HEARTBEATS, f"{receiver}/{accepted_at.isoformat()}"),
        time=now,
        data=HeartbeatData(accepted_at=accepted_at, seen_at=now, milliseconds=took),
    )
