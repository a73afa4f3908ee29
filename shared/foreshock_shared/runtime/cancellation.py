"""Cancellations that got lost.

Up to Python 3.11 `asyncio.wait_for` forgets a cancellation that comes at the same moment as its result, and the Redis
client sends every command through it. A task that loops over such calls would then never end. It heeds its
cancellation after each of them.
"""

import asyncio


def heed() -> None:
    """Raise the cancellation that this task was sent, if it has not come through."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
