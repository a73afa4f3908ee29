"""What HEALTHCHECK runs: status 0 when the service in this container says that it does its work.

Standard library only, so that `python -I -S` starts it in a moment.
"""

import http.client
import os
import sys

WITHIN_SECONDS = 4.0


def main() -> None:
    """Ask /readyz; what it says against itself is kept by the container's health log."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["FORESHOCK_PORT"]), timeout=WITHIN_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
    except OSError as error:
        sys.exit(f"no answer: {error}")
    if answer.status != http.HTTPStatus.OK:
        sys.exit(said)


if __name__ == "__main__":
    main()
