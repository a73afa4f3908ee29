"""`./run silences`: what is kept back for a while, asked of the running notify by its API."""

import getpass
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Column, Table

from foreshock_shared.runtime.errors import ConfigurationError, DependencyUnavailable
from foreshock_stack.environment import Environment


def listing(environment: Environment, *, ended: bool) -> int:
    """A table of silences, the latest first."""
    found = _ask(environment, "GET", "/v1/silences", params={"ended": str(ended).lower()})["items"]
    table = Table(Column("silence", no_wrap=True), "keeps back", "until", "by", "reason")
    for silence in found:
        table.add_row(silence["id"], _keeps_back(silence), silence["ends_at"][:16], silence["by"], silence["reason"])
    Console(soft_wrap=True).print(table if found else "no silences")
    return 0


def add(
    environment: Environment,
    *,
    rules: list[str],
    receivers: list[str],
    when: str | None,
    last: timedelta,
    reason: str,
) -> int:
    """Enter a silence that begins now."""
    try:
        matchers = None if when is None else json.loads(when)
    except ValueError as error:
        raise ConfigurationError(f'--when is no JSON ({error}); write it as {{"topics": ["compute"]}}') from error
    asked = {
        "rules": rules,
        "receivers": receivers,
        "when": matchers,
        "reason": reason,
        "by": _myself(),
        "ends_at": (datetime.now(UTC) + last).isoformat(),
    }
    made = _ask(environment, "POST", "/v1/silences", json=asked)
    print(f"{made['id']} keeps back {_keeps_back(made)} until {made['ends_at'][:16]} UTC")
    return 0


def end(environment: Environment, silence: str) -> int:
    """End a silence now."""
    ended = _ask(environment, "DELETE", f"/v1/silences/{silence}", params={"by": _myself()})
    print(f"{ended['id']} has ended")
    return 0


def _myself() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _keeps_back(silence: dict[str, Any]) -> str:
    named = {"rules": silence["rules"], "receivers": silence["receivers"], **(silence["when"] or {})}
    return ", ".join(f"{key} {json.dumps(value)}" for key, value in named.items() if value not in (None, []))


def _ask(environment: Environment, method: str, path: str, **what: Any) -> dict[str, Any]:
    url = environment.address("notify")
    key = environment.api_key().get_secret_value()
    try:
        with httpx2.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, trust_env=False) as client:
            answer = client.request(method, path, **what)
    except httpx2.TransportError as error:
        raise DependencyUnavailable(f"notify does not answer at {url}: start the stack with `./run up`") from error
    found: dict[str, Any] = answer.json()
    if not answer.is_success:
        raise ConfigurationError(str(found.get("detail", answer.status_code)))
    return found
