"""What every format makes of some notifications, as it stands in `golden/`. Run as a program it writes the files anew:

PYTHONPATH=tests python -m unit.notify.goldens
"""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from unit.notify.building import NOW, SECRET, a_post, a_rule_set, later

from foreshock_notify.adapters.receivers import open_channel
from foreshock_notify.domain import hands
from foreshock_notify.domain.case import Incident
from foreshock_notify.domain.casebook import Casebook
from foreshock_notify.domain.explain import describe, describe_by_hand
from foreshock_notify.domain.notification import Kind, Notification, PostRef, Status, Why, notify
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_shared.contracts.post import Tier

FOLDER = Path(__file__).parent / "golden"
HOSTILE = (
    "@everyone @here <!channel> <@U012AB3CD> <#C1|x> [official notice](https://evil.example) "
    "<https://evil.example|bis.gov> "
    "**bold** _it_ ~~no~~ `code` ```block``` # head > quote ||spoiler||\n# heading\n> quote\n- list\n1. one\r\n"
    "\u202egnp.exe\u2066\u200b\u00ad\x00\x1b[31m <b>tag</b> {{ 7 * 7 }} {% raw %} \\*escaped\\* :tada: 출입 🚀"
)


def notifications() -> Iterator[tuple[str, Notification]]:
    """A shock, taken on by somebody, its official confirmation, its lift, and one whose every text is hostile."""
    rules = a_rule_set()
    posts = [a_post("first"), a_post("notice", tier=Tier.OFFICIAL), a_post("lift", story="lift", ends="the directive")]
    decisions = Casebook().decide(rules, posts, NOW)
    yield "acknowledged", _acknowledged(decisions[0].changes[0].incident)
    kinds = (Kind.OPENED, Kind.UPDATED, Kind.LIFTED)
    for decision, kind in zip(decisions, kinds, strict=True):
        data = describe(rules, decision, decision.changes[0])
        yield kind.value, notify("desk", kind, data, later(minutes=data.revision), "https://alerts.example.org")
    data = describe(rules, decisions[0], decisions[0].changes[0])
    post = PostRef(
        id=UUID(int=1),
        url="https://evil.example/a)b|c>d?q=\u202e<!here>",
        source=HOSTILE,
        tier=Tier.SOCIAL,
        text=HOSTILE * 40,
    )
    hostile = data.model_copy(
        update={"headline": HOSTILE, "posts": [post], "rules": ["policy-shock"], "status": Status.UNCONFIRMED}
    )
    yield "hostile", notify("desk", Kind.OPENED, hostile, NOW, "https://alerts.example.org")


def _acknowledged(incident: Incident) -> Notification:
    """Somebody has taken the shock on; told to those alone who can show it without rousing anybody."""
    bot = Receiver("desk", Format.PAGERDUTY, SecretStr("https://desk.example.org/hook"))
    change = hands.acknowledge(a_rule_set(receivers=[bot]), incident, "ann", "on it", later(minutes=1))
    assert change is not None
    data = describe_by_hand(change, Why(decision="opened", model="0123abcd"), "ann: on it")
    return notify("desk", change.tell["desk"], data, later(minutes=1), "https://alerts.example.org")


def receivers() -> Iterator[tuple[str, Receiver]]:
    """A receiver of each kind, by the name of its files."""
    secret = SecretStr(SECRET)
    for form in Format:
        url = "json://127.0.0.1:9" if form is Format.APPRISE else "https://desk.example.org/hook"
        signed = (secret,) if form is Format.WEBHOOK else ()
        yield form.value, Receiver("desk", form, SecretStr(url), signed)
    yield "slack-bot", Receiver("desk", Format.SLACK, SecretStr("https://slack.com/api"), token=secret, channel="C1")


def bodies() -> Iterator[tuple[str, Any]]:
    """The name of each file, and what it has to hold."""
    tls = ssl.create_default_context()
    for name, receiver in receivers():
        channel = open_channel(receiver, tls)
        for case, notification in notifications():
            if case == "acknowledged" and not receiver.shows_who_acknowledged:
                continue
            yield f"{name}-{case}.json", json.loads(channel.render(notification))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, body in bodies():
        (FOLDER / file).write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
