"""What `./run` and `./test` do before they become Python, with a Python that only notes what it is asked to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
MEMBERS = ("shared", "services/ingest", "services/classify", "services/store", "services/notify", "deploy/stack")
NOTING_PYTHON = """\
#!/bin/sh
case " $* " in
    *" -c "*) exec {real} "$@" ;;
    *" -V "*) echo 'Python 3.11.0' ;;
    *" -m venv "*) for folder; do :; done; mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" ;;
    *" pip "*) echo pip >>'{notes}'; sleep 0.2; exit {pip_status} ;;
    *) echo "$*" >>'{notes}' ;;
esac
"""


class Checkout:
    """A copy of what the two commands need, in a folder with a space in its name."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a checkout"
        self.notes = folder / "notes"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for member in MEMBERS:
            (self.root / member).mkdir(parents=True)
            (self.root / member / "pyproject.toml").touch()
        shutil.copytree(CHECKOUT / "requirements", self.root / "requirements")
        shutil.copy(CHECKOUT / "deploy" / "bootstrap.sh", self.root / "deploy")
        shutil.copy(CHECKOUT / "run", self.root)
        shutil.copy(CHECKOUT / "test", self.root)
        self.put_python()

    def put_python(self, pip_status: int = 0) -> None:
        python = self.bin / "python3.13"
        python.write_text(NOTING_PYTHON.format(real=sys.executable, notes=self.notes, pip_status=pip_status))
        python.chmod(0o755)

    def start(self, command: str, *arguments: str, path: str | None = None) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603 (our own scripts)
            ["/bin/sh", self.root / command, *arguments],
            cwd="/",
            env={"PATH": path or f"{self.bin}:{os.defpath}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, command: str, *arguments: str, path: str | None = None) -> tuple[int, str]:
        """Its status and what it said to people."""
        with self.start(command, *arguments, path=path) as process:
            _, said = process.communicate(timeout=30)
            return process.returncode, said

    def noted(self) -> list[str]:
        """What Python was asked to do since the last time."""
        noted = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return noted


SET_UP = ["pip", "pip", "-I -m foreshock_classify"]
UP = "-I -m foreshock_stack up"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_time_sets_up_and_the_second_time_starts_at_once(checkout: Checkout) -> None:
    assert checkout.call("run", "up")[0] == 0
    assert [line.partition(".")[0] for line in checkout.noted()] == [*SET_UP, UP]
    assert checkout.call("run", "up") == (0, "")
    assert checkout.noted() == [UP]


def test_two_that_are_started_at_once_set_up_once(checkout: Checkout) -> None:
    with checkout.start("run", "up") as first, checkout.start("run", "up") as second:
        first.communicate(timeout=30)
        second.communicate(timeout=30)
    noted = checkout.noted()
    assert noted.count("pip") == 2
    assert noted.count(UP) == 2


def test_what_failed_half_way_is_made_again(checkout: Checkout) -> None:
    checkout.put_python(pip_status=1)
    status, said = checkout.call("run", "up")
    assert status == 1
    assert "pip install failed" in said
    assert checkout.noted() == ["pip"]
    checkout.put_python()
    assert checkout.call("run", "up")[0] == 0
    assert checkout.noted().count("pip") == 2


def test_a_changed_lock_is_followed(checkout: Checkout) -> None:
    checkout.call("run", "up")
    checkout.noted()
    with (checkout.root / "requirements" / "runtime.lock").open("a") as lock:
        lock.write("# changed\n")
    checkout.call("run", "up")
    assert checkout.noted().count("pip") == 2


def test_what_the_tests_need_includes_what_the_stack_needs(checkout: Checkout) -> None:
    checkout.call("test", "--fast", "-k", "some words")
    assert (
        checkout.noted()[-1]
        == "-m pytest -n 2 --dist loadgroup -m not servers and not slow --hypothesis-profile=fast -k some words"
    )
    checkout.call("run", "up")
    assert checkout.noted() == [UP]


def test_without_a_python_and_a_way_to_get_one_there_is_one_clear_line(checkout: Checkout, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "cat", "cksum", "grep"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    status, said = checkout.call("run", path=str(tools))
    assert status == 1
    assert said.count("\n") == 1
    assert "install Python 3.11 or newer" in said
