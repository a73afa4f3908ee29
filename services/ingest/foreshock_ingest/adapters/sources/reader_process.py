"""Starts `feed_reader` for one feed at a time and takes what it says, if it says it in time."""

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Final

from foreshock_ingest.domain.feed_items import FeedDocument
from foreshock_shared.runtime.errors import PermanentError, RetryableError

READ_SECONDS: Final = 30.0
_COMMAND: Final = (sys.executable, "-I", "-m", "foreshock_ingest.adapters.sources.feed_reader")


class FeedReader:
    """Reads feeds in processes of their own, which see none of our secrets; at most one at a time."""

    def __init__(self, seconds: float = READ_SECONDS) -> None:
        self._seconds = seconds
        self._alone = asyncio.Semaphore(1)

    async def read(self, body: bytes, headers: Mapping[str, str], url: str) -> FeedDocument:
        """The document. Raises PermanentError for one that is refused or breaks the reader, RetryableError if late."""
        head = json.dumps({"headers": dict(headers), "url": url}).encode() + b"\n"
        async with self._alone:
            process = await asyncio.create_subprocess_exec(
                *_COMMAND,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={"LANG": "C.UTF-8"},
            )
            try:
                async with asyncio.timeout(self._seconds):
                    said, complaint = await process.communicate(head + body)
            except TimeoutError as error:
                raise RetryableError(f"the feed could not be read within {self._seconds:g} s") from error
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode == 0:
            return FeedDocument.model_validate_json(said)
        if process.returncode == 2:
            raise PermanentError(said.decode("utf-8", "replace")[:300])
        last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise PermanentError(f"the feed broke its reader (status {process.returncode}): {last[:300]}")
