"""The dashboards: the files are what the code makes, and every query is of metrics that there are."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.dashboards import panels, queries
from support.metrics import ROOT, exposed, named_in

import foreshock_dashboards

GRAFANA = ROOT / "deploy" / "grafana"
COLUMNS = 24


def test_the_files_are_what_the_code_makes() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in foreshock_dashboards.FOLDER.iterdir()}
    made = foreshock_dashboards.documents()
    assert kept.keys() == made.keys()
    stale = [name for name in made if kept[name] != made[name]]
    assert stale == [], "run `PYTHONPATH=deploy/grafana .venv/bin/python -m foreshock_dashboards`"


def test_every_metric_that_a_query_names_exists() -> None:
    named = {name for query in queries() for name in named_in(query.expression)}
    assert len(named) > 40
    assert named - exposed() == set()


def test_every_metric_of_ours_can_be_seen_somewhere() -> None:
    """Counts and sums of histograms are in their buckets."""
    named = {name for query in queries() for name in named_in(query.expression)}
    ours = {name for name in exposed() if name.startswith("foreshock_") and not name.endswith(("_sum", "_count"))}
    assert ours - named == {
        "foreshock_canary_interval_seconds",  # a setting
        "foreshock_ingest_entry_posts_bucket",  # for measuring
        "foreshock_store_dead_letters_kept_total",
        "foreshock_store_entries_trimmed_total",
        "foreshock_store_foreign_groups_behind",  # an alert
        "foreshock_store_posts_total",
    }


@pytest.mark.parametrize("name", sorted(foreshock_dashboards.documents()))
def test_panels_have_names_numbers_words_and_a_place_of_their_own(name: str) -> None:
    found = panels(name)
    assert len({panel["id"] for panel in found}) == len(found)
    taken: dict[tuple[int, int], str] = {}
    for panel in found:
        place: dict[str, int] = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS
        cells = [
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert [taken[cell] for cell in cells if cell in taken] == []
        taken |= dict.fromkeys(cells, panel["title"])
        assert panel["title"]
        assert panel["type"] == "row" or panel["description"]


def test_every_panel_asks_a_data_source_that_is_provisioned() -> None:
    provisioned = {
        (source["type"], source["uid"])
        for path in (GRAFANA / "provisioning" / "datasources").iterdir()
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["datasources"]
    }
    asked = {
        (target["datasource"]["type"], target["datasource"]["uid"])
        for name in foreshock_dashboards.documents()
        for panel in panels(name)
        for target in panel.get("targets", [])
    }
    [watched] = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yaml").read_text("utf-8"))["datasources"]
    led_to = {each.get("datasourceUid") for each in watched["jsonData"]["exemplarTraceIdDestinations"]}
    assert {(kind, uid) for kind, uid in provisioned if uid not in led_to} == asked
    assert led_to - {None} <= {uid for _, uid in provisioned}


def test_grafana_looks_for_dashboards_where_compose_puts_them() -> None:
    provider: dict[str, Any] = yaml.safe_load((GRAFANA / "provisioning/dashboards/foreshock.yaml").read_text("utf-8"))
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    folder = provider["providers"][0]["options"]["path"]
    assert f"./deploy/grafana/dashboards:{folder}:ro" in compose["services"]["grafana"]["volumes"]
    assert {Path(name).stem for name in foreshock_dashboards.documents()} == {
        json.loads(text)["uid"] for text in foreshock_dashboards.documents().values()
    }
