"""When a feed is asked again. Pure; `jitter` in 0..1 comes from outside."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

DAY: Final = 86_400.0
BACKOFF_MOST: Final = 6 * 3_600.0


def after_success(interval: float, ttl: float, jitter: float) -> float:
    """Seconds until the next poll: the interval, or the feed's own `ttl` if longer, and up to a tenth more."""
    return max(interval, min(ttl, DAY)) * (1 + 0.1 * jitter)


def after_failure(interval: float, failures: int, retry_after: float | None, jitter: float) -> float:
    """Seconds until a failed feed is asked again.

    The server's own wish counts, up to a day; else the wait doubles with each failure in a row, up to six hours.
    """
    if retry_after is not None:
        return min(max(retry_after, interval), DAY) * (1 + 0.1 * jitter)
    doubled = interval * 2.0 ** min(failures, 10)
    return max(interval, min(doubled, BACKOFF_MOST)) * (0.9 + 0.2 * jitter)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, whether as a number or as a date; None if it says nothing."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
