"""Labelled posts against the very classifier and story engine of the stack, as text and as a page."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.commands import evaluate
from foreshock_stack.environment import Environment, read_environment
from foreshock_stack.load import directive

ORDER = {"text": directive("offline")["text"], "topics": ["policy"], "urgency": "critical", "policy_shock": True}
NOISE = {"text": "The heron is back at the lock.", "topics": ["none"], "urgency": "low", "policy_shock": False}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return read_environment({"FORESHOCK_CONFIG_DIR": str(tmp_path), "FORESHOCK_STATE_DIR": str(tmp_path)})


def written(environment: Environment, *lines: object) -> Path:
    file = environment.config_dir / "labelled.jsonl"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return file


def test_a_right_judgement_counts_and_a_wrong_one_is_shown(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = NOISE | {"id": "w", "policy_shock": True, "topics": ["policy"], "borderline": True}
    status = evaluate.run(written(environment, ORDER | {"id": "o"}, NOISE, wrong), None, environment)
    said = capsys.readouterr().out
    assert status == 0
    rows = {line[:30].strip(): line[30:].split() for line in said.splitlines()}
    assert rows["posts"] == ["3", "2"]
    assert rows["shock recall"] == ["0.500", "1.000"]
    assert "missed shocks: 1" in said
    assert "The heron is back" in said


def test_a_line_without_proper_labels_is_named_and_left_out(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [ORDER, "{", {"text": "no labels"}, ORDER | {"urgency": "soon"}, NOISE]
    assert evaluate.run(written(environment, *lines), None, environment) == 1
    said = capsys.readouterr()
    assert [line.split(": ")[0].rpartition("line ")[2] for line in said.err.splitlines()] == ["2", "3", "4"]
    assert "2 labelled posts" in said.out


def test_a_file_without_labels_is_refused(environment: Environment) -> None:
    with pytest.raises(ConfigurationError, match="holds no labelled post"):
        evaluate.run(written(environment, {"text": "no labels"}), None, environment)


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.rows: list[list[int]] = []
        """For each table the number of cells in each of its rows."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag == "table":
            self.rows.append([])
        elif tag == "tr":
            self.rows[-1].append(0)
        elif tag in {"td", "th"}:
            self.rows[-1][-1] += 1
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_needs_nothing_else_and_shows_a_hostile_text_as_text(environment: Environment, tmp_path: Path) -> None:
    hostile = NOISE | {"text": "<script>alert('ban on models')</script>", "policy_shock": True, "topics": ["policy"]}
    evaluate.run(written(environment, ORDER, NOISE, hostile), tmp_path / "page.html", environment)
    page = Tags()
    page.feed((tmp_path / "page.html").read_text("utf-8"))
    assert page.seen.count("svg") == 3
    assert "script" not in page.seen
    assert page.links == []


def test_every_row_of_a_table_has_a_cell_for_each_of_its_columns(environment: Environment, tmp_path: Path) -> None:
    evaluate.run(written(environment, ORDER, NOISE), tmp_path / "page.html", environment)
    page = Tags()
    page.feed((tmp_path / "page.html").read_text("utf-8"))
    assert len(page.rows) >= 4
    assert all(len(set(cells)) <= 1 for cells in page.rows), page.rows
