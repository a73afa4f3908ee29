"""`./run` alone: the stack, an invented afternoon at 60 times its speed, and the alert where a person sees it.

The demonstration has a configuration and a state of its own, made anew each time; it keeps running until Ctrl-C.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console

from foreshock_stack.addresses import Addresses
from foreshock_stack.commands.replay import client
from foreshock_stack.demo.stage import SECRET_VARIABLE, SPEED, build, timeline
from foreshock_stack.demo.telling import Telling
from foreshock_stack.environment import SERVICES, Environment
from foreshock_stack.feed import Dated, Rebase, opened, read
from foreshock_stack.pacing import Batcher, schedule
from foreshock_stack.push import Pusher, Totals
from foreshock_stack.receiver import Received, Receiver, new_secret
from foreshock_stack.up import run as run_stack

CALM = {"FORESHOCK_LOG_LEVEL": "WARNING"}
"""The services' everyday log lines would bury the alert."""


def run(environment: Environment) -> int:
    """Show it, until told to stop."""
    console = Console(soft_wrap=not os.isatty(1))
    secret = new_secret()
    with Receiver(secret, lambda received: tell(console, received)) as receiver:
        stage = build(environment.state_dir, receiver.url)
        ours = replace(
            environment,
            state_dir=stage.state,
            config_dir=stage.config,
            passed={**CALM, **environment.passed, SECRET_VARIABLE: secret},
        )

        async def show(_: Addresses) -> None:
            console.print(
                "\nA stream of posts begins: an invented afternoon, 60 times as fast. Nothing in it is real.\n"
            )
            totals = await replay(ours)
            _explain(console, ours, totals)

        return run_stack(ours, show)


async def replay(environment: Environment) -> Totals:
    """Push the invented afternoon to the stack."""
    key = environment.api_key().get_secret_value()
    async with client(environment.address("ingest"), key) as http:
        with opened(timeline()) as recording:
            posts = [item for item in read(recording.lines, "timeline") if isinstance(item, Dated)]
        batcher = Batcher(schedule(posts, SPEED, Rebase(datetime.now(UTC))), limit=50)
        return await Pusher(http, batcher, lambda _: None).run()


def tell(console: Console, received: Received) -> None:
    """Show one notification; the first post in it is the one that caused it."""
    if not received.signed:
        console.print("A webhook came whose signature does not hold; it is not shown.", style="red")
        return
    console.print(Telling(received.data, str(received.event.get("type")), _milliseconds(received)))


def _milliseconds(received: Received) -> float:
    posts = received.data.get("posts") or [{}]
    written = posts[0].get("created_at")
    return (received.at - datetime.fromisoformat(written).timestamp()) * 1000 if written else float("nan")


def _explain(console: Console, environment: Environment, totals: Totals) -> None:
    key = environment.api_key().get_secret_value()
    store, notify = environment.address("store"), environment.address("notify")
    console.print(
        f"\nThe afternoon is over: {totals.accepted} posts. Everything stays up for you to look at:", markup=False
    )
    for name in SERVICES:
        console.print(f"  {name:<9}{environment.address(name)}/docs", markup=False, highlight=False)
    console.print(
        "\nTry:\n"
        f'  curl -H "Authorization: Bearer {key}" "{store}/v1/posts?shock=true&limit=5"\n'
        f'  curl -H "Authorization: Bearer {key}" {notify}/v1/incidents\n\n'
        "This is a stage: its posts are gone with the next `./run`. `./run up` starts the stack that keeps yours.\n"
        "Ctrl-C ends it.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
