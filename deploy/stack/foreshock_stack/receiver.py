"""A receiver of webhooks, by default on loopback, that checks each signature (Standard Webhooks): for the
demonstration, the benchmark and the tests. It runs in a thread of its own, so that what it measures waits for nobody.
"""

import json
import secrets
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final, Self

from standardwebhooks import Webhook, WebhookVerificationError

LARGEST_BODY: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook: when it came (Unix time), under which id, whether its signature holds, and what it says."""

    at: float
    webhook_id: str
    signed: bool
    body: bytes
    event: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        data = self.event.get("data")
        return data if isinstance(data, dict) else {}


def new_secret() -> str:
    """A fresh signing secret in the form that Standard Webhooks asks for."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


class Receiver:
    """Listens from `with` to its end; `received` grows as webhooks come, in their order."""

    def __init__(
        self,
        secret: str,
        on_webhook: Callable[[Received], None] | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        self.received: list[Received] = []
        self._verifier = Webhook(secret)
        self._on_webhook = on_webhook
        receiver = self

        class Handler(_Handler):
            owner = receiver

        self._server = _Server((host, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)

    @property
    def url(self) -> str:
        host, port, *_ = self._server.server_address
        return f"http://{host!s}:{port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Keep one webhook, and say so."""
        at = time.time()
        try:
            self._verifier.verify(body, headers)
        except (WebhookVerificationError, ValueError):  # a malformed signature may raise a bare ValueError
            signed = False
        else:
            signed = True
        found = json.loads(body)
        event = found if isinstance(found, dict) else {}
        received = Received(at, headers.get("webhook-id", ""), signed, body, event)
        self.received.append(received)
        if self._on_webhook:
            self._on_webhook(received)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that is killed in the middle of a request is what tests do; anything else is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: ClassVar[Receiver]

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), LARGEST_BODY))
        try:
            self.owner.take({name.lower(): value for name, value in self.headers.items()}, body)
        except ValueError:
            self.send_response(400)
        else:
            self.send_response(204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the signature is the server's
        """Say nothing: what came in is in `received`."""
