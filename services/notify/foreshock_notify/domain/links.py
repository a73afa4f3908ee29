"""Signed links: who has been sent one may acknowledge that incident, for a week, and nothing else.

The signature is an HMAC over purpose, incident and expiry. The key is made from another secret for this purpose alone,
so that a link tells nothing of that secret.
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

GOOD_FOR: Final = timedelta(days=7)
_PURPOSE: Final = b"foreshock acknowledge v1"


def link_key(secret: str) -> bytes:
    """The key of links, made from a secret."""
    return hmac.digest(secret.encode(), _PURPOSE, "sha256")


def acknowledge_path(incident: UUID, at: datetime, key: bytes) -> str:
    """Path and query of the page that acknowledges an incident, for a link that is sent `at`."""
    expires = int((at + GOOD_FOR).timestamp())
    return f"/acknowledge/{incident}?expires={expires}&signature={_sign(incident, expires, key)}"


def may_acknowledge(incident: UUID, expires: int, signature: str, key: bytes, now: datetime) -> bool:
    """Whether a link is ours and still good. Compared in constant time."""
    genuine = hmac.compare_digest(_sign(incident, expires, key).encode(), signature.encode("utf-8", "replace"))
    return genuine and now.astimezone(UTC).timestamp() < expires


def _sign(incident: UUID, expires: int, key: bytes) -> str:
    return hmac.new(key, f"{incident}.{expires}".encode(), sha256).hexdigest()
