"""The whole code base keeps its style, its format, its types and its layers."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

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


@pytest.mark.timeout(600)
@pytest.mark.parametrize("checker", CHECKERS)
def test_the_code_base_keeps_its(checker: str) -> None:
    name, *arguments = CHECKERS[checker]
    program = Path(sys.executable).with_name(name)
    done = subprocess.run(  # noqa: S603 (our own tools)
        [program, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}", pytrace=False)
