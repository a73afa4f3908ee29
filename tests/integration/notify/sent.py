"""What a receiver was sent, as the state machine of promises remembers it."""

import json
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Sent:
    """A message that a receiver was sent, and whether it is known to have arrived."""

    receiver: str
    message: UUID
    body: bytes
    arrived: bool

    @property
    def tells(self) -> list[tuple[str, int]]:
        data = json.loads(self.body)["data"]
        items = [item["incident"] for item in data["incidents"]] if "incidents" in data else [data]
        return [(item["incident_id"], item["revision"]) for item in items]

    @property
    def kind(self) -> str:
        return str(json.loads(self.body)["type"])
