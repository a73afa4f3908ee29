"""A TCP proxy on loopback that breaks connections the way networks do: after the request, before the answer."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """Passes bytes between clients and one server until it is told to be worse."""

    def __init__(self, target_url: str) -> None:
        self._target = urlsplit(target_url)
        self._marker: bytes | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self.lost = 0
        """Answers that the server gave and the client never got."""
        self.port = 0
        self.refusing = False

    @property
    def url(self) -> str:
        """The target's URL with the proxy's address."""
        user = self._target.netloc.rpartition("@")[0]
        return urlunsplit(self._target._replace(netloc=f"{user}@127.0.0.1:{self.port}"))

    def lose_next_answer_to(self, marker: bytes) -> None:
        """The next request that contains these bytes is carried out, and its connection cut instead of the answer."""
        self._marker = marker

    def cut(self, *, refusing: bool = True) -> None:
        """Break every connection, and refuse new ones for as long as `refusing`."""
        self.refusing = refusing
        for writer in self._connections:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.close()
            return
        up_reader, up_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._connections |= {writer, up_writer}
        losing = asyncio.Event()
        try:
            await asyncio.gather(
                self._requests(reader, up_writer, losing), self._answers(up_reader, writer, up_writer, losing)
            )
        except ConnectionError:
            pass  # the other side is gone, which is what this proxy is for
        finally:
            for end in (writer, up_writer):
                end.close()
                self._connections.discard(end)

    async def _requests(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while data := await reader.read(1 << 20):
            if self._marker is not None and self._marker in data:
                self._marker = None
                losing.set()
            out.write(data)
            await out.drain()
        out.close()

    async def _answers(
        self,
        reader: asyncio.StreamReader,
        out: asyncio.StreamWriter,
        request: asyncio.StreamWriter,
        losing: asyncio.Event,
    ) -> None:
        while data := await reader.read(1 << 20):
            if losing.is_set():
                self.lost += 1
                break
            out.write(data)
            await out.drain()
        out.close()
        request.close()


@asynccontextmanager
async def proxy_before(url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """A running proxy before the server of `url`; with `tls` it speaks TLS to its clients."""
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.cut()
        server.close()
