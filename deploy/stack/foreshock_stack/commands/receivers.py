"""`./run receivers`: who is told, and whether it reaches them."""

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import structlog
from rich.console import Console
from rich.table import Table

from foreshock_notify.adapters import rules_file
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Outcome
from foreshock_notify.pipeline import Attempt
from foreshock_notify.trial import try_out
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.environment import Environment
from foreshock_stack.probe import ask


def listing(environment: Environment) -> int:
    """A table of the receivers. Of a URL only its host is shown."""
    receivers = _receivers(environment)
    doing = asyncio.run(_doing(environment))
    table = Table("receiver", "format", "told at", "at a time", "how it is doing")
    for receiver in receivers.values():
        table.add_row(
            receiver.name, receiver.format.value, _where(receiver), str(receiver.concurrency), _says(receiver, doing)
        )
    Console(soft_wrap=True).print(table if receivers else "rules.yaml names no receivers")
    return 0


def test(environment: Environment, name: str) -> int:
    """Send a test to one receiver, and say what it answered."""
    receivers = _receivers(environment)
    if name not in receivers:
        raise ConfigurationError(f"there is no receiver {name}; there are {', '.join(receivers) or 'none'}")
    with _silence():
        attempts = asyncio.run(try_out(receivers[name]))
    for attempt in attempts:
        print(_answered(receivers[name], attempt))
    return 0 if attempts[-1].verdict.outcome is Outcome.DELIVERED else 1


@contextmanager
def _silence() -> Iterator[None]:
    """Within this block nothing is logged: the pipeline would say that it tries again, which a test does not."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def _receivers(environment: Environment) -> Mapping[str, Receiver]:
    return rules_file.load(environment.config_dir / "rules.yaml", environment.passed).receivers


async def _doing(environment: Environment) -> dict[str, Any] | None:
    """What notify says of its receivers; None where it does not run."""
    reply = await ask(environment.port("notify"), "/readyz")
    if reply is None:
        return None
    found: dict[str, Any] = json.loads(reply.body)["checks"]["receivers"]
    return found


def _says(receiver: Receiver, doing: dict[str, Any] | None) -> str:
    if doing is None:
        return "no stack runs here"
    if receiver.name in doing.get("suspended", {}):
        return f"suspended since {doing['suspended'][receiver.name][:19]}: takes nothing more from us"
    if receiver.name in doing.get("left_alone_until", {}):
        return f"failing, left alone until {doing['left_alone_until'][receiver.name][:19]}"
    return "well" if doing.get("ok") else str(doing.get("error"))


def _where(receiver: Receiver) -> str:
    parts = urlsplit(receiver.url.get_secret_value())
    return f"{parts.scheme}://{(parts.hostname or '')}" + (f", {receiver.channel}" if receiver.channel else "")


def _answered(receiver: Receiver, attempt: Attempt) -> str:
    answer = attempt.answer
    what = f"{receiver.name} ({receiver.format.value}), webhook-id {attempt.parcel.id}"
    if attempt.verdict.outcome is Outcome.DELIVERED:
        return f"{what}: delivered, answered {answer.status}"
    return f"{what}: NOT delivered ({answer.reason.value}): {answer.error}"
