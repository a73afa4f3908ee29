"""Asks services how they are, and hosts that we talk to whether they let us connect. Nothing is sent to those."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from foreshock_shared.runtime.egress import resolve
from foreshock_shared.runtime.errors import ForeshockError, PermanentError
from foreshock_stack.doctor.facts import Reach, ServiceFacts

WITHIN_SECONDS: Final = 5.0
PORTS: Final = {"http": 80, "https": 443}


async def ask_service(name: str, address: str) -> ServiceFacts:
    """What a service says of itself."""
    try:
        async with httpx2.AsyncClient(timeout=WITHIN_SECONDS, trust_env=False) as client:
            answer = await client.get(f"{address}/readyz")
        checks: Mapping[str, Any] = json.loads(answer.content)["checks"]
    except (httpx2.HTTPError, OSError):
        return ServiceFacts(name, address, None)
    except (ValueError, KeyError, TypeError):
        return ServiceFacts(name, address, answer.status_code, {"readyz": "the answer is not one of ours"})
    failing = {check: str(said.get("error", said)) for check, said in checks.items() if not said.get("ok")}
    states = {source: str(state) for source, state in checks.get("sources", {}).items() if source != "ok"}
    return ServiceFacts(name, address, answer.status_code, failing, states)


async def reach(kind: str, name: str, url: str, *, allow_private: bool) -> Reach:
    """Connect as a delivery or a poll would (same guard, same trust in certificates), and hang up."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or PORTS.get(parts.scheme, 443)
        address = await resolve(host, port, allow_private)
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        async with asyncio.timeout(WITHIN_SECONDS):
            _, writer = await asyncio.open_connection(
                address.candidates[0], port, ssl=tls, server_hostname=host if tls else None
            )
        writer.close()
    except ForeshockError as error:
        return Reach(kind, name, host, str(error), barred=isinstance(error, PermanentError))
    except (OSError, ValueError) as error:
        return Reach(kind, name, host, f"{host} cannot be reached: {str(error) or 'no answer in time'}")
    return Reach(kind, name, host)
