"""The events of `v1` stay readable for who reads them today and writable for who writes them today.

`frozen/` holds the schemas as they were first published. They are never edited: a change that they do not survive is a
`v2`, with a stream of its own name.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from support.compatibility import breaks
from support.lanes import a_post, a_stored_post

from foreshock_shared.contracts.events import PAYLOADS
from foreshock_shared.contracts.streams import STREAMS
from foreshock_stack.reference import PUBLISHED

FROZEN = Path(__file__).parent / "frozen"
NAMES = sorted(PUBLISHED)


def frozen(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((FROZEN / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema


@pytest.mark.parametrize("name", NAMES)
def test_an_older_reader_and_an_older_writer_survive_what_an_event_is_today(name: str) -> None:
    assert breaks(frozen(name), PUBLISHED[name].model_json_schema()) == []


def test_every_stream_has_a_payload_and_a_frozen_schema() -> None:
    assert {stream.event for stream in STREAMS} == PAYLOADS.keys()
    assert sorted(path.name.removesuffix(".schema.json") for path in FROZEN.iterdir()) == NAMES


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda s: s["properties"].pop("text"), "payload.text is gone"),
        (lambda s: s["required"].append("url"), "payload.url is required now"),
        (lambda s: s["required"].remove("text"), "payload.text is optional now"),
        (lambda s: s["properties"]["accepted_at"].update(type="number"), "payload.accepted_at was ['string']"),
        (lambda s: s["$defs"]["Tier"]["enum"].pop(), "payload.tier: the closed words"),
        (lambda s: s["properties"]["text"].update(maxLength=10), "payload.text: maxLength was"),
    ],
)
def test_a_change_that_breaks_somebody_is_named(damage: Any, complaint: str) -> None:
    old = frozen("foreshock.post.ingested.v1")
    new = copy.deepcopy(old)
    damage(new)
    assert any(found.startswith(complaint) for found in breaks(old, new))


def test_a_field_with_a_default_may_be_added() -> None:
    old = frozen("foreshock.post.ingested.v1")
    new = copy.deepcopy(old)
    new["properties"]["mood"] = {"type": "string", "default": "calm"}
    assert breaks(old, new) == []


def test_a_reader_ignores_a_field_that_it_does_not_know_yet() -> None:
    for payload in (a_post(), a_stored_post()):
        newer = json.loads(payload.to_wire()) | {"mood": "calm"}
        assert type(payload).model_validate_json(json.dumps(newer)) == payload
