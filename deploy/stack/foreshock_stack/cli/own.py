"""The environment that every command works in."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foreshock_stack.environment import Environment


def own_environment() -> "Environment":
    """As this process was started."""
    from foreshock_stack.environment import read_environment  # noqa: PLC0415  read when a command is asked for

    return read_environment(os.environ)
