"""`GET /v1/index`: the AI Policy Shock Index by day, with its band; needs the bearer key."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, SecretStr

from foreshock_shared.runtime.problems import require_key
from foreshock_store.adapters.index_book import KEPT, IndexBook
from foreshock_store.domain.shock_index import By, Reading, by_day

SHOWN: Final = timedelta(days=30)


class IndexAsked(BaseModel):
    """From which day (30 days ago, if not said), and what it is told apart by."""

    model_config = ConfigDict(extra="forbid")

    since: date | None = None
    by: By = By.ALL


class IndexDay(BaseModel):
    """The index of a UTC day, with the ends of its 90 % band."""

    day: date
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, reading: Reading) -> "IndexDay":
        """Rounded to what it is good for."""
        level = reading.level
        return cls(day=reading.day, value=round(level.value, 1), low=round(level.low, 1), high=round(level.high, 1))


class IndexSeries(BaseModel):
    """One jurisdiction or action, or `all`. Days that are not counted yet, or on which nothing came, are left out."""

    name: str
    days: list[IndexDay]


class BasePeriod(BaseModel):
    """The days whose mean is 100, as far as they are counted. While there are fewer than needed, no series is."""

    first: date | None
    last: date | None
    days: int
    needed: int


class Index(BaseModel):
    """Every series that has a base."""

    base: BasePeriod
    series: list[IndexSeries]


def index_api(book: Callable[[], IndexBook], key: SecretStr) -> APIRouter:
    """The route, over a book that exists once the service has started."""
    router = APIRouter(prefix="/v1", tags=["read"], dependencies=[Depends(require_key(key))])

    @router.get("/index")
    async def show_index(asked: Annotated[IndexAsked, Query()]) -> Index:
        """The shock index by day."""
        now = datetime.now(UTC)
        since = max(asked.since or (now - SHOWN).date(), (now - KEPT).date())
        known = await book().known(since, now)
        series = [
            IndexSeries(name=name, days=[IndexDay.of(day) for day in by_day(base, tellings, known.volumes, since)])
            for name, base, tellings in known.bases(asked.by)
        ]
        base = known.base_days
        period = BasePeriod(
            first=base[0] if base else None,
            last=base[-1] if base else None,
            days=len(base),
            needed=known.base_length,
        )
        return Index(base=period, series=series)

    return router
