"""The examples of docs/rules-testing.md do what the page says."""

import re
from pathlib import Path

import pytest

from foreshock_stack.backtest import labels
from foreshock_stack.commands import rules as command
from foreshock_stack.environment import read_environment
from foreshock_stack.ruletests.cases import Case, Expected, PostCase

PAGE = (Path(__file__).parents[3] / "docs" / "rules-testing.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[tuple[str, str]]:
    """The examples of a kind: the name after it, and what they say."""
    return re.findall(rf"^```{kind} ?(\S*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def written(folder: Path) -> list[Path]:
    for name, text in blocks("yaml"):
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder.glob("*.test.yaml"))


def test_every_example_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = written(tmp_path)
    assert [path.name for path in files] == ["first.test.yaml", "words.test.yaml"]
    environment = read_environment({"FORESHOCK_STATE_DIR": str(tmp_path), "FORESHOCK_CONFIG_DIR": str(tmp_path)})
    assert command.play_files(environment, files) == 0, capsys.readouterr().out


def test_the_failure_that_is_shown_is_the_one_that_one_gets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    environment = read_environment({"FORESHOCK_STATE_DIR": str(tmp_path), "FORESHOCK_CONFIG_DIR": str(tmp_path)})
    path = Path("first.test.yaml")
    path.write_text(path.read_text().replace("urgency: critical, source", "urgency: high, source"))
    assert command.play_files(environment, [path]) == 1
    [shown] = re.findall(r"^```\n(FAIL.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert capsys.readouterr().out.startswith(shown)


def test_every_key_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", PAGE))
    assert {*PostCase.model_fields, *Case.model_fields, *Expected.model_fields} <= explained


def test_the_labels_that_are_shown_can_be_read(tmp_path: Path) -> None:
    [(_, text)] = blocks("json")
    (tmp_path / "labels.jsonl").write_text(text)
    found, bad = labels.read(tmp_path / "labels.jsonl")
    assert (len(found.by_subject), bad) == (2, [])
