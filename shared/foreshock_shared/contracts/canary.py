"""The canary: a synthetic shock that travels the whole way, so that its absence tells that the way is broken.

What marks it is its source, `foreshock.canary`, which is reserved: ingest refuses it from everybody but itself. A round
of canaries is one post for each tier below, so that both lanes that posts enter by are tried.

It never reaches people: ingest books it apart from the accepted ledger, the store tries it on the real tables and takes
it back, notify sees it before any rule does. Where it stands on the public stream it is judged `none`, so that a reader
of others who does not know of canaries acts on nothing; one who lists posts leaves out this source.
"""

from typing import Final

from foreshock_shared.contracts.post import Tier

CANARY_SOURCE: Final = "foreshock.canary"

CANARY_TIERS: Final = (Tier.OFFICIAL, Tier.PRESS)
"""One canary of a round has each: the first enters by the urgent lane, the second by the normal one."""


def is_canary(payload: object) -> bool:
    """Whether a payload of any of the events, or a post that was handed in, is a canary."""
    return getattr(payload, "source", None) == CANARY_SOURCE
