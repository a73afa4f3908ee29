"""The metrics that there are: those of all services, and what the recording rules of Prometheus make of them."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import REGISTRY

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "deploy" / "prometheus" / "rules").glob("*.yml"))
SERVICES = ("ingest", "classify", "store", "notify")
FROM_PROMETHEUS = frozenset({"up", "ALERTS"})
_NAMED = re.compile(r"\b(?:foreshock_\w+|foreshock:[\w:]+|process_\w+|python_\w+|up|ALERTS)\b(?!\s*[(=])")
_QUOTED = re.compile(r'"[^"]*"')


def rules() -> list[dict[str, Any]]:
    """Every rule of Prometheus that we ship, recording and alerting."""
    return [
        rule
        for path in RULES
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def named_in(expression: str) -> set[str]:
    """The metrics that a PromQL expression names."""
    return set(_NAMED.findall(_QUOTED.sub('""', expression)))


def exposed() -> set[str]:
    """Every name under which a query finds something, if it is there."""
    return set(_sampled()) | {rule["record"] for rule in rules() if "record" in rule} | FROM_PROMETHEUS


def _sampled() -> Iterator[str]:
    for service in SERVICES:
        import_module(f"foreshock_{service}.metrics")
    import_module("foreshock_shared.runtime.metrics")
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    for family in REGISTRY.collect():
        yield from (family.name + suffix for suffix in suffixes.get(family.type, ("",)))
