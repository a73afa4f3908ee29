"""The alerts: valid, each tried firing and silent, on metrics that there are, and with an entry in the runbook."""

import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.metrics import ROOT, RULES, alerts, exposed, named_in, rules
from support.packages import debian

import foreshock_dashboards
from foreshock_dashboards.shocks import MARKS

TESTS = sorted((ROOT / "deploy" / "prometheus" / "tests").glob("*.test.yml"))
RUNBOOK = ROOT / "docs" / "runbook.md"
ENTRY = ("**It means**", "**You notice**", "**Do**")


def promtool(*arguments: str | Path) -> str:
    program = debian("prometheus", "promtool")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def entries() -> dict[str, str]:
    """The sections of the runbook by their headings."""
    parts = re.split(r"^### ", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return dict(part.split("\n", 1) for part in parts)


def tried() -> dict[tuple[str, str], set[bool]]:
    """For each alert and severity whether there is a test in which it fires, and one in which it does not."""
    found = defaultdict(set)
    for path in TESTS:
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            for check in case["promql_expr_test"]:
                labels = dict(re.findall(r'(\w+)="([^"]*)"', check["expr"]))
                if "alertname" in labels and "severity" in labels:
                    found[labels["alertname"], labels["severity"]].add(bool(check["exp_samples"]))
    return dict(found)


def test_prometheus_loads_every_file_of_rules() -> None:
    assert {path.suffix for path in RULES[0].parent.iterdir()} == {".yml"}
    told = promtool("check", "rules", *RULES)
    assert told.count("SUCCESS") == len(RULES)


def test_prometheus_loads_its_configuration() -> None:
    promtool("check", "config", ROOT / "deploy" / "prometheus" / "prometheus.yml")


@pytest.mark.slow
@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_alerts_fire_when_they_must_and_only_then(path: Path) -> None:
    promtool("test", "rules", path)


def test_an_opening_is_marked_in_its_minute_and_of_several_in_a_row_the_first(tmp_path: Path) -> None:
    [expression] = [expression for _, expression in MARKS.values()]
    marked = {"2m": [1], "3m": [], "5m": [2], "6m": [], "7m": []}
    checks = [
        {"expr": expression, "eval_time": at, "exp_samples": [{"labels": "{}", "value": value} for value in values]}
        for at, values in marked.items()
    ]
    series = {"series": 'foreshock_notify_decisions_total{reason="opened"}', "values": "0 0 1 1 1 2 3 3"}
    case = {"interval": "1m", "input_series": [series], "promql_expr_test": checks}
    (tmp_path / "marks.yml").write_text(json.dumps({"tests": [case]}), encoding="utf-8")
    promtool("test", "rules", tmp_path / "marks.yml")


def test_every_alert_is_tried_firing_and_silent() -> None:
    both = {each for each, outcomes in tried().items() if outcomes == {True, False}}
    assert {(rule["alert"], rule["labels"]["severity"]) for rule in alerts()} == both


def test_every_metric_that_a_rule_names_exists() -> None:
    named = {name for rule in rules() for name in named_in(rule["expr"])}
    assert len(named) > 30
    assert named - exposed() == set()


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_an_alert_says_how_bad_it_is_what_it_is_and_where_to_read_on(rule: dict[str, Any]) -> None:
    assert rule["labels"] == {"severity": rule["labels"]["severity"]}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"


def test_the_page_on_monitoring_names_what_there_is() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(foreshock:[\w:]+)`", page)) <= {rule.get("record") for rule in rules()}
    assert set(re.findall(r"^\| `(\w+\.yml)`", page, re.MULTILINE)) == {path.name for path in RULES}
    assert set(re.findall(r"^\| \*(\w+)\*", page, re.MULTILINE)) == {
        json.loads(text)["title"] for text in foreshock_dashboards.documents().values()
    }


def test_the_runbook_has_an_entry_for_each_alert_and_for_nothing_else() -> None:
    assert entries().keys() == {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("name", sorted({rule["alert"] for rule in alerts()}))
def test_an_entry_says_what_it_means_what_one_notices_and_what_to_do_in_this_order(name: str) -> None:
    places = [entries()[name].find(part) for part in ENTRY]
    assert -1 not in places
    assert places == sorted(places)
