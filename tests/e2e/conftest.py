"""A whole stack for each test, started by the command that users type, with a receiver that checks signatures."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from foreshock_stack.child import ChildStack
from foreshock_stack.receiver import Receiver, new_secret

SECRET = new_secret()
NO_KEEPALIVE = httpx2.Limits(max_keepalive_connections=0)
"""Connections do not outlive a restart of the stack."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(SECRET) as receiver:
        yield receiver


@pytest.fixture
def stack(own_folder: Path, receiver: Receiver) -> Iterator[ChildStack]:
    """Not started yet."""
    stack = ChildStack(own_folder, receiver.url, SECRET)
    yield stack
    stack.kill()


@pytest.fixture
async def client(stack: ChildStack) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"authorization": f"Bearer {stack.key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=10, trust_env=False, limits=NO_KEEPALIVE) as client:
        yield client
