"""Reading a request's body without ever holding more than it may be, nor waiting for it without end."""

import asyncio
from typing import Final

from fastapi import Request
from starlette.requests import ClientDisconnect

from foreshock_ingest.domain.bounded import BoundedBody, TooLarge
from foreshock_shared.runtime.errors import InvalidPayload
from foreshock_shared.runtime.problems import Problem

BODY_SECONDS: Final = 30
_IDENTITY: Final = frozenset({"", "identity"})
_GZIP: Final = frozenset({"gzip", "x-gzip"})


async def read_body(request: Request, limit: int) -> bytes:
    """The body, inflated. Raises Problem: 413 over the limit, 415 for an encoding we do not read, 408, 400."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in _IDENTITY | _GZIP:
        raise Problem(415, "this content encoding is not read here; send the body plain or as gzip")
    body = BoundedBody(limit, gzip=encoding in _GZIP)
    try:
        body.expect(request.headers.get("content-length", ""))
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body.feed(piece)
        return body.finish()
    except TooLarge as error:
        raise Problem(413, f"the body has {error}; send less at a time", headers={"Connection": "close"}) from error
    except InvalidPayload as error:
        raise Problem(400, str(error)) from error
    except TimeoutError as error:
        raise Problem(408, f"the body did not arrive within {BODY_SECONDS} s") from error
    except ClientDisconnect as error:
        raise Problem(400, "the client went away before its body had arrived") from error
