"""What is measured of requests, and what every service shows of itself."""

from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter
from prometheus_client import REGISTRY
from pydantic import SecretStr

from foreshock_shared.contracts.streams import Group
from foreshock_shared.runtime.service import Service, build_app
from foreshock_shared.runtime.settings import ServiceSettings

ROUTES = APIRouter()


@ROUTES.get("/v1/things/{name}")
async def thing(name: str) -> str:
    """A thing, but for one."""
    if name == "broken":
        raise ZeroDivisionError
    return name


def client(disk: Path = Path("/")) -> httpx2.AsyncClient:
    """Somebody who asks a service that is made of one route and of what all have."""
    settings = ServiceSettings(port=1, redis_url=SecretStr("redis://nowhere"), watched_disk=disk)
    app = build_app(Service(Group.STORE, "Things", settings, routers=[ROUTES]))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://store")


def counted(route: str, status: str) -> float:
    return REGISTRY.get_sample_value("foreshock_http_requests_total", {"route": route, "status": status}) or 0.0


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/v1/things/one", "/v1/things/{name}", "2xx"),
        ("/v1/things/broken", "/v1/things/{name}", "5xx"),
        ("/v1/elsewhere/1", "none", "4xx"),
    ],
)
async def test_requests_are_counted_by_route_and_class_of_status(path: str, route: str, status: str) -> None:
    before = counted(route, status)
    async with client() as http:
        await http.get(path)
        await http.get(path)
    assert counted(route, status) == before + 2
    assert REGISTRY.get_sample_value("foreshock_http_request_seconds_count", {"route": route}) >= 2  # type: ignore[operator]


async def test_questions_after_health_and_metrics_are_not_counted() -> None:
    async with client() as http:
        for path in ("/livez", "/readyz", "/metrics"):
            await http.get(path)
        exposition = (await http.get("/metrics")).text
    assert 'route="/livez"' not in exposition
    assert 'route="/metrics"' not in exposition


async def test_a_service_shows_what_it_is_and_how_full_its_disk_is(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        exposition = (await http.get("/metrics")).text
    shown = dict(line.rsplit(" ", 1) for line in exposition.splitlines() if line.startswith("foreshock_"))
    assert any(name.startswith("foreshock_build_info{") and value == "1.0" for name, value in shown.items())
    assert 0 < float(shown["foreshock_disk_free_bytes"]) <= float(shown["foreshock_disk_size_bytes"])


async def test_a_disk_that_is_gone_takes_no_other_metric_with_it(tmp_path: Path) -> None:
    async with client(tmp_path / "nowhere") as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert "foreshock_build_info" in answer.text
