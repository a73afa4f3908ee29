"""One request to somebody whose address somebody else chose, and what came back: what all formats over HTTP share.

The address is checked after resolution and pinned, redirects are not followed, the environment's proxies are not used;
an answer is waited for `TIMEOUT` in all and read up to `ANSWER_LIMIT`. No error that leaves here holds the URL, which
may be a secret.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

import httpx2

from foreshock_notify.domain.retry import Answer, Reason
from foreshock_shared.runtime.egress import PinnedTransport
from foreshock_shared.runtime.errors import ForeshockError, PermanentError

TIMEOUT: Final = 15.0
ANSWER_LIMIT: Final = 65_536
_TOLD: Final = 300
"""Characters of an answer that are kept for whoever asks why it failed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered."""

    status: int
    retry_after: timedelta | None
    body: bytes

    def answer(self, said: Reason | None = None, error: str = "") -> Answer:
        """The answer by its status, or by what the adapter has read in it."""
        text = self.body[:_TOLD].decode("utf-8", "replace").replace("\x00", "�")
        plain = Answer(self.status, self.retry_after, said=said)
        if plain.reason is Reason.OK:
            return Answer(self.status, said=said)
        return Answer(self.status, self.retry_after, (error or f"answered {self.status}: {text}")[:_TOLD], said)

    def json(self) -> Mapping[str, Any]:
        """The body, where it is a JSON object; nothing where it is anything else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class Reader(Protocol):
    """What an answer of one kind of receiver means."""

    def __call__(self, reply: Reply, /) -> Answer: ...


def by_status(reply: Reply) -> Answer:
    """Its status says everything."""
    return reply.answer()


class Wire:
    """The way to one receiver."""

    def __init__(self, tls: ssl.SSLContext, *, allow_private_addresses: bool) -> None:
        self._client = httpx2.AsyncClient(
            transport=PinnedTransport(allow_private_addresses, tls=tls),
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, read: Reader = by_status) -> Answer:
        """POST it and see what comes back. Never raises for what a receiver or the way to it does."""
        try:
            async with (
                asyncio.timeout(TIMEOUT),
                self._client.stream("POST", url, headers=dict(headers), content=body) as response,
            ):
                said = await _begin(response)
        except (TimeoutError, httpx2.TimeoutException):
            return Answer(error=f"no answer within {TIMEOUT:.0f} s", said=Reason.TIMEOUT)
        except PermanentError as error:
            return Answer(error=str(error), said=Reason.FORBIDDEN_ADDRESS)
        except ForeshockError as error:
            return Answer(error=str(error))
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            return Answer(error=f"{type(error).__name__}: {error}".replace(url, "the URL"))
        return read(Reply(response.status_code, retry_after(response.headers.get("retry-after")), said))

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


async def _begin(response: httpx2.Response) -> bytes:
    """The beginning of an answer, as sent: nothing is decompressed."""
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= ANSWER_LIMIT:
            break
    return read[:ANSWER_LIMIT]


def retry_after(value: str | None) -> timedelta | None:
    """What a receiver asks for, in seconds or as a date; nothing where it is neither."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return timedelta(seconds=min(int(value.strip()[:9]), 86_400))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(aware - datetime.now(UTC), timedelta(0))
