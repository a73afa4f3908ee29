"""The word lists and names that judgement rests on, as YAML that a person can read and correct.

They are part of the package like its code, and are read once when a classifier is built.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml


def read(name: str) -> Any:
    """The content of a list, such as `lexicon/en` or `names/vendors`."""
    return yaml.load(files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def lexicon(lang: str) -> Mapping[str, list[str]]:
    """Cues of one language: {kind of cue: terms}."""
    cues: Mapping[str, list[str]] = read(f"lexicon/{lang}")
    return cues


def fingerprint() -> bytes:
    """Everything that is in here, for telling whether a model was trained with it."""
    root = files(__name__)
    lists = sorted(
        (entry for folder in (root, root / "lexicon", root / "names") for entry in folder.iterdir()),
        key=lambda e: e.name,
    )
    return b"".join(entry.read_bytes() for entry in lists if entry.name.endswith(".yaml"))
