"""What the tests of containers share: the secret that alerts are signed with, who receives them, and a built stack."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.compose import Deployed, bridge, compose_command

from foreshock_stack.receiver import Receiver, new_secret

SECRET = new_secret()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(SECRET, host=bridge()) as receiver:
        yield receiver


@pytest.fixture
def deployed(own_folder: Path, receiver: Receiver) -> Iterator[Deployed]:
    """Built, and not started yet."""
    deployed = Deployed(own_folder / "checkout", compose_command(), SECRET)
    try:
        deployed.compose("--profile", "tools", "build", "-q")
        deployed.tell(receiver.url)
        yield deployed
    finally:
        deployed.destroy()
