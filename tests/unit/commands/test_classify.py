"""The offline command, through the very classifier and story engine of the stack."""

import json
from pathlib import Path
from typing import Any

import pytest

from foreshock_stack.commands import classify
from foreshock_stack.environment import Environment, read_environment
from foreshock_stack.load import directive

ORDER = directive("offline")["text"]
FIELDS = "id topics urgency urgency_score shock shock_score entities effect why story_id"
NOISE = "The heron is back at the lock."


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return read_environment({"FORESHOCK_CONFIG_DIR": str(tmp_path), "FORESHOCK_STATE_DIR": str(tmp_path)})


def judged(
    environment: Environment, capsys: pytest.CaptureFixture[str], *lines: object
) -> tuple[int, list[dict[str, Any]], str]:
    file = environment.config_dir / "posts.jsonl"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    status = classify.run(str(file), environment)
    said = capsys.readouterr()
    return status, [json.loads(line) for line in said.out.splitlines()], said.err


def test_each_post_is_judged_in_order_with_all_its_fields(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    status, items, _ = judged(
        environment, capsys, {"id": "b", "text": NOISE, "outlet": "x", "lang": None}, {"id": "a", "text": ORDER}
    )
    assert status == 0
    assert [item["id"] for item in items] == ["b", "a"]
    assert all(" ".join(item) == FIELDS for item in items)
    noise, order = items
    assert (noise["topics"][0]["name"], noise["story_id"], noise["shock"]) == ("none", None, False)
    assert order["shock"] is True
    assert order["story_id"]


def test_a_copy_shares_the_story_and_another_order_does_not(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    _, items, _ = judged(
        environment,
        capsys,
        {"id": "1", "text": ORDER, "date": "2031-05-14"},
        {"id": "2", "text": ORDER},
        {"id": "3", "text": directive("elsewhere")["text"]},
    )
    first, copy, other = (item["story_id"] for item in items)
    assert first == copy != other


def test_a_bad_line_is_named_with_its_reason_and_the_others_go_on(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    status, items, said = judged(
        environment,
        capsys,
        "{",
        {"id": "a", "text": NOISE},
        {"id": "b"},
        {"id": "c", "text": "x", "source_kind": "radio"},
    )
    assert status == 1
    assert [item["id"] for item in items] == ["a"]
    assert [part in said for part in ("line 1", "line 2", "line 3: text", "line 4: source_kind")] == [
        True,
        False,
        True,
        True,
    ]


def test_a_name_of_the_users_watchlist_is_found(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    (environment.config_dir / "watchlist.yaml").write_text("vendor:\n  quillfish: [Quillfish]\n")
    _, [item], _ = judged(environment, capsys, {"id": "1", "text": "Quillfish raises 80 million to train AI models."})
    assert "Quillfish" in [entity["name"] for entity in item["entities"]]
