"""The reference documents, made from the code: JSON Schemas of the events, OpenAPI and AsyncAPI of each service.

`python -m foreshock_stack.reference` writes them to `docs/reference/`; a test compares what is there with what the code
says, so that they cannot drift.
"""

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from faststream.specification import AsyncAPI

from foreshock_notify.domain.canary import HEARTBEAT, Heartbeat
from foreshock_notify.domain.digest import Digest
from foreshock_notify.domain.notification import Notification
from foreshock_shared.contracts.base import Contract
from foreshock_shared.contracts.events import PAYLOADS
from foreshock_shared.runtime.broker import LaneBroker
from foreshock_shared.runtime.service import Service, build_app
from foreshock_shared.runtime.settings import PREFIX

SERVICES = ("ingest", "classify", "store", "notify")
FOLDER = Path(__file__).parents[3] / "docs" / "reference"

PUBLISHED: dict[str, type[Contract]] = {
    **PAYLOADS,
    "foreshock.incident.v1": Notification,
    HEARTBEAT: Heartbeat,
    "foreshock.digest.v1": Digest,
}
"""The events between services, and what receivers are sent."""

PLACEHOLDERS = {
    "PORT": "8000",
    "CONSUMER": "replica",
    "REDIS_URL": "redis://localhost:6379/0",
    "DATABASE_URL": "postgresql://localhost/foreshock",
    "API_KEY": "a-key-of-at-least-thirty-two-characters",
}
"""What a service must be told before it can be put together; nothing of it reaches a document."""


def documents(services: dict[str, Callable[[], Service]]) -> dict[str, str]:
    """Every document by its name below the reference folder."""
    found = {f"events/{name}.schema.json": _text(kind.model_json_schema()) for name, kind in PUBLISHED.items()}
    for name, build in services.items():
        service = build()
        found[f"{name}.openapi.json"] = _text(build_app(service).openapi())
        if service.broker is not None:
            found[f"{name}.asyncapi.json"] = _text(_asyncapi(service.title, service.broker))
    return found


def _asyncapi(title: str, broker: LaneBroker) -> dict[str, Any]:
    document: dict[str, Any] = AsyncAPI(broker, title=title, version="1").to_specification().to_jsonable()
    return document


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write(folder: Path, made: dict[str, str]) -> None:
    """Write all documents and remove those that nothing makes any more."""
    for path in folder.rglob("*.json"):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main() -> int:
    """Write the documents of all four services."""
    for name, value in PLACEHOLDERS.items():
        os.environ.setdefault(PREFIX + name, value)
    os.environ.setdefault(f"{PREFIX}CONFIG_DIR", str(FOLDER.parents[1] / "config"))
    write(FOLDER, documents({name: import_module(f"foreshock_{name}.app").build for name in SERVICES}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
