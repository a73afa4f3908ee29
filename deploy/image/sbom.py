"""Writes what is installed in this environment as a CycloneDX document: `python -I sbom.py NAME > sbom.cdx.json`.

The same packages give the same bytes: no time and no serial number stand in it. Only the standard library is used,
since it runs inside the environment that it describes.
"""

import json
import platform
import re
import sys
from importlib.metadata import Distribution, distributions

SPEC_VERSION = "1.5"


def main(name: str) -> None:
    """Print the document."""
    found = sorted({_canonical(each): each for each in distributions()}.items())
    json.dump(document(name, [component(each, canonical) for canonical, each in found]), sys.stdout, indent=1)


def document(name: str, components: list[dict[str, object]]) -> dict[str, object]:
    """A whole bill of materials."""
    python = {"type": "platform", "name": "python", "version": platform.python_version()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name}},
        "components": [python, *components],
    }


def component(distribution: Distribution, canonical: str) -> dict[str, object]:
    """One package: its name, version, address and licence as it states them."""
    version = distribution.version
    told = distribution.metadata.get("License-Expression") or distribution.metadata.get("License") or ""
    licence = told.strip().splitlines()[0] if told.strip() else ""
    return {
        "type": "library",
        "bom-ref": f"{canonical}@{version}",
        "name": canonical,
        "version": version,
        "purl": f"pkg:pypi/{canonical}@{version}",
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
    }


def _canonical(distribution: Distribution) -> str:
    return re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()


if __name__ == "__main__":
    main(sys.argv[1])
