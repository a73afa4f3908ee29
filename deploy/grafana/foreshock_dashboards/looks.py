"""What colours and lines mean, the same in every dashboard: few colours, each with one sense.

Red is trouble or the worst of its kind, orange and yellow lead up to it, green is what went well, grey is background.
A service has a colour of its own wherever it appears. Dashed is the calmer of two: the normal lane, the median.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models

Colours: TypeAlias = Mapping[str, str]
"""Colours by the first word of a legend."""

GREY: Final = "#7b8087"
DIM: Final = "#5a5f66"
PLAIN: Final = "light-blue"
"""Of what is neither good nor bad."""
URGENCIES: Final[Colours] = {"critical": "red", "high": "orange", "medium": "yellow", "low": DIM}
STATUSES: Final[Colours] = {
    "unconfirmed": "yellow",
    "corroborated": "orange",
    "official": "red",
    "lifted": "green",
    "retracted": "purple",
    "merged": GREY,
    "closed": DIM,
}
SERVICES: Final[Colours] = {"ingest": "blue", "classify": "purple", "store": "#2fb8a6", "notify": "yellow"}
TOPICS: Final[Colours] = {
    "policy": "red",
    "security": "orange",
    "legal": "purple",
    "compute": "blue",
    "release": "light-blue",
    "research": "#2fb8a6",
    "funding": "green",
    "talent": "yellow",
    "market": "light-yellow",
    "opinion": GREY,
}
DECISIONS: Final[Colours] = {
    "opened": "red",
    "reopened": "light-red",
    "burst": "purple",
    "updated_official": "dark-orange",
    "updated_corroborated": "orange",
    "updated_urgency": "yellow",
    "new_receiver": "light-blue",
    "lifted": "green",
    "joined_silently": GREY,
    "too_old": DIM,
}
OUTCOMES: Final[Colours] = {
    "delivered": "green",
    "retry": "orange",
    "gave_up": "red",
    "refused": "dark-red",
    "gone": "purple",
}
QUANTILES: Final[Colours] = {"p50": "super-light-blue", "p99": "blue"}
WINDOWS: Final[Colours] = {"an": "blue", "six": "super-light-blue"}
TIERS: Final[Colours] = {"official": "orange", "press": "blue"}
CALM: Final = "(p50|normal|forwarded)$"
"""Legends of dashed lines."""


def fixed(colour: str) -> builders.FieldColor:
    """Always this colour."""
    return builders.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(colour)


def coloured(word: str, colour: str) -> tuple[str, list[models.DynamicConfigValue]]:
    """An override: the colour of what begins with a word."""
    return f"/^{word}\\b/", [models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})]


def dashed(ending: str) -> tuple[str, list[models.DynamicConfigValue]]:
    """An override: dashes for legends that end so."""
    return f"/{ending}/", [models.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [6, 4]})]


def mapped(texts: Mapping[str, tuple[str, str]]) -> models.ValueMap:
    """Values, each with the text and the colour that stand for it."""
    return models.ValueMap(
        {
            value: models.ValueMappingResult(text, colour, index=place)
            for place, (value, (text, colour)) in enumerate(texts.items())
        }
    )


def steps(red: float | None, *, below: str, orange: float | None = None) -> builders.ThresholdsConfig:
    """A colour, then orange and red from their limits on."""
    made = [models.Threshold(value=None, color=below)]
    made += [models.Threshold(value=limit, color=name) for name, limit in (("orange", orange), ("red", red)) if limit]
    return builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)
