"""A service as a process: its HTTP surface, its broker, what runs beside them, and an orderly end.

Every service answers `/livez` (this process serves requests; depends on nobody), `/readyz` (what it really does, as
JSON; 503 with the reasons where it cannot do its work) and `/metrics`.

Start: background, then broker, then the port is opened. End, on SIGTERM or SIGINT: the port is closed, each lane
finishes the batch in hand, then the background ends in reverse order.
"""

import asyncio
import platform
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TypeAlias

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from pydantic import JsonValue
from structlog import get_logger

from foreshock_shared.contracts.streams import Group
from foreshock_shared.runtime import logs, problems, tracing
from foreshock_shared.runtime.broker import LaneBroker
from foreshock_shared.runtime.errors import ConfigurationError, ForeshockError
from foreshock_shared.runtime.metrics import BUILD, DISK_FREE, DISK_SIZE
from foreshock_shared.runtime.redis import check_durability, connect
from foreshock_shared.runtime.requests import MeasuredRequests
from foreshock_shared.runtime.settings import ServiceSettings

log = get_logger()

Check: TypeAlias = Callable[[], Awaitable[Mapping[str, JsonValue]]]
"""Says how a part is doing; raises an error of ours where it cannot do its work."""

Background: TypeAlias = Callable[[], AbstractAsyncContextManager[object]]
"""Something that runs as long as the service does."""

CHECK_SECONDS = 3.0
GRACE_SECONDS = 8


@dataclass(frozen=True, slots=True)
class Service:
    """What a service is made of; put together in its `app.py` and nowhere else."""

    name: Group
    title: str
    settings: ServiceSettings
    broker: LaneBroker | None = None
    routers: Sequence[APIRouter] = ()
    background: Sequence[Background] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)


def build_app(service: Service) -> FastAPI:
    """The service as an ASGI application; its lifespan starts and stops everything."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(tracing.stop)
            await _require_durable_redis(service.settings)
            for part in service.background:
                await stack.enter_async_context(part())
            if service.broker is not None:
                await stack.enter_async_context(service.broker)
                await service.broker.start()
            log.info("ready to work", port=service.settings.port)
            yield
        log.info("stopped")

    BUILD.labels(version(f"foreshock-{service.name}"), platform.python_version()).set(1)
    tracing.start(service.name.value, service.settings.consumer, service.settings.tracing_endpoint)
    app = FastAPI(
        title=service.title,
        version="1",
        lifespan=lifespan,
        docs_url="/docs",
        redoc_url=None,
        telemetry=tracing.of_requests(),
    )
    problems.install(app)
    app.add_middleware(MeasuredRequests)
    app.include_router(_operations(service))
    for router in service.routers:
        app.include_router(router)
    return app


def run(build: Callable[[], Service]) -> None:
    """Put a service together and serve until SIGTERM or SIGINT. Ends with one clear line where it cannot start."""
    try:
        service = build()
    except ConfigurationError as error:
        sys.exit(f"foreshock: {error}")
    logs.configure(service.name.value, service.settings.log_level, service.settings.log_format)
    uvicorn.run(
        build_app(service),
        host=service.settings.host,
        port=service.settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


async def _require_durable_redis(settings: ServiceSettings) -> None:
    """Refuse to start on a server that may lose what it accepted."""
    redis = connect(settings.redis_url)
    try:
        await check_durability(redis, settings.redis_durability)
    finally:
        await redis.aclose()


def _operations(service: Service) -> APIRouter:
    router = APIRouter(tags=["operations"])
    checks: dict[str, Check] = dict(service.checks)
    if service.broker is not None:
        checks["lanes"] = service.broker.health

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        """Whether this process serves requests."""
        return {"status": "alive", "service": service.name.value}

    @router.get("/readyz", responses={503: {"description": "It cannot do its work; `checks` says why"}})
    async def readyz(response: Response) -> dict[str, JsonValue]:
        """Whether this service does its work, and how."""
        found = dict(zip(checks, await asyncio.gather(*map(_ask, checks.values())), strict=True))
        ready = all(ok for ok, _ in found.values())
        response.status_code = 200 if ready else 503
        return {
            "status": "ready" if ready else "not ready",
            "service": service.name.value,
            "checks": {name: {"ok": ok, **detail} for name, (ok, detail) in found.items()},
        }

    async def measured() -> dict[str, JsonValue]:
        disk = shutil.disk_usage(service.settings.watched_disk)
        DISK_FREE.set(disk.free)
        DISK_SIZE.set(disk.total)
        if service.broker is not None:
            await service.broker.measure()
        return {}

    @router.get("/metrics", response_class=Response)
    async def metrics(request: Request) -> Response:
        """Everything counted here, in Prometheus' text format; in that of OpenMetrics, with exemplars, where asked."""
        await _ask(measured)  # what cannot be asked now keeps its last value; readiness says why
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(REGISTRY), media_type=content_type)

    return router


async def _ask(check: Check) -> tuple[bool, dict[str, JsonValue]]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return True, dict(await check())
    except TimeoutError:
        return False, {"error": f"gave no answer within {CHECK_SECONDS} s"}
    except ForeshockError as error:
        return False, {"error": str(error)}
    except Exception as error:  # noqa: BLE001  a readiness question is answered, whatever a check runs into
        return False, {"error": f"{type(error).__name__}: {error}"}
