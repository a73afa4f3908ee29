"""What a log line says of an error, and what it must not say."""

import subprocess
import sys

import pytest

ERROR = """
from structlog import get_logger
from foreshock_shared.runtime import logs
from foreshock_shared.runtime.settings import LogFormat

def deliver(token):
    raise ZeroDivisionError("nobody foresaw this")

logs.configure("notify", form=LogFormat({form!r}))
try:
    deliver("xoxb" + "-secret")
except ZeroDivisionError as error:
    get_logger().error("a delivery failed", exc_info=error)
"""


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_code_and_no_values(form: str) -> None:
    program = ERROR.format(form=form)
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr  # noqa: S603
    assert "nobody foresaw this" in told
    assert "deliver" in told
    assert "xoxb-secret" not in told
