"""`python -m foreshock_notify`: run the service until SIGTERM."""

import sys

from foreshock_notify.app import build
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_shared.runtime.service import run

if __name__ == "__main__":
    try:
        run(build())
    except ConfigurationError as error:
        sys.exit(str(error))
