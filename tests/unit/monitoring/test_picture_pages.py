"""Pictures of dashboards: asked as the JSON says, drawn on a page, and what cannot be had is told."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from support.drawing import SPAN, a_dashboard
from support.http_peer import Answer as HttpAnswer
from support.http_peer import HttpPeer, Request

import foreshock_dashboards
from foreshock_dashboards.picture.asking import Asking
from foreshock_dashboards.picture.document import UndrawableError, read
from foreshock_dashboards.picture.page import picture
from foreshock_dashboards.picture.sources import DataSourceError, Prometheus


def test_every_dashboard_can_be_read() -> None:
    for path in foreshock_dashboards.FOLDER.glob("*.json"):
        assert read(path).panels


def test_a_file_that_cannot_be_read_says_which_panel_it_is(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"uid": "u", "title": "One", "panels": [{"id": 1, "type": "stat", "title": "Bent"}]}))
    with pytest.raises(UndrawableError, match="panel 'Bent'"):
        read(path)


def prometheus_answering(http_peer: HttpPeer, *series: dict[str, Any]) -> list[dict[str, list[str]]]:
    """What will be asked of it."""
    asked: list[dict[str, list[str]]] = []

    def answer(request: Request) -> HttpAnswer:
        asked.append(parse_qs(request.body.decode()) | {"path": [request.path]})
        body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}})
        return HttpAnswer(200, {"content-type": "application/json"}, body.encode())

    http_peer.answer_by(answer)
    return asked


TARGET = {"refId": "A", "expr": "rate(m[$__rate_interval])", "legendFormat": "{{job}}"}
PLACED = {"id": 1, "type": "timeseries", "title": "Rate", "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}}


async def test_a_page_asks_prometheus_in_steps_and_draws_what_it_answers(http_peer: HttpPeer) -> None:
    asked = prometheus_answering(http_peer, {"metric": {"job": "store"}, "values": [[1_005, "1"], [1_010, "NaN"]]})
    dashboard = a_dashboard(PLACED | {"targets": [TARGET]})
    async with Prometheus(http_peer.url) as prometheus:
        made = await picture(Asking(dashboard, prometheus, None, SPAN, 5), [dashboard])
    assert [(each["query"], each["step"], each["start"], each["end"]) for each in asked] == [
        (["rate(m[20s])"], ["5.0"], ["1000.0"], ["1060.0"])
    ]
    assert made.empty == ()
    assert ">store<" in made.html
    assert "<script" not in made.html


async def test_a_panel_without_data_says_so_and_is_told_of(http_peer: HttpPeer) -> None:
    prometheus_answering(http_peer, {"metric": {}, "values": [[1_005, "NaN"]]})
    quiet = PLACED | {"targets": [TARGET], "fieldConfig": {"defaults": {"noValue": "none so far"}, "overrides": []}}
    dashboard = a_dashboard(quiet)
    async with Prometheus(http_peer.url) as prometheus:
        made = await picture(Asking(dashboard, prometheus, None, SPAN, 5), [dashboard])
    assert made.empty == ("Rate",)
    assert "none so far" in made.html


async def test_without_postgres_its_table_says_that_nobody_was_asked(http_peer: HttpPeer) -> None:
    dashboard = a_dashboard(PLACED | {"type": "table", "targets": [{"refId": "A", "rawSql": "SELECT 1"}]})
    async with Prometheus(http_peer.url) as prometheus:
        made = await picture(Asking(dashboard, prometheus, None, SPAN, 5), [dashboard])
    assert made.empty == ("Rate",)
    assert "not asked: no address of Postgres was given" in made.html


async def test_a_server_without_exemplars_is_drawn_without_them(http_peer: HttpPeer) -> None:
    found = {"status": "success", "data": {"result": [{"metric": {"job": "store"}, "values": [[1_005, "1"]]}]}}

    def answer(request: Request) -> HttpAnswer:
        if "exemplars" in request.path:
            return HttpAnswer(404)
        return HttpAnswer(200, {"content-type": "application/json"}, json.dumps(found).encode())

    http_peer.answer_by(answer)
    dashboard = a_dashboard(PLACED | {"targets": [TARGET | {"exemplar": True}]})
    async with Prometheus(http_peer.url) as prometheus:
        made = await picture(Asking(dashboard, prometheus, None, SPAN, 5), [dashboard])
    assert made.empty == ()


async def test_a_kind_of_panel_that_is_not_known_fails_with_its_name(http_peer: HttpPeer) -> None:
    dashboard = a_dashboard(PLACED | {"type": "piechart"})
    async with Prometheus(http_peer.url) as prometheus:
        with pytest.raises(UndrawableError, match="One, panel 'Rate': a panel of the kind 'piechart'"):
            await picture(Asking(dashboard, prometheus, None, SPAN, 5), [dashboard])


async def test_what_prometheus_refuses_is_told_with_the_panel_and_the_query(http_peer: HttpPeer) -> None:
    body = json.dumps({"status": "error", "error": "parse error"}).encode()
    http_peer.answer(HttpAnswer(400, {"content-type": "application/json"}, body))
    dashboard = a_dashboard(PLACED | {"targets": [TARGET]})
    async with Prometheus(http_peer.url) as prometheus:
        with pytest.raises(UndrawableError, match=r"panel 'Rate': rate\(m\[20s\]\): parse error"):
            await picture(Asking(dashboard, prometheus, None, SPAN, 5), [dashboard])


async def test_a_prometheus_that_is_away_is_named() -> None:
    async with Prometheus("http://127.0.0.1:9") as prometheus:
        with pytest.raises(DataSourceError, match=r"Prometheus at http://127\.0\.0\.1:9 does not answer"):
            await prometheus.instant("up", 0)


async def test_alerts_that_fire_are_marked_in_every_panel(http_peer: HttpPeer) -> None:
    marked = {"name": "alerts", "expr": "ALERTS", "iconColor": "red"}
    prometheus_answering(http_peer, {"metric": {"alertname": "Late"}, "values": [[1_020, "1"]]})
    dashboard = a_dashboard(PLACED | {"targets": [TARGET]}, annotations={"list": [marked]})
    async with Prometheus(http_peer.url) as prometheus:
        made = await picture(Asking(dashboard, prometheus, None, SPAN, 5), [dashboard])
    assert "alerts: Late" in made.html
