"""`./run show`: the demonstration on a stack that runs elsewhere, such as the containers of compose.yaml.

That stack's rules must name this process as a receiver (deploy/demo has such rules); its signing secret stands in
FORESHOCK_DEMO_SECRET on both sides.
"""

import asyncio
import signal

from rich.console import Console

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.commands.demo import replay, tell
from foreshock_stack.demo.stage import SECRET_VARIABLE
from foreshock_stack.environment import Environment
from foreshock_stack.receiver import Receiver


def run(environment: Environment, port: int) -> int:
    """Push the invented afternoon, show what comes back, and stay until told to stop."""
    secret = environment.passed.get(SECRET_VARIABLE)
    if not secret:
        raise ConfigurationError(f"set {SECRET_VARIABLE} to the secret with which notify signs what it sends here")
    console = Console(soft_wrap=True)
    with Receiver(secret, lambda received: tell(console, received), port, host="0.0.0.0"):  # noqa: S104  in a container
        asyncio.run(_show(console, environment))
    return 0


async def _show(console: Console, environment: Environment) -> None:
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    showing = asyncio.create_task(_replay(console, environment))
    stopping = asyncio.create_task(told_to_stop.wait())
    await asyncio.wait({showing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if showing.done():
        await showing  # raises what went wrong
        await stopping
    for task in (showing, stopping):
        task.cancel()


async def _replay(console: Console, environment: Environment) -> None:
    totals = await replay(environment)
    console.print(f"\nThe afternoon is over: {totals.accepted} posts. Look at them through the stack's read APIs.")
