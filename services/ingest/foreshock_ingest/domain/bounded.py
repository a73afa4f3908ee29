"""A body gathered piece by piece, plain or gzip, that never holds more than it is allowed to.

A gzip bomb is inflated no further than the limit: the memory it costs is the limit, not what it claims to hold.
"""

import zlib
from typing import Final

from foreshock_shared.runtime.errors import InvalidPayload, PermanentError

_GZIP: Final = 16 + zlib.MAX_WBITS


class TooLarge(PermanentError):
    """More bytes or items than one request or answer may have."""


class BoundedBody:
    """Feed it what arrives, then `finish`. Raises TooLarge as soon as the limit is passed."""

    def __init__(self, limit: int, *, gzip: bool) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._inflater = zlib.decompressobj(_GZIP) if gzip else None

    def expect(self, content_length: str) -> None:
        """Look at the length that is announced, before anything is read: what is not said or no number is left open."""
        if content_length.isascii() and content_length.isdigit() and int(content_length[:20]) > self._limit:
            raise TooLarge(f"more than {self._limit} bytes")

    def feed(self, piece: bytes) -> None:
        """Take the next piece as it came over the wire. Raises InvalidPayload for what is no gzip."""
        if self._inflater is None:
            self._keep(piece)
            return
        try:
            while piece:
                self._keep(self._inflater.decompress(piece, self._limit - self._size + 1))
                piece = self._inflater.unused_data
                if self._inflater.eof and piece:
                    self._inflater = zlib.decompressobj(_GZIP)
        except zlib.error as error:
            raise InvalidPayload(f"the body is said to be gzip and is not: {error}") from error

    def finish(self) -> bytes:
        """The whole body. Raises InvalidPayload where compressed data ends too early."""
        if self._inflater is not None and not self._inflater.eof and self._parts:
            raise InvalidPayload("the gzip body is cut off")
        return b"".join(self._parts)

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise TooLarge(f"more than {self._limit} bytes")
        self._parts.append(piece)
