"""What every kind of source may use."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from foreshock_ingest.adapters.sources.reader_process import FeedReader
from foreshock_ingest.adapters.sources.web import Web

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    number, unit = value[:-1], value[-1:]
    if unit not in _UNITS or not number.isascii() or not number.isdigit():
        raise ValueError("must be a number of seconds, or a whole number with a unit such as 30s, 5m, 2h or 1d")
    return int(number) * _UNITS[unit]


Duration = Annotated[float, BeforeValidator(_seconds)]
"""Seconds, written as a number or as `5m`."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by all sources of a replica."""

    folder: Path
    """Where `sources.yaml` lies; paths in it are relative to it."""
    web: Web = field(default_factory=Web)
    reader: FeedReader = field(default_factory=FeedReader)
