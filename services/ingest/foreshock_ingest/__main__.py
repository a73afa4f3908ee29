"""`python -m foreshock_ingest`: run the service until SIGTERM."""

from foreshock_ingest.app import build
from foreshock_shared.runtime.service import run

if __name__ == "__main__":
    run(build)
