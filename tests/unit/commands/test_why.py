"""How the path of a post is told."""

from typing import Any
from uuid import UUID

from foreshock_stack.commands.why import Path, lines
from foreshock_stack.letters import Letter

POST = UUID("0a1b2c3d-0000-5000-8000-000000000001")
STORED: dict[str, Any] = {
    "id": str(POST), "source": "gazette", "tier": "official", "source_kind": "official", "url": None,
    "text": "Plum cake\nagain", "created_at": None, "accepted_at": "2026-06-12T17:21:00Z",
    "stored_at": "2026-06-12T17:21:00.012Z", "topics": [{"name": "none", "score": 1.0}], "urgency": "low",
    "urgency_score": 0.0, "shock": False, "shock_score": 0.0, "entities": [], "why": {"model": "ab12", "cues": []},
    "story": None, "origin": None, "revisions": [],
}  # fmt: skip
DECISION: dict[str, Any] = {
    "reason": "too_few_origins", "decided_at": "2026-06-12T17:21:01Z", "incident_id": None, "independent": True,
    "witness": True, "origins": 1, "deliveries": [],
    "rules": [
        {"name": "twice", "said": "too_few_origins", "in_force": True, "because": [],
         "lacks": ["2 independent origins are needed, 1 heard"]},
        {"name": "newer", "said": None, "in_force": True, "because": ["is a shock"], "lacks": []},
        {"name": "older", "said": "matched", "in_force": False, "because": [], "lacks": []},
    ],
}  # fmt: skip


def said(path: Path) -> str:
    return "\n".join(f"{label}: {text}" for label, text in lines(path))


def test_noise_is_said_to_be_noise() -> None:
    text = said(Path(POST, STORED, undecided="no decision"))
    assert (
        "accepted: 2026-06-12 17:21:00Z from gazette (official, official), without a date; stored 12 ms later" in text
    )
    assert "because: nothing in it is about our field" in text
    assert "decided: not at all" in text


def test_every_rule_is_told_with_what_it_lacks() -> None:
    text = said(Path(POST, STORED, DECISION))
    assert "decided: too_few_origins, 2026-06-12 17:21:01Z, a new origin; 1 independent origins heard" in text
    assert "rule: twice: too_few_origins: 2 independent origins are needed, 1 heard" in text
    assert "rule: newer: not in force then, would match by now: is a shock" in text
    assert "rule: older: matched; the rule is gone by now" in text
    assert "told: nobody" in text


def test_a_quarantined_post_is_told_with_its_reason_and_what_to_do() -> None:
    letter = Letter("dead.store", "1-0", "2026-06-12T17:21:00", str(POST), "post.classified", "", "InvalidPayload",
                    "no zone", b"", in_postgres=True)  # fmt: skip
    path = Path(POST, letters=(letter,))
    assert path.found
    assert "quarantine: store/1-0, 2026-06-12T17:21:00: InvalidPayload on post.classified: no zone" in said(path)
    assert "./run dead replay store/1-0" in said(path)


def test_what_is_on_its_way_and_what_is_nowhere_are_told_apart() -> None:
    assert "on its way: accepted" in said(Path(POST, in_flight=True))
    assert not Path(POST).found
    assert "never accepted here" in said(Path(POST))
