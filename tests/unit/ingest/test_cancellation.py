"""A task that is told to end, ends."""

import asyncio

from foreshock_shared.runtime.cancellation import heed


async def test_a_cancellation_that_comes_with_the_result_is_heeded() -> None:
    result: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    went_on = False

    async def work() -> None:
        nonlocal went_on
        await asyncio.wait_for(result, 10)
        heed()
        went_on = True

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    result.set_result(None)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert not went_on


async def test_without_a_cancellation_nothing_happens_also_after_a_time_out() -> None:
    try:
        async with asyncio.timeout(0):
            await asyncio.sleep(1)
    except TimeoutError:
        heed()
    heed()
