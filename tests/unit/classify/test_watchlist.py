"""`watchlist.yaml`: a user's names, or what is wrong with them."""

from pathlib import Path

import pytest

from foreshock_classify.adapters.watchlist import load_watchlist
from foreshock_shared.contracts.judgement import EntityKind
from foreshock_shared.runtime.errors import ConfigurationError


def test_no_file_means_no_names(tmp_path: Path) -> None:
    assert load_watchlist(tmp_path / "watchlist.yaml") == {}


def test_names_are_read_by_kind(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("vendor:\n  acme: [Acme AI]\n")
    assert load_watchlist(path) == {EntityKind.VENDOR: {"acme": ["Acme AI"]}}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("vendor: [Acme]", "at vendor"),
        ("planet:\n  mars: [Mars]", "at planet"),
        ("vendor:\n  acme: []", "without names"),
        ("vendor:\n  acme: [' ']", "empty name"),
        ("vendor: {", "no readable YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=complaint):
        load_watchlist(path)
