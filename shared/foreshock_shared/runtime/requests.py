"""Rate, errors and duration of the requests of a service: by route, never by path; health and metrics apart."""

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foreshock_shared.runtime import metrics

_UNMEASURED: Final = frozenset({"/livez", "/readyz", "/metrics"})


class MeasuredRequests:
    """ASGI middleware around the routes. A request that no route takes counts as route `none`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and measure it; an error that nobody answered counts as 5xx."""
        if scope["type"] != "http" or scope["path"] in _UNMEASURED:
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            metrics.REQUESTS.labels(route, f"{status // 100}xx").inc()
            metrics.REQUEST_SECONDS.labels(route).observe(time.perf_counter() - began)
