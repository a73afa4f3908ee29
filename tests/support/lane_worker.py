"""A service reduced to its lane, as a process that tests can kill: `lane_worker.py URL CONSUMER MODE`.

Every effect is a push to the list `effects`. MODE `pass` goes on from there; `stall` never returns from the effect of a
post; `fatal` kills the process at a post that says "fatal".
"""

import asyncio
import os
import signal
import sys

from support.lanes import ids, reading

from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.redis import connect


async def main(url: str, consumer: str, mode: str) -> None:
    redis = connect(url)

    async def handle(posts: list[PostIngested]) -> list[Forward]:
        if mode == "fatal" and any("fatal" in post.text for post in posts):
            os.kill(os.getpid(), signal.SIGKILL)
        await redis.rpush("effects", *ids(posts))
        if mode == "stall":
            await asyncio.Event().wait()
        return [Forward(post) for post in posts]

    async with reading(url, handle, consumer=consumer):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
