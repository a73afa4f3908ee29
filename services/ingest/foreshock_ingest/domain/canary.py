"""The canary's words and its schedule. Pure.

The words must be judged a shock by the classifier that ships, from either of its tiers; a test holds them to that. What
they speak of does not exist, and they say so.
"""

from datetime import datetime, timedelta
from typing import Final

from foreshock_shared.contracts.canary import CANARY_SOURCE, CANARY_TIERS
from foreshock_shared.contracts.post import PostIn, SourceKind, Tier

TEXT: Final = (
    "[Foreshock canary: synthetic, nothing of it is true] By order of the government of Ruritania, access to the "
    "frontier model Canary 5 is suspended for all foreign nationals with immediate effect."
)
_KINDS: Final = {Tier.OFFICIAL: SourceKind.OFFICIAL, Tier.PRESS: SourceKind.NEWS}


def round_at(now: datetime) -> tuple[PostIn, ...]:
    """The canaries of a round that begins now: one for each way in."""
    return tuple(
        PostIn(
            source=CANARY_SOURCE,
            native_id=f"{now.isoformat()}/{tier.value}",
            text=TEXT,
            lang="en",
            created_at=now,
            source_kind=_KINDS[tier],
            tier=tier,
        )
        for tier in CANARY_TIERS
    )


def due_in(last: datetime | None, every: timedelta, now: datetime) -> float:
    """Seconds until the next round is due; never more than `every`, should the clock have been set back."""
    if last is None:
        return 0.0
    return min(max((last + every - now).total_seconds(), 0.0), every.total_seconds())
