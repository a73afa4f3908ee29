"""`./run deliveries`: what was told, what was not, and what to do about it. Everything goes through notify's API."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
from rich.console import Console
from rich.table import Column, Table

from foreshock_shared.runtime.errors import ConfigurationError, DependencyUnavailable
from foreshock_stack.environment import Environment

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def listing(environment: Environment, state: str | None, receiver: str | None, limit: int) -> int:
    """A table of the latest deliveries."""
    asked = {name: value for name, value in (("state", state), ("receiver", receiver)) if value}
    with _notify(environment) as http:
        page = _answer(http.get("/v1/deliveries", params={**asked, "limit": limit}))
    table = Table(
        Column("id", no_wrap=True), "written", "receiver", "kind", "revision", "state", "attempts", "last error"
    )
    for item in page["items"]:
        table.add_row(
            item["id"],
            item["created_at"][:19],
            item["receiver"],
            item["kind"],
            str(item["revision"]),
            item["state"],
            str(item["attempt"]),
            (item["last_error"] or "")[:160],
        )
    Console(soft_wrap=True).print(table if page["items"] else "no deliveries")
    return 0


def show(environment: Environment, delivery: str) -> int:
    """One delivery whole."""
    with _notify(environment) as http:
        found = _answer(http.get(f"/v1/deliveries/{delivery}"))
    for key in ("id", "incident_id", "receiver", "kind", "revision", "state", "created_at", "due_at", "finished_at"):
        print(f"{key:<14}{found[key]}")
    for attempt in found["attempts"]:
        answer = attempt["error"] or f"answered {attempt['status']}"
        print(
            f"attempt {attempt['attempt']:<6}{attempt['started_at']}, {attempt['milliseconds']} ms, "
            f"{attempt['outcome']}: {answer}"
        )
    print(_readable(found["body"]) if found["body"] else "no body yet: it is frozen at the first attempt")
    return 0


def resend(environment: Environment, ids: list[str]) -> int:
    """One more attempt at each; what cannot be sent again is said, and the others go on."""
    refused = 0
    with _notify(environment) as http:
        for delivery in dict.fromkeys(ids):
            try:
                answer = _answer(http.post(f"/v1/deliveries/{delivery}/resend"))
                print(f"{delivery} is due now for {answer['receiver']}")
            except ConfigurationError as error:
                refused += 1
                print(f"{delivery}: {error}")
    return 1 if refused else 0


def recover(environment: Environment, receiver: str, since: str) -> int:
    """What a receiver was not told is due again."""
    moment = _moment(since, datetime.now(UTC))
    with _notify(environment) as http:
        answer = _answer(http.post(f"/v1/receivers/{receiver}/recover", params={"since": moment.isoformat()}))
    for delivery in answer["deliveries"]:
        print(delivery)
    print(f"{len(answer['deliveries'])} due again for {receiver}")
    return 0


def _moment(written: str, now: datetime) -> datetime:
    ago = re.fullmatch(r"(\d{1,6})\s*([smhd])", written.strip())
    if ago:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ConfigurationError(
            f"{written!r} is no moment (2026-06-12T17:00Z) and no time span (90m, 12h, 3d)"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _notify(environment: Environment) -> Iterator[httpx2.Client]:
    address = environment.address("notify")
    key = environment.api_key().get_secret_value()
    try:
        with httpx2.Client(
            base_url=address, headers={"authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        ) as http:
            yield http
    except httpx2.TransportError as error:
        raise DependencyUnavailable(
            f"notify does not answer at {address} ({type(error).__name__}): start the stack with `./run up`, or set "
            "FORESHOCK_PORT_BASE to the ports of the one that you mean"
        ) from error


def _answer(response: httpx2.Response) -> dict[str, Any]:
    """The object that notify answered. Raises ConfigurationError that says what it refused, and why."""
    found: dict[str, Any] = response.json()
    if response.is_success:
        return found
    if response.status_code == httpx2.codes.UNAUTHORIZED:
        raise ConfigurationError("notify does not take our key; set FORESHOCK_API_KEY to the key of the stack")
    if response.status_code >= 500:
        raise DependencyUnavailable(str(found.get("detail")))
    raise ConfigurationError(str(found.get("detail")))


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
