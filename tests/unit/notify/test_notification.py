import json

from unit.notify.building import NOW, a_post, a_rule_set, an_id, incident_of

from foreshock_notify.domain.case import Decision
from foreshock_notify.domain.casebook import Casebook
from foreshock_notify.domain.explain import describe
from foreshock_notify.domain.notification import Kind, Notification, delivery_id, incident_id, notify

RULES = a_rule_set()


def _decided() -> Decision:
    return Casebook().decide(RULES, [a_post("first")], NOW)[0]


def _body() -> dict[str, object]:
    decision = _decided()
    data = describe(RULES, decision, decision.changes[0])
    told = notify("desk", Kind.OPENED, data, NOW, "https://alerts.example.org/")
    body: dict[str, object] = json.loads(told.model_dump_json())
    return body


def test_a_notification_is_a_structured_cloud_event() -> None:
    body = _body()
    incident = incident_of("the directive")
    assert {key: body[key] for key in ("specversion", "id", "source", "type", "time", "datacontenttype")} == {
        "specversion": "1.0",
        "id": str(delivery_id(incident, "desk", 1)),
        "source": "foreshock/notify",
        "type": "foreshock.incident.opened.v1",
        "time": "2026-06-12T17:21:00Z",
        "datacontenttype": "application/json",
    }


def test_an_incident_has_the_same_id_whatever_calm_post_opened_its_story() -> None:
    urgent = an_id("the first urgent post")
    stories = [
        a_post(story=story).story.model_copy(update={"first_urgent": urgent}) for story in ("one founder", "another")
    ]

    assert len({incident_id(story) for story in stories}) == 1
    assert incident_id(stories[0]) != incident_of("one founder") != incident_of("another")


def test_its_data_say_what_happened_and_why() -> None:
    data = _body()["data"]
    assert isinstance(data, dict)
    assert (data["revision"], data["status"], data["urgency"], data["origins"]) == (1, "unconfirmed", "critical", 1)
    assert data["posts"] == [
        {
            "id": str(an_id("first")),
            "url": "https://example.org/first",
            "source": "source of first",
            "tier": "social",
            "text": "The text of first",
            "created_at": None,
        }
    ]
    assert data["why"] == {
        "decision": "opened",
        "rules": [{"name": "policy-shock", "because": ["is a shock"]}],
        "cues": [{"decision": "shock", "cue": "effective immediately", "weight": 2.5}],
        "story": [],
        "model": "0123abcd",
        "changed": [],
        "said": None,
    }
    assert data["links"] == {
        "incident": f"https://alerts.example.org/v1/incidents/{data['incident_id']}",
        "acknowledge": None,
    }


def test_a_body_can_be_read_back_by_its_own_model() -> None:
    body = _body()
    assert json.loads(Notification.model_validate(body).model_dump_json()) == body


def test_ids_differ_by_incident_receiver_and_revision_and_by_nothing_else() -> None:
    here, there = an_id("here"), an_id("there")
    ids = [delivery_id(i, r, n) for i in (here, there) for r in ("desk", "board") for n in (1, 2)]
    assert len(set(ids)) == len(ids)
    assert delivery_id(here, "desk", 1) == ids[0]
