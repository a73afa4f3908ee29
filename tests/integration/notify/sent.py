"""What receivers were sent, and what is promised of that, as the state machine of promises holds it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Sent:
    """A message that a receiver was sent, and whether it is known to have arrived."""

    receiver: str
    body: bytes
    arrived: bool = False
    asked_for: bool = False
    """Somebody wanted it sent again."""

    @cached_property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def message(self) -> UUID:
        return UUID(self.event["id"])

    @property
    def tells(self) -> list[tuple[str, int]]:
        data = self.event["data"]
        items = [item["incident"] for item in data["incidents"]] if "incidents" in data else [data]
        return [(item["incident_id"], item["revision"]) for item in items]

    @property
    def kind(self) -> str:
        return str(self.event["type"])


def a_message_has_one_body_and_a_revision_one_message(sent: Sequence[Sent]) -> None:
    bodies: dict[UUID, bytes] = {}
    messages: dict[tuple[str, str, int], UUID] = {}
    for one in sent:
        assert bodies.setdefault(one.message, one.body) == one.body
        if "incident" in one.kind:
            ((incident, revision),) = one.tells
            assert messages.setdefault((one.receiver, incident, revision), one.message) == one.message


def nothing_comes_after_what_it_contradicts(sent: Sequence[Sent]) -> None:
    latest: dict[tuple[str, str], int] = {}
    for one in sent:
        for incident, revision in one.tells:
            assert latest.get((one.receiver, incident), 0) <= revision
            latest[one.receiver, incident] = revision


def the_first_that_is_known_to_arrive_is_that_it_opened(sent: Sequence[Sent]) -> None:
    heard: set[tuple[str, str]] = set()
    for one in sent:
        if one.arrived and "incident" in one.kind:
            ((incident, _),) = one.tells
            assert (one.receiver, incident) in heard or one.kind == "foreshock.incident.opened.v1"
            heard.add((one.receiver, incident))


def what_is_known_to_have_arrived_is_not_sent_again_unasked(sent: Sequence[Sent]) -> None:
    arrived: set[UUID] = set()
    for one in sent:
        assert one.asked_for or one.message not in arrived
        if one.arrived:
            arrived.add(one.message)
