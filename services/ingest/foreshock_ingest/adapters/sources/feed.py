"""RSS, Atom and JSON feeds, polled politely.

- Conditional requests (ETag, Last-Modified), and a digest for servers that know neither; an unchanged feed costs no
  parsing. Validators move only with the last page of a poll: whatever breaks off before is fetched again.
- A feed of any length is handed over whole, `PAGE_POSTS` at a time, in the order it has; its size in bytes is bounded.
- 301 and 308: the new address is remembered. 410: the feed is left alone until its configured address changes.
  429 and 503: as long as Retry-After says. Every other failure: longer each time. `ttl` is respected.
- A truncated document gives all items but the last, and is fetched again. Edited items come again as revisions.
- An answer that is no feed (a login page, say) is a failure: nothing is taken and nothing moves.
"""

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, Field
from structlog import get_logger

from foreshock_ingest import metrics
from foreshock_ingest.adapters.sources.reader_process import FeedReader
from foreshock_ingest.adapters.sources.tools import Duration, Tools
from foreshock_ingest.adapters.sources.web import Fetched, Web
from foreshock_ingest.domain import schedule
from foreshock_ingest.domain.feed_items import Origin, posts_of
from foreshock_ingest.domain.source import Page, Source, SourceConfig, Spoilt, State
from foreshock_shared.contracts.base import LanguageTag, Url
from foreshock_shared.contracts.post import PostIn, SourceKind, Tier
from foreshock_shared.runtime.errors import ForeshockError

log = get_logger()

PAGE_POSTS: Final = 500
SPOILT_MOST: Final = 100
"""Items of one poll that are kept as dead letters; a feed that is nothing but spoilt must not fill the server."""
_ACCEPT: Final = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class FeedConfig(SourceConfig):
    """A feed as `sources.yaml` describes it."""

    kind: Literal["feed"]
    url: Url
    tier: Tier = Tier.PRESS
    source_kind: SourceKind = SourceKind.NEWS
    lang: LanguageTag | None = None
    interval: Duration = Field(default=300.0, ge=1)
    allow_private_addresses: bool = False

    def source(self, tools: Tools) -> Source:
        """The feed, ready to be read."""
        return Feed(self, tools.web, tools.reader)


class FeedState(BaseModel):
    """What is remembered of a feed; texts and numbers only, for it lies in a Redis hash."""

    configured: str = ""
    """The address in the configuration that all of this is about."""
    url: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    next_at: float = 0
    failures: int = 0
    error: str = ""
    disabled: str = ""
    spoilt: str = ""
    """Digests of the items of the last poll that are dead letters already."""

    def stored(self) -> State:
        """As strings."""
        return {name: str(value) for name, value in self.model_dump(exclude_defaults=True).items()}


@dataclass(frozen=True, slots=True)
class _Polled:
    """What a poll came to."""

    result: Literal["new", "unchanged", "failed", "gone"]
    state: FeedState
    posts: Sequence[PostIn] = ()
    spoilt: Sequence[Spoilt] = ()


