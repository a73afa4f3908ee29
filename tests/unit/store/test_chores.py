"""Chores: never silent, never ending the service, never holding up its end."""

import asyncio

from support.waiting import eventually

from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_store.chores import repeating


async def test_a_chore_that_fails_is_tried_again() -> None:
    errors = [DependencyUnavailable("down"), KeyError("a fault")]
    done = []

    async def work() -> None:
        if errors:
            raise errors.pop()
        done.append(True)

    async with repeating("test", 0.01, work):
        await eventually(lambda: len(done) > 1)


async def test_a_chore_that_swallows_its_cancellation_still_ends() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    async with asyncio.timeout(5), repeating("test", 60, work):
        await begun.wait()
