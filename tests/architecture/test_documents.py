"""What the documentation names exists, and what exists and matters is documented."""

import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from pydantic import AliasChoices

from foreshock_shared.runtime.settings import PREFIX, ServiceSettings
from foreshock_stack import reference
from foreshock_stack.cli import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SERVICES = ("ingest", "classify", "store", "notify")
OPERATIONS = ROOT / "docs" / "operations.md"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the services must be told before they can be put together."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in reference.PLACEHOLDERS.items():
        monkeypatch.setenv(PREFIX + name, value)
    monkeypatch.setenv(f"{PREFIX}CONFIG_DIR", str(ROOT / "config"))


def text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)


def commands() -> set[str]:
    groups = {str(group.name): group.typer_instance for group in app.registered_groups}
    plain = {str(c.name or (c.callback and c.callback.__name__)) for c in app.registered_commands}
    return plain | groups.keys()


def settings_fields() -> Iterator[str]:
    for name in SERVICES:
        module = importlib.import_module(f"foreshock_{name}.settings")
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, ServiceSettings):
                for field, about in kind.model_fields.items():
                    alias = about.validation_alias
                    others = alias.choices if isinstance(alias, AliasChoices) else [f"{PREFIX}{field.upper()}"]
                    yield from map(str, others)


def metric_names() -> set[str]:
    for name in SERVICES:
        importlib.import_module(f"foreshock_{name}.app")
    names = set()
    for family in REGISTRY.collect():
        names.add(family.name + ("_total" if family.type == "counter" else ""))
    return {name for name in names if name.startswith("foreshock_")}


def test_the_reference_documents_are_what_the_code_says(environment: None) -> None:
    builders = {name: importlib.import_module(f"foreshock_{name}.app").build for name in SERVICES}
    made = reference.documents(builders)
    kept = {p.relative_to(reference.FOLDER).as_posix(): p.read_text("utf-8") for p in reference.FOLDER.rglob("*.json")}
    assert kept.keys() == made.keys()
    stale = [name for name in made if kept[name] != made[name]]
    assert stale == [], "run `python -m foreshock_stack.reference`"


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"\./run ([a-z]+)", text()))
    assert named - commands() == set()


def test_every_command_is_documented() -> None:
    assert commands() - set(re.findall(r"\./run ([a-z]+)", text())) == set()


def test_every_metric_that_is_named_exists() -> None:
    named = set(re.findall(r"`(foreshock_[a-z_]+(?:total|seconds|bytes|entries|info|index|ratio))`", text()))
    assert named - metric_names() == set()


def test_every_metric_is_in_the_operations_page() -> None:
    page = text()
    assert {name for name in metric_names() if f"`{name}`" not in page} == set()


def test_every_setting_is_in_the_operations_page() -> None:
    page = OPERATIONS.read_text(encoding="utf-8")
    assert {name for name in settings_fields() if f"`{name}`" not in page} == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.name}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert broken == []
