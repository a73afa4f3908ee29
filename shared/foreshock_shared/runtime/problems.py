"""Errors over HTTP as problem details (RFC 9457), and the one way in which a bearer key is checked."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from structlog import get_logger

from foreshock_shared.runtime.errors import Overloaded, PermanentError, RetryableError

log = get_logger()


class Problem(Exception):
    """An answer that is an error. `extra` becomes members of the problem object beside the standard ones."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def response(self) -> JSONResponse:
        """The answer as application/problem+json."""
        body = {"type": "about:blank", "title": HTTPStatus(self.status).phrase, "status": self.status}
        return JSONResponse(
            {**body, "detail": self.detail, **self.extra},
            status_code=self.status,
            headers=self.headers,
            media_type="application/problem+json",
        )


def require_key(key: SecretStr) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets a request pass only with `Authorization: Bearer <key>`, compared in constant time."""
    wanted = f"Bearer {key.get_secret_value()}".encode()

    async def check(request: Request) -> None:
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, wanted):
            raise Problem(
                401,
                "a valid key is needed: send `Authorization: Bearer <key>`",
                headers={"WWW-Authenticate": 'Bearer realm="foreshock"'},
            )

    return check


def install(app: FastAPI) -> None:
    """Make every error of this application a problem document."""

    async def problem(_: Request, error: Exception) -> JSONResponse:
        return _as_problem(error).response()

    for kind in (Problem, HTTPException, RequestValidationError, RetryableError, PermanentError, Exception):
        app.add_exception_handler(kind, problem)


def _as_problem(error: Exception) -> Problem:
    match error:
        case Problem():
            problem = error
        case Overloaded():
            problem = Problem(503, str(error), headers={"Retry-After": str(error.retry_after)})
        case RetryableError():
            problem = Problem(503, str(error), headers={"Retry-After": "5"})
        case RequestValidationError():
            wrong = [{"where": ".".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors()]
            problem = Problem(422, "; ".join(f"{w['where']}: {w['what']}" for w in wrong), errors=wrong)
        case HTTPException():
            problem = Problem(error.status_code, str(error.detail), headers=error.headers)
        case PermanentError():
            problem = Problem(400, str(error))
        case _:
            log.error("a request failed for no known reason", exc_info=error)
            problem = Problem(500, "this request failed for a reason that we did not foresee; the log has it")
    return problem
