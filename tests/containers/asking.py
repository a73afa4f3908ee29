"""What every procedure is followed by: an order is pushed, and has to be told."""

from itertools import count

from support.compose import Deployed
from support.waiting import eventually

from foreshock_stack.load import directive
from foreshock_stack.receiver import Receiver

_NUMBERS = count()


def order() -> list[dict[str, object]]:
    """A directive that nobody has heard of yet, ready to be pushed."""
    name = f"order-{next(_NUMBERS)}"
    return [directive(name) | {"native_id": name, "lang": "en"}]


async def tells(deployed: Deployed, receiver: Receiver) -> None:
    """Fails where the stack does not come up, or an order that is pushed then is not told."""
    await deployed.well()
    [post] = await deployed.push(order())
    try:
        await arrives(receiver, post)
    except AssertionError:
        print(deployed.logs())
        raise


async def arrives(receiver: Receiver, post: str) -> None:
    """Wait until somebody was told of a post."""
    await eventually(lambda: post in {p["id"] for each in receiver.received for p in each.data["posts"]}, within=20)
