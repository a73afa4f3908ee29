"""The training corpus is held to the definitions, and its check sees each kind of damage."""

import json
from pathlib import Path
from typing import Any

import pytest

from foreshock_classify.training.check_corpus import COUNTS, GUIDE, LARGEST_FAMILY, faults, read, table

SHOCK: dict[str, Any] = {
    "text": "Freedonia switches off every foreign chatbot tonight, telecoms told",
    "lang": "en",
    "source_kind": "news",
    "topics": ["policy"],
    "urgency": "critical",
    "policy_shock": True,
    "event": "freedonia-block",
    "pattern": "model-block",
    "hand": "tester",
}
DEBATE: dict[str, Any] = SHOCK | {
    "text": "Every foreign chatbot tonight: telecoms told Freedonia's switches are off the table, minister says",
    "urgency": "medium",
    "policy_shock": False,
    "event": "freedonia-debate",
}


@pytest.fixture
def damaged(tmp_path: Path) -> Any:
    """A corpus of one shock and one debate in which one post was changed, or to which posts were added."""

    def check(*extra: dict[str, Any], shock: dict[str, Any] | None = None) -> str:
        posts = {"shocks": [SHOCK | (shock or {})], "policy": [DEBATE]}
        for post in extra:
            posts["shocks" if post["policy_shock"] else "policy"].append(post)
        for name, lines in posts.items():
            (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        return "\n".join(faults(tmp_path))

    return check


@pytest.mark.slow
def test_the_corpus_may_be_trained_from() -> None:
    assert faults() == []


def test_the_guide_says_the_counts_as_they_are() -> None:
    counts = COUNTS.search(GUIDE.read_text("utf-8"))
    assert counts is not None
    assert table(read()[0]) in counts[0], "run python -m foreshock_classify.training.check_corpus --guide"


def test_the_corpus_is_large_and_balanced_enough_to_learn_from() -> None:
    posts = [placed.example for placed in read()[0]]
    shocks = [post for post in posts if post.policy_shock]
    assert len(posts) >= 2800
    assert 0.1 <= len(shocks) / len(posts) <= 0.3
    assert 0.25 <= sum(post.lang != "en" for post in posts) / len(posts) <= 0.45
    assert {post.lang for post in shocks} == {"en", "de", "fr", "es", "ja", "zh", "ko"}


def test_a_sound_corpus_has_no_faults(damaged: Any) -> None:
    assert damaged() == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"topics": ["compute"]}, "add the topic policy"),
        ({"urgency": "medium"}, "critical or high, not medium"),
        ({"topics": ["policy", "opinion"]}, "commentary on a shock is no shock"),
        ({"topics": ["none", "policy"]}, "none stands alone"),
        ({"topics": ["compute", "policy"]}, "in the order of the contract"),
        ({"policy_shock": False}, "belongs in policy.jsonl"),
        ({"lang": "ja"}, "not written in ja"),
        ({"topics": ["politics"]}, "shocks:1: topics.0"),
        ({"urgency": "urgent"}, "shocks:1: urgency"),
        ({"event": "Freedonia Block"}, "shocks:1: event"),
        ({"note": "x"}, "shocks:1: note"),
    ],
)
def test_a_label_against_the_definitions_is_refused(damaged: Any, change: dict[str, Any], fault: str) -> None:
    assert fault in damaged(shock=change)


def test_a_line_that_is_no_json_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "shocks.jsonl").write_text('{"text": \n' + json.dumps(SHOCK) + "\n", "utf-8")
    examples, found = read(tmp_path)
    assert [placed.place for placed in examples] == ["shocks:2"]
    assert found[0].startswith("shocks:1: line")


def test_a_near_copy_under_another_event_is_refused(damaged: Any) -> None:
    copy = DEBATE | {"text": DEBATE["text"] + "!", "event": "ruritania-debate"}
    rewording = DEBATE | {"text": DEBATE["text"].replace("minister", "ministry"), "event": "freedonia-other"}
    assert "policy:2: 100% the text of policy:1" in damaged(copy)
    assert "the text of policy:1" in damaged(rewording)


def test_two_reports_of_one_event_may_resemble_each_other(damaged: Any) -> None:
    assert damaged(DEBATE | {"text": DEBATE["text"].replace("minister", "ministry")}) == ""


def test_a_mould_for_many_examples_is_refused(damaged: Any) -> None:
    endings = (
        "a blue heron",
        "my aunt's bicycle",
        "six Prague tailors",
        "the lighthouse",
        "old jam",
        "wet paint",
        "Oslo",
    )
    posts = [
        DEBATE | {"text": f"Parliament weighs fate of {end}", "event": f"case-{n}"} for n, end in enumerate(endings)
    ]
    assert len(posts) > LARGEST_FAMILY
    assert "examples begin with “parliament weighs fate of”" in damaged(*posts)
    assert "begin with" not in damaged(*posts[:LARGEST_FAMILY])


def test_shocks_whose_words_occur_nowhere_else_are_refused(damaged: Any) -> None:
    endings = ("on Monday", "by noon in Perth")
    shocks = [SHOCK | {"text": f"Quokka quartz quotas {ending}"} for ending in endings]
    assert "of their words occur elsewhere" in damaged(*shocks)
