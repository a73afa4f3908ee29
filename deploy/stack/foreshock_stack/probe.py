"""Asks a service of this machine over HTTP: enough of a client for /livez and /readyz, and nothing to import."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: str


async def ask(port: int, path: str, within: float = 5) -> Reply | None:
    """What the service on `port` answers; None when it does not answer in time."""
    try:
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode())
                answer = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    head, _, body = answer.decode(errors="replace").partition("\r\n\r\n")
    status = head.split(" ", 2)[1:2]
    return Reply(int(status[0]), body) if status and status[0].isdigit() else None
