"""Processes of a test: started with our Python, always ended."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parents[1]


@contextmanager
def lane_worker(url: str, *, consumer: str = "one", mode: str = "pass") -> Iterator["subprocess.Popen[bytes]"]:
    """A running `lane_worker.py`; killed at the end of the block if it has not been before."""
    process = subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-m", "support.lane_worker", url, consumer, mode],
        cwd=TESTS,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
