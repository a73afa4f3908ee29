"""`python -m foreshock_notify`: run the service until SIGTERM."""

from foreshock_notify.app import build
from foreshock_shared.runtime.service import run

if __name__ == "__main__":
    run(build)
