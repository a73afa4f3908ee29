"""`python -m foreshock_classify`: run the service until SIGTERM."""

from foreshock_classify.app import build
from foreshock_shared.runtime.service import run

if __name__ == "__main__":
    run(build)
