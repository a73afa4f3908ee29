"""The structure that the documentation draws, held by tests; import rules are the import linter's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    *ROOT.glob("shared/foreshock_*"),
    *ROOT.glob("services/*/foreshock_*"),
    ROOT / "deploy/stack/foreshock_stack",
    ROOT / "deploy/grafana/foreshock_dashboards",
]
STREAM_NAMES = {"post.ingested", "post.classified", "post.stored"}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in package.rglob("*.py"))


def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def literals(path: Path) -> Iterator[str]:
    """Every string of a module that is no docstring."""
    tree = ast.parse(source(path))
    texts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            yield node.value


def test_the_packages_are_found() -> None:
    assert len(PACKAGES) == 7
    assert len(modules()) > 50


def test_every_file_can_be_read_in_one_go() -> None:
    long = {name_of(p): n for p in modules() if (n := len(source(p).splitlines())) > 300}
    assert long == {}


def test_every_module_opens_with_what_it_is_for() -> None:
    silent = [name_of(p) for p in modules() if not ast.get_docstring(ast.parse(source(p)))]
    assert silent == []


def test_streams_are_named_in_one_place() -> None:
    named = {name_of(path) for path in modules() if STREAM_NAMES & set(literals(path))}
    assert named == {"shared/foreshock_shared/contracts/streams.py"}


def test_no_stream_is_ever_capped() -> None:
    capping = re.compile(r"\bmaxlen\b", re.IGNORECASE)
    assert [str(p) for p in modules() if any(capping.search(text) for text in literals(p))] == []
    assert [str(p) for p in modules() if "maxlen=" in source(p) and "xadd" in source(p)] == []


@pytest.mark.parametrize("service", ["ingest", "classify", "store", "notify"])
def test_a_service_has_its_wiring_settings_and_domain_where_one_looks_for_them(service: str) -> None:
    package = ROOT / "services" / service / f"foreshock_{service}"
    assert all((package / name).exists() for name in ("app.py", "settings.py", "__main__.py", "domain"))


def test_a_domain_knows_no_clock() -> None:
    clocks = re.compile(r"\b(datetime\.now|time\.time|utcnow|time\.monotonic)\(")
    ticking = [name_of(path) for path in modules() if "domain" in path.parts and clocks.search(source(path))]
    assert ticking == []


def test_no_error_is_swallowed() -> None:
    silent = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(source(path)))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(each, ast.Pass) for each in node.body)
    ]
    assert silent == []
