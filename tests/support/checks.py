"""Style, types and import rules beside the tests: the checkers start with the run, and are asked last.

So a whole run takes hardly longer for them, and pytest's closing line tells their outcome too.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

import pytest

ROOT = Path(__file__).parents[2]
MEMBERS = ("shared", "services/ingest", "services/classify", "services/store", "services/notify", "deploy/stack")
PACKAGES = tuple(f"{member}/foreshock_{Path(member).name}" for member in MEMBERS)
CHECKERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "style": ("ruff", "check", "."),
        "format": ("ruff", "format", "--check", "."),
        "types": ("mypy", *PACKAGES, "deploy/grafana/foreshock_dashboards", "tests"),
        "layers": ("lint-imports",),
    }
)
ASKED_BY = "test_checks.py"


@dataclass(frozen=True, slots=True)
class Checker:
    """One checker at work."""

    process: "subprocess.Popen[bytes]"
    said: IO[bytes]

    def complaint(self) -> str:
        """What it found, once it has ended; empty when all is well."""
        if self.process.wait() == 0:
            return ""
        self.said.seek(0)
        return self.said.read().decode() or f"it ended with status {self.process.returncode}"

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.said.close()


AT_WORK = pytest.StashKey[dict[str, Checker]]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that wait for a checker come last, whatever order the others are in."""
    items.sort(key=lambda item: item.path.name == ASKED_BY)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    asked = any(item.path.name == ASKED_BY for item in session.items) and not session.config.option.collectonly
    session.config.stash[AT_WORK] = {name: _start(command) for name, command in CHECKERS.items()} if asked else {}


@pytest.hookimpl
def pytest_sessionfinish(session: pytest.Session) -> None:
    for checker in session.config.stash.get(AT_WORK, {}).values():
        checker.end()


def _start(command: tuple[str, ...]) -> Checker:
    program = Path(sys.executable).with_name(command[0])
    said = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `end`)
    process = subprocess.Popen(  # noqa: S603 (our own tools)
        [program, *command[1:]], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
    )
    return Checker(process, said)
