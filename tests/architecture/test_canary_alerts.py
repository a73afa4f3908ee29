"""The alerts on the canary speak of metrics that there are."""

import re
from pathlib import Path

import yaml
from prometheus_client import REGISTRY

import foreshock_store.metrics  # noqa: F401  importing registers the metrics

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules" / "canary.yaml"


def test_every_metric_of_the_alerts_exists() -> None:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    expressions = " ".join(rule["expr"] for rule in group["rules"])
    families = {f"{each.name}{'_total' if each.type == 'counter' else ''}" for each in REGISTRY.collect()}
    named = {name.removesuffix("_bucket") for name in re.findall(r"foreshock_\w+", expressions)}
    assert len(named) == 4
    assert named <= families
