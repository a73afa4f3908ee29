"""The two data sources: Prometheus over its API, Postgres as whoever the address names (the viewer)."""

from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import httpx2

SECONDS: Final = 20.0


class DataSourceError(Exception):
    """A data source that cannot be asked, or does not like the question."""


@dataclass(frozen=True, slots=True)
class Found:
    """A series as Prometheus gives it: moments and values that may be no numbers."""

    labels: dict[str, str]
    points: tuple[tuple[float, float], ...]


class Prometheus:
    """Use within `async with`. What it refuses raises DataSourceError, with the question."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.AsyncClient(base_url=url, timeout=SECONDS, trust_env=False)

    async def __aenter__(self) -> "Prometheus":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def range(self, expression: str, start: float, end: float, step: float) -> list[Found]:
        asked = {"query": expression, "start": start, "end": end, "step": step}
        return [_found(each, each["values"]) for each in (await self._ask("query_range", asked))["result"]]

    async def instant(self, expression: str, at: float) -> list[Found]:
        asked = {"query": expression, "time": at}
        return [_found(each, [each["value"]]) for each in (await self._ask("query", asked))["result"]]

    async def exemplars(self, expression: str, start: float, end: float) -> list[tuple[float, float, str]]:
        """Moment, value and labels of each; none where this server keeps none, and need not know the question."""
        try:
            answer = await self._ask("query_exemplars", {"query": expression, "start": start, "end": end})
        except DataSourceError:
            return []
        return [
            (float(each["timestamp"]), float(each["value"]), ", ".join(f"{k}: {v}" for k, v in each["labels"].items()))
            for series in answer or []
            for each in series["exemplars"]
        ]

    async def _ask(self, what: str, asked: dict[str, Any]) -> Any:
        try:
            answer = await self._client.post(f"/api/v1/{what}", data=asked)
        except httpx2.HTTPError as error:
            raise DataSourceError(f"Prometheus at {self._client.base_url} does not answer: {error!r}") from error
        content = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        if content.get("status") != "success":
            raise DataSourceError(f"{asked['query']}: {content.get('error') or f'status {answer.status_code}'}")
        return content["data"]


def _found(series: dict[str, Any], points: list[list[Any]]) -> Found:
    return Found(series["metric"], tuple((float(moment), float(value)) for moment, value in points))


class Postgres:
    """One question at a time, over a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def rows(self, sql: str) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]:
        """Names of the columns, and the rows."""
        try:
            connection = await asyncpg.connect(self._url, timeout=SECONDS)
        except (OSError, asyncpg.PostgresError) as error:
            raise DataSourceError(f"Postgres does not answer: {error}") from error
        try:
            statement = await connection.prepare(sql)
            found = await statement.fetch(timeout=SECONDS)
            return tuple(each.name for each in statement.get_attributes()), tuple(tuple(row) for row in found)
        except asyncpg.PostgresError as error:
            raise DataSourceError(f"{error}: {sql}") from error
        finally:
            await connection.close()
