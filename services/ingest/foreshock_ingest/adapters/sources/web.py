"""Fetching from servers that are not ours: politely, with every hop checked, and no more than was agreed.

Redirects are followed here, at most five, each through the guard on private addresses. One request at a time goes to a
host, with a pause after it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx2

from foreshock_ingest.domain.bounded import BoundedBody, TooLarge
from foreshock_shared.runtime.egress import PinnedTransport
from foreshock_shared.runtime.errors import ForeshockError, PermanentError, RetryableError

REDIRECTS_MOST: Final = 5
BODY_MOST: Final = 10_000_000
TOTAL_SECONDS: Final = 60.0
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD: Final = frozenset({301, 308})
_HEADERS: Final = {"user-agent": "Foreshock/0.1 (feed reader)", "accept-encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A final answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    """Where it came from, after redirects."""
    moved_to: str | None
    """The address to ask in future: set when every redirect up to it was meant for good."""


@dataclass(slots=True)
class _Host:
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0


@dataclass(slots=True)
class Web:
    """The open web as our sources see it."""

    pause: float = 1.0
    """Seconds that a host is left alone after an answer."""
    total_seconds: float = TOTAL_SECONDS
    _clients: dict[bool, httpx2.AsyncClient] = field(default_factory=dict)
    _hosts: dict[str, _Host] = field(default_factory=lambda: defaultdict(_Host))

    async def get(self, url: str, headers: Mapping[str, str], *, allow_private: bool) -> Fetched:
        """The answer to a GET. Raises an error of ours that says what went wrong, never one of the client's."""
        try:
            async with asyncio.timeout(self.total_seconds):
                return await self._follow(url, headers, allow_private)
        except TimeoutError as error:
            raise RetryableError(f"no complete answer within {self.total_seconds:g} s") from error
        except ForeshockError:
            raise
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise RetryableError(f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()

    async def _follow(self, url: str, headers: Mapping[str, str], allow_private: bool) -> Fetched:
        moved_to: str | None = None
        for_good = True
        for _ in range(REDIRECTS_MOST + 1):
            status, answer, body = await self._once(url, headers, allow_private)
            location = answer.get("location")
            if status not in _MOVED or not location:
                return Fetched(status, answer, body, url, moved_to)
            target = httpx2.URL(url).join(location)
            if target.scheme not in {"http", "https"}:
                raise PermanentError(f"a redirect to {target.scheme[:20]}: is not followed")
            url = str(target)
            for_good = for_good and status in _FOR_GOOD
            moved_to = url if for_good else moved_to
        raise PermanentError(f"more than {REDIRECTS_MOST} redirects")

    async def _once(
        self, url: str, headers: Mapping[str, str], allow_private: bool
    ) -> tuple[int, Mapping[str, str], bytes]:
        host = self._hosts[httpx2.URL(url).host]
        clock = asyncio.get_running_loop().time
        async with host.alone:
            await asyncio.sleep(host.free_at - clock())
            try:
                return await self._request(url, headers, allow_private)
            finally:
                host.free_at = clock() + self.pause

    async def _request(
        self, url: str, headers: Mapping[str, str], allow_private: bool
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._client(allow_private).stream("GET", url, headers={**_HEADERS, **headers}) as answer:
            encoding = answer.headers.get("content-encoding", "identity").strip().lower()
            if encoding not in {"gzip", "x-gzip", "identity", ""}:
                raise PermanentError(f"an answer in the encoding {encoding[:30]!r}, which was not asked for")
            body = BoundedBody(BODY_MOST, gzip=encoding.endswith("gzip"))
            try:
                async for piece in answer.aiter_raw():
                    body.feed(piece)
            except TooLarge as error:
                raise PermanentError(f"an answer of {error}") from error
            return answer.status_code, dict(answer.headers), body.finish()

    def _client(self, allow_private: bool) -> httpx2.AsyncClient:
        if allow_private not in self._clients:
            self._clients[allow_private] = httpx2.AsyncClient(
                transport=PinnedTransport(allow_private),
                timeout=httpx2.Timeout(20.0, connect=10.0),
                trust_env=False,
                follow_redirects=False,
            )
        return self._clients[allow_private]
