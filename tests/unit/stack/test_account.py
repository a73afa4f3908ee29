"""The user that the servers run as is kept out by a closed folder, and that folder is named."""

from pathlib import Path

import pytest

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.servers.account import Account, make_folder, require_reach

STRANGER = Account("stranger", uid=54_321, gid=54_321)


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that lets everybody pass, below parents that may not."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


def test_a_closed_parent_is_named(tmp_path: Path, open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "state").mkdir()
    bar = STRANGER.barred_by(closed / "state")
    assert bar in {closed, *tmp_path.parents, tmp_path}
    with pytest.raises(ConfigurationError, match=f"the folder {bar} bars from .*FORESHOCK_STATE_DIR"):
        require_reach(closed / "state", STRANGER)


def test_public_folders_bar_nobody() -> None:
    assert STRANGER.barred_by(Path("/usr/bin")) is None


def test_folders_that_we_make_let_others_pass_and_those_of_others_stay_as_they_are(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    make_folder(theirs / "ours" / "state")
    assert theirs.stat().st_mode & 0o777 == 0o700
    assert (theirs / "ours").stat().st_mode & 0o777 == 0o711
