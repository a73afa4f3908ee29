"""A service that does nothing but say which process it is: `python small_service.py PORT [deaf-to-sigterm]`."""

import http.server
import os
import signal
import subprocess
import sys
from typing import ClassVar


class Handler(http.server.BaseHTTPRequestHandler):
    child: ClassVar[int] = 0

    def do_GET(self) -> None:
        body = f"{os.getpid()} {self.child}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of the standard library)
        """Silence."""


if __name__ == "__main__":
    if "deaf-to-sigterm" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Handler.child = subprocess.Popen(["/bin/sleep", "600"]).pid
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
