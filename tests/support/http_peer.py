"""A real HTTP peer for tests: records what it is sent and answers as it is told.

def test_…(http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(503, {"retry-after": "1"}), Answer(204))    # one after the other; the last one stays
    …
    assert http_peer.requests[0].json() == {…}
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    at: float
    """time.time() when its body was read."""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: float = 0
    """Seconds to keep the client waiting first."""
    drop: bool = False
    """Close the connection without an answer."""


Rule = Callable[[Request], Answer | None]


class HttpPeer:
    """Listens on a free port, of loopback unless said otherwise, from its start until `close`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.requests: list[Request] = []
        self._answers: list[Answer] = [Answer()]
        self._rule: Rule | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server((host, 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="http-peer")
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{self._server.server_address[0]!s}:{self.port}"

    def answer(self, *answers: Answer) -> None:
        """From now on give these answers, one a request; the last one for good."""
        with self._lock:
            self._answers = list(answers)

    def answer_by(self, rule: Rule) -> None:
        """From now on let `rule` answer each request it wants to; None leaves it to `answer`."""
        with self._lock:
            self._rule = rule

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            chosen = self._rule(request) if self._rule else None
            if chosen is not None:
                return chosen
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def wait(self, seconds: float) -> None:
        """As long as told, or until the peer is closed."""
        self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], peer: HttpPeer) -> None:
        self.peer = peer
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.peer.take(Request(self.command, self.path, headers, body, time.time()))
        self.server.peer.wait(answer.after)
        if answer.drop:
            self.close_connection = True
            return
        try:
            self._send(answer)
        except ConnectionError:
            self.close_connection = True  # the client did not wait for the answer: its right

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        lengthless = answer.status in {204, 304} or "content-length" in {name.lower() for name in answer.headers}
        if not lengthless:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (names of the standard library)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the standard library)
        """Silence: what was asked is in `requests`."""


@pytest.fixture
def http_peer() -> Iterator[HttpPeer]:
    peer = HttpPeer()
    yield peer
    peer.close()
