"""The word lists and names that judgement rests on, as YAML that a person can read and correct.

They are part of the package like its code, and are read once when a classifier is built.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def read(name: str) -> Any:
    """The content of a list, read once, such as `acts/en` or `names/vendors`."""
    return yaml.load(files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def acts(lang: str) -> Mapping[str, list[str]]:
    """Words of one language for who does what to what, how surely: {kind of cue: terms}."""
    cues: Mapping[str, list[str]] = read(f"acts/{lang}")
    return cues


def fields(lang: str) -> Mapping[str, list[str]]:
    """Words of one language for what a post is about: {kind of cue: terms}."""
    cues: Mapping[str, list[str]] = read(f"fields/{lang}")
    return cues


def fingerprint() -> bytes:
    """Everything that is in here, for telling whether a model was trained with it."""
    root = files(__name__)
    lists = sorted(
        (entry for folder in (root, root / "acts", root / "fields", root / "names") for entry in folder.iterdir()),
        key=str,
    )
    return b"".join(entry.read_bytes() for entry in lists if entry.name.endswith(".yaml"))
