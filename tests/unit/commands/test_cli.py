"""The command line as a user meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "foreshock_stack", *arguments],
        env=os.environ | {"FORESHOCK_STATE_DIR": str(state), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_help_names_every_command(tmp_path: Path) -> None:
    said = run("--help", state=tmp_path).stdout
    assert all(name in said for name in ("up", "classify", "replay", "generate", "audit", "train", "bench", "dead"))


@pytest.mark.parametrize("command", [("audit",), ("dead", "list"), ("dead", "replay", "store/1-0")])
def test_without_a_running_stack_there_is_one_clear_line_and_status_two(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    ended = run(*command, state=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("foreshock: no stack runs on")
    assert len(ended.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    ended = run("replay", str(tmp_path / "nowhere.jsonl"), state=tmp_path)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "nowhere.jsonl cannot be read" in ended.stderr


def test_nothing_is_dropped_without_asking(tmp_path: Path) -> None:
    ended = run("dead", "discard", "store/1-0", state=tmp_path)
    assert ended.returncode == 1
    assert "for good?" in ended.stdout


def test_generated_posts_can_be_cut_off_by_their_reader() -> None:
    command = [sys.executable, "-m", "foreshock_stack", "generate", "--count", "50000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writing:  # noqa: S603  our own
        assert writing.stdout
        assert writing.stderr
        assert writing.stdout.readline().startswith(b"{")
        writing.stdout.close()
        assert writing.stderr.read() == b""
    assert writing.returncode == 0
