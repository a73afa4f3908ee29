"""Waiting for a condition, with a deadline, in place of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(check: Callable[[], Awaitable[T]], within: float = 10, every: float = 0.02) -> T: ...


@overload
async def eventually(check: Callable[[], T], within: float = 10, every: float = 0.02) -> T: ...


async def eventually(check: Callable[[], object], within: float = 10, every: float = 0.02) -> object:
    """The first truthy value of `check`; fails with its last value or exception when none comes in time."""
    deadline = time.monotonic() + within
    cause: Exception | None
    while True:
        try:
            found = check()
            value = await found if inspect.isawaitable(found) else found
        except Exception as error:  # noqa: BLE001 (whatever it is, it may be right a moment later; the last one is told)
            last, cause = f"raised {type(error).__name__}: {error}", error
        else:
            if value:
                return value
            last, cause = f"gave {value!r}", None
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: the last check {last}") from cause
        await asyncio.sleep(every)
