"""What stands on the wire, format by format. The files are written anew by `goldens.py`; read what changes in them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from unit.notify.goldens import FOLDER, bodies, notifications

from foreshock_notify.adapters.receivers.alertmanager import fingerprint
from foreshock_notify.domain.wording import utf16

CONTRACTS = Path(__file__).parents[2] / "contracts" / "frozen"
BODIES = dict(bodies())


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for value in document.values():
            yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)


def test_every_file_is_one_of_ours() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == BODIES.keys()


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_payload_is_what_it_was(name: str) -> None:
    assert json.loads((FOLDER / name).read_text(encoding="utf-8")) == BODIES[name]


@pytest.mark.parametrize("name", sorted(name for name in BODIES if not name.startswith("webhook")))
def test_no_text_of_a_payload_does_anything(name: str) -> None:
    for text in _texts(BODIES[name]):
        assert not re.search(r"@(everyone|here|channel)|<[!@#]", text), text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("case", [case for case, _ in notifications() if case != "acknowledged"])
def test_a_webhook_keeps_its_published_schema(case: str) -> None:
    schema = json.loads((CONTRACTS / "foreshock.incident.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(BODIES[f"webhook-{case}.json"], schema, format_checker=jsonschema.FormatChecker())


def test_slack_keeps_its_limits() -> None:
    for name in ("slack-hostile.json", "slack-bot-hostile.json"):
        message = BODIES[name].get("message", BODIES[name])
        header, rich, _ = message["blocks"]
        assert utf16(header["text"]["text"]) <= 150
        assert sum(utf16(element["text"]) for element in rich["elements"][0]["elements"]) <= 3_000
        assert utf16(message["text"]) <= 4_000


def test_slack_reads_no_markup_in_what_people_wrote() -> None:
    kinds = {block["type"] for block in BODIES["slack-hostile.json"]["blocks"]}
    assert kinds == {"header", "rich_text", "context"}
    assert "mrkdwn" not in json.dumps(BODIES["slack-hostile.json"])


def test_discord_keeps_its_limits_and_mentions_nobody() -> None:
    body = BODIES["discord-hostile.json"]
    (embed,) = body["embeds"]
    assert body["allowed_mentions"] == {"parse": []}
    assert utf16(embed["title"]) <= 256
    assert utf16(embed["description"]) <= 4_096
    assert utf16(embed["title"] + embed["description"] + embed["footer"]["text"]) <= 6_000


def test_teams_keeps_its_limit_and_writes_no_markdown() -> None:
    body = BODIES["teams-hostile.json"]
    assert len(json.dumps(body)) < 28_000
    card = body["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}


def test_pagerduty_keeps_its_limits() -> None:
    body = BODIES["pagerduty-hostile.json"]
    assert utf16(body["payload"]["summary"]) <= 1_024
    assert len(json.dumps(body)) < 512_000
    assert "routing_key" not in body


@pytest.mark.parametrize(
    ("case", "action", "severity"), [("opened", "trigger", "critical"), ("updated", "trigger", "critical")]
)
def test_pagerduty_is_triggered_under_the_id_of_the_incident(case: str, action: str, severity: str) -> None:
    body = BODIES[f"pagerduty-{case}.json"]
    assert (body["event_action"], body["payload"]["severity"]) == (action, severity)
    assert body["dedup_key"] == BODIES[f"webhook-{case}.json"]["data"]["incident_id"]


def test_who_takes_an_incident_on_acknowledges_the_alert_in_pagerduty() -> None:
    body = BODIES["pagerduty-acknowledged.json"]
    assert body["event_action"] == "acknowledge"
    assert body["dedup_key"] == BODIES["pagerduty-opened.json"]["dedup_key"]


def test_a_bot_shows_who_has_taken_an_incident_on_and_says_nothing_in_its_thread() -> None:
    body = BODIES["slack-bot-acknowledged.json"]
    assert "by ann" in json.dumps(body["message"]["blocks"])
    assert "reply" not in body


@pytest.mark.parametrize(("form", "where"), [("pagerduty", "event_action"), ("alertmanager_webhook", "status")])
def test_a_lift_resolves(form: str, where: str) -> None:
    assert BODIES[f"{form}-lifted.json"][where].startswith("resolve")


def test_an_alert_ends_only_where_its_incident_is_over() -> None:
    assert "endsAt" not in BODIES["alertmanager-opened.json"]
    assert BODIES["alertmanager-lifted.json"]["endsAt"] >= BODIES["alertmanager-lifted.json"]["startsAt"]
    assert BODIES["alertmanager-opened.json"]["labels"] == BODIES["alertmanager-lifted.json"]["labels"]


def test_a_fingerprint_is_the_one_that_alertmanager_computes() -> None:
    """The value is what Alertmanager 0.25 answered for these labels."""
    assert fingerprint({"alertname": "Probe", "severity": "critical"}) == "9479c4c42042ae86"
