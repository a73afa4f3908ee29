"""A recorded stream: JSON Lines, plain or gzip, with its time gaps divided by a speed.

The cursor is the number of lines done. A line that is no post goes to the dead letters with its reason. A post without
a date comes at once after the one before it.
"""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

from pydantic import Field

from foreshock_ingest.adapters.sources.tools import Tools
from foreshock_ingest.domain import strict_json
from foreshock_ingest.domain.parsing import post_of
from foreshock_ingest.domain.source import Page, Source, SourceConfig, Spoilt, State
from foreshock_shared.contracts.post import PostIn
from foreshock_shared.runtime.errors import ConfigurationError, InvalidPayload

PAGE_LINES: Final = 200
LINE_MOST: Final = 1_000_000


class ReplayConfig(SourceConfig):
    """A recording as `sources.yaml` describes it."""

    kind: Literal["replay"]
    path: Path
    speed: float = Field(default=1.0, ge=0)
    """Times faster than it was; 0 is as fast as it goes."""

    def source(self, tools: Tools) -> Source:
        """The recording, ready to be read."""
        return Replay(tools.folder / self.path, self.speed)


class Replay:
    """One recording."""

    revisions = True

    def __init__(self, path: Path, speed: float) -> None:
        self._path = path
        self._speed = speed
        self._began: tuple[float, float] | None = None

    async def read(self, state: State) -> AsyncIterator[Page]:
        """Pages of posts that were due at about the same time; see `Source`."""
        self._began = None
        done = int(state.get("line", "0"))
        try:
            with await asyncio.to_thread(self._open) as file:
                lines = _lines(file)
                await asyncio.to_thread(_skip, lines, done)
                while chunk := await asyncio.to_thread(_take, lines):
                    async for page in self._in_time(chunk, done):
                        yield page
                    done += len(chunk)
        except (OSError, EOFError) as error:
            raise ConfigurationError(f"{self._path}, after line {done}: cannot be read: {error}") from error

    async def _in_time(self, chunk: list[bytes], done: int) -> AsyncIterator[Page]:
        """The posts of a chunk, each no sooner than it is due."""
        posts: list[PostIn] = []
        spoilt: list[Spoilt] = []
        for number, line in enumerate(chunk, start=done):
            try:
                post = _post(line)
            except InvalidPayload as error:
                spoilt.append(Spoilt(line, f"{self._path.name}, line {number + 1}: {error}"))
                continue
            wait = self._due_in(post)
            if wait > 0:
                if posts or spoilt:
                    yield Page(tuple(posts), tuple(spoilt), {"line": str(number)})
                    posts, spoilt = [], []
                    wait = self._due_in(post)
                await asyncio.sleep(wait)
            posts.append(post)
        yield Page(tuple(posts), tuple(spoilt), {"line": str(done + len(chunk))})

    def _due_in(self, post: PostIn) -> float:
        """Seconds until a post is due, as its distance from the first one has it."""
        if post.created_at is None or self._speed == 0:
            return 0.0
        then, now = post.created_at.timestamp(), time.monotonic()
        if self._began is None:
            self._began = (then, now)
        first, start = self._began
        return start + (then - first) / self._speed - now

    def _open(self) -> BinaryIO:
        with self._path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return cast("BinaryIO", gzip.open(self._path)) if packed else self._path.open("rb")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends; one over the limit is cut, which makes it no JSON."""
    while line := file.readline(LINE_MOST):
        if not line.endswith(b"\n"):
            while (rest := file.readline(LINE_MOST)) and not rest.endswith(b"\n"):
                pass
        yield line.rstrip(b"\r\n")


def _skip(lines: Iterator[bytes], count: int) -> None:
    for _ in islice(lines, count):
        pass


def _take(lines: Iterator[bytes]) -> list[bytes]:
    return list(islice(lines, PAGE_LINES))


def _post(line: bytes) -> PostIn:
    return post_of(strict_json.loads(line))
