"""What the services say, on our own standard error: as they say it, or on a terminal one colour a service.

Away from a terminal the services write JSON lines that carry their name; they inherit our standard error and nothing
comes between. On a terminal each gets a pipe, so that every line can begin with who speaks.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, ClassVar

LONGEST_LINE = 65_536


class Output:
    """Passes on what programs write, until they have closed it."""

    _COLOURS: ClassVar[tuple[int, ...]] = (36, 35, 32, 33, 34, 31)

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        self.on_terminal = to.isatty()
        self._names: list[str] = []

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[int]:
        """A file descriptor for the standard output and error of the program `name`, to be inherited by it."""
        if not self.on_terminal:
            yield self._to.fileno()
            return
        reading, writing = os.pipe()
        try:
            lines = _Lines(self._prefix(name), self._to)
            await asyncio.get_running_loop().connect_read_pipe(lambda: lines, os.fdopen(reading, "rb", buffering=0))
            yield writing
        finally:
            os.close(writing)

    def _prefix(self, name: str) -> bytes:
        if name not in self._names:
            self._names.append(name)
        colour = self._COLOURS[self._names.index(name) % len(self._COLOURS)]
        return f"\x1b[{colour}m{name:>8}\x1b[0m ".encode()


class _Lines(asyncio.Protocol):
    """Writes whole lines, each behind a prefix; a line that does not end is broken where it becomes too long."""

    def __init__(self, prefix: bytes, to: BinaryIO) -> None:
        self._prefix = prefix
        self._to = to
        self._begun = b""

    def data_received(self, data: bytes) -> None:
        *whole, self._begun = (self._begun + data).split(b"\n")
        if len(self._begun) > LONGEST_LINE:
            whole.append(self._begun)
            self._begun = b""
        self._write(whole)

    def connection_lost(self, _error: Exception | None) -> None:
        self._write([self._begun] if self._begun else [])

    def _write(self, lines: list[bytes]) -> None:
        self._to.write(b"".join(self._prefix + line + b"\n" for line in lines))
        self._to.flush()
