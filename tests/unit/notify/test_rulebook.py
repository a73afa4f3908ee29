import os
from pathlib import Path

import pytest

from foreshock_notify import metrics
from foreshock_notify.adapters.rulebook import Rulebook
from foreshock_shared.runtime.errors import ConfigurationError

GOOD = "rules:\n  - name: first\n    when: {shock: true}\n"


def _write(path: Path, text: str) -> None:
    """Write so that it is seen however coarse the clock of the file system is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    _write(path, GOOD)
    return path


def test_a_changed_file_comes_into_force(path: Path) -> None:
    book = Rulebook(path)
    _write(path, GOOD.replace("first", "second"))
    assert book.refresh()
    assert [rule.name for rule in book.current.rules] == ["second"]


def test_an_unchanged_file_is_left_alone(path: Path) -> None:
    assert not Rulebook(path).refresh()


def test_a_broken_file_changes_nothing_and_shouts(path: Path) -> None:
    book = Rulebook(path)
    refused = metrics.RULES_REFUSED._value.get()
    _write(path, GOOD.replace("when", "wen"))
    assert not book.refresh()
    assert [rule.name for rule in book.current.rules] == ["first"]
    assert book.problem
    assert "did you mean when?" in book.problem
    assert metrics.RULES_REFUSED._value.get() == refused + 1


def test_a_mended_file_is_taken_up_again(path: Path) -> None:
    book = Rulebook(path)
    _write(path, "rules: {")
    book.refresh()
    _write(path, GOOD.replace("first", "mended"))
    assert book.refresh()
    assert (book.problem, book.current.rules[0].name) == (None, "mended")


def test_a_file_that_vanishes_changes_nothing(path: Path) -> None:
    book = Rulebook(path)
    path.unlink()
    assert not book.refresh()
    assert book.problem
    assert [rule.name for rule in book.current.rules] == ["first"]


def test_a_broken_file_at_the_start_ends_it(path: Path) -> None:
    _write(path, "rules: {")
    with pytest.raises(ConfigurationError, match=r"rules\.yaml:"):
        Rulebook(path)