class Feed:
    """One feed."""

    revisions = True

    def __init__(self, config: FeedConfig, web: Web, reader: FeedReader) -> None:
        self._config = config
        self._web = web
        self._reader = reader
        self._origin = Origin(config.name, config.source_kind, config.tier, config.lang)
        self._log = log.bind(source=config.name)

    async def read(self, state: State) -> AsyncIterator[Page]:
        """A page for each `PAGE_POSTS` items of each poll; see `Source`."""
        known = FeedState.model_validate(dict(state))
        if known.configured != self._config.url:
            known = FeedState(configured=self._config.url, url=self._config.url)
        metrics.LAST_ANSWER.labels(self._config.name).set(time.time())
        metrics.FAILING.labels(self._config.name).set(bool(known.failures or known.disabled))
        while not known.disabled:
            await asyncio.sleep(known.next_at - time.time())
            polled = await self._poll(known)
            self._count(polled)
            known = polled.state
            rest = list(polled.posts)
            while len(rest) > PAGE_POSTS:
                yield Page(tuple(rest[:PAGE_POSTS]))
                rest = rest[PAGE_POSTS:]
            yield Page(tuple(rest), tuple(polled.spoilt), known.stored())
        self._log.error("the feed is gone and no longer asked; remove it or give it a new url", reason=known.disabled)

    async def _poll(self, known: FeedState) -> _Polled:
        try:
            answer = await self._web.get(
                known.url, self._conditions(known), allow_private=self._config.allow_private_addresses
            )
            return await self._judge(answer, known)
        except ForeshockError as error:
            return self._failed(known, str(error))

    def _count(self, polled: _Polled) -> None:
        metrics.POLLS.labels(polled.result).inc()
        failing = polled.result in {"failed", "gone"}
        metrics.FAILING.labels(self._config.name).set(failing)
        if not failing:
            metrics.LAST_ANSWER.labels(self._config.name).set(time.time())

    def _conditions(self, known: FeedState) -> dict[str, str]:
        wanted = {"if-none-match": known.etag, "if-modified-since": known.modified}
        return {"accept": _ACCEPT} | {name: value for name, value in wanted.items() if value}

    async def _judge(self, answer: Fetched, known: FeedState) -> _Polled:
        match answer.status:
            case 200:
                return await self._read_feed(answer, known)
            case 304:
                return _Polled("unchanged", self._succeeded(known, answer))
            case 410:
                gone = f"{known.url} answered 410 Gone on {datetime.now(UTC):%Y-%m-%d}"
                return _Polled("gone", known.model_copy(update={"disabled": gone}))
            case 429 | 503:
                wish = schedule.retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
                return self._failed(known, f"answered {answer.status}", wish)
            case status:
                return self._failed(known, f"answered {status}")

    async def _read_feed(self, answer: Fetched, known: FeedState) -> _Polled:
        digest = hashlib.sha256(answer.body).hexdigest()
        if digest == known.digest:
            return _Polled("unchanged", self._succeeded(known, answer))
        document = await self._reader.read(answer.body, answer.headers, answer.url)
        if not document.kind:
            return self._failed(known, "answered 200 with something that is no feed; a login or error page, perhaps")
        posts, spoilt = posts_of(document.items, self._origin, datetime.now(UTC))
        marks = [hashlib.sha256(each.data).hexdigest()[:16] for each in spoilt][:SPOILT_MOST]
        before = set(known.spoilt.split())
        fresh = [each for each, mark in zip(spoilt, marks, strict=False) if mark not in before]
        state = self._succeeded(known, answer, document.ttl).model_copy(update={"spoilt": " ".join(marks)})
        if document.complete:
            validators = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
            state = state.model_copy(update={**validators, "digest": digest})
        else:
            self._log.warning("the feed breaks off; its last item is left for the next time")
        return _Polled("new", state, posts, fresh)

    def _succeeded(self, known: FeedState, answer: Fetched, ttl: float = 0) -> FeedState:
        wait = schedule.after_success(self._config.interval, ttl, random.random())  # noqa: S311  jitter is no secret
        url = answer.moved_to or known.url
        if url != known.url:
            self._log.info("the feed has moved for good", to=url)
        return known.model_copy(update={"url": url, "failures": 0, "error": "", "next_at": time.time() + wait})

    def _failed(self, known: FeedState, error: str, retry_after: float | None = None) -> _Polled:
        failures = known.failures + 1
        jitter = random.random()  # noqa: S311  jitter is no secret
        wait = schedule.after_failure(self._config.interval, failures, retry_after, jitter)
        self._log.warning("the feed could not be read", error=error, failures=failures, again_in=round(wait))
        update = {"failures": failures, "error": error[:300], "next_at": time.time() + wait}
        return _Polled("failed", known.model_copy(update=update))
