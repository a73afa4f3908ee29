"""When a rule's receivers are told: throttle, quiet hours, digest, standing and escalation, as a rule has them.

What is here answers questions about time and nothing else; what follows for a telling is decided in `telling.py`.
Wall-clock times are those of the zone named. A time that is left out when clocks are put forward counts as if they
had not been (02:30 is what is then 03:30); of one that comes twice the first counts.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from foreshock_notify.domain.values import Duration, Names, several

_DAY: Final = timedelta(days=1)


class Day(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK: Final = tuple(Day)


def _clock(value: object) -> object:
    found = re.fullmatch(r"([01]?\d|2[0-4]):([0-5]\d)", value) if isinstance(value, str) else None
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise ValueError('must be a time of day in quotes, such as "07:00" (YAML reads a bare 22:00 as a number)')
    return time(int(found[1]) % 24, int(found[2]))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _known(name: str) -> str:
    try:
        _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}; name one such as Europe/Berlin or UTC") from error
    return name


Clock: TypeAlias = Annotated[time, BeforeValidator(_clock)]
Zone: TypeAlias = Annotated[str, AfterValidator(_known)]


class Throttle(BaseModel):
    """At most so many tellings of a rule to one receiver within a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    most: Annotated[int, Field(ge=1, le=1000)]
    per: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(days=7))]

    def free_at(self, told: Sequence[datetime], now: datetime) -> datetime:
        """When one more may be told, given when others were: `now` where it may be at once."""
        recent = sorted(moment for moment in told if moment > now - self.per)
        return now if len(recent) < self.most else recent[-self.most] + self.per


class Quiet(BaseModel):
    """Hours in which nothing is told that can wait. `to` before `from` means the next morning.

    `days` are those on which the hours begin; left out, every day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    begin: Clock = Field(alias="from")
    end: Clock = Field(alias="to")
    days: Annotated[frozenset[Day], Field(min_length=1), BeforeValidator(several)] = frozenset(Day)
    time_zone: Zone = "UTC"

    @model_validator(mode="after")
    def _lasts(self) -> "Quiet":
        if self.begin == self.end and self.begin != time(0):
            raise ValueError('from and to are the same time; a whole day is from: "00:00" to: "24:00"')
        if self.begin == self.end and len(self.days) == len(WEEK):
            raise ValueError("leaves no time at all to tell anything: name days, or a shorter time")
        return self

    def until(self, now: datetime) -> datetime:
        """When the quiet hours that `now` lies in are over; `now` where it lies in none."""
        end = now
        while (later := self._end_of(end)) > end:
            end = later
        return end

    def _end_of(self, now: datetime) -> datetime:
        """The end of the one window that holds this moment, else the moment itself."""
        today = now.astimezone(_zone(self.time_zone)).date()
        for first in (today - _DAY, today):
            begins, ends = self._window(first)
            if WEEK[first.weekday()] in self.days and begins <= now < ends:
                return ends
        return now

    def _window(self, first: date) -> tuple[datetime, datetime]:
        last = first if self.begin < self.end else first + _DAY
        return _moment(first, self.begin, self.time_zone), _moment(last, self.end, self.time_zone)


class Digest(BaseModel):
    """When what was kept back is told together: at times of day, or every so often (counted from midnight UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Annotated[tuple[Clock, ...], Field(min_length=1, max_length=48), BeforeValidator(several)] | None = None
    every: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=7))] | None = None
    time_zone: Zone = "UTC"

    @model_validator(mode="after")
    def _one_way(self) -> "Digest":
        if (self.at is None) == (self.every is None):
            raise ValueError('give either at (times of day, such as ["08:00"]) or every (such as 6h)')
        return self

    def next(self, now: datetime) -> datetime:
        """The next time of a digest, after `now`."""
        if self.every is not None:
            midnight = datetime.fromtimestamp(0, UTC)
            return midnight + ((now - midnight) // self.every + 1) * self.every
        today = now.astimezone(_zone(self.time_zone)).date()
        days = (today, today + _DAY, today + 2 * _DAY)
        moments = (_moment(day, at, self.time_zone) for day in days for at in self.at or ())
        return min(moment for moment in moments if moment > now)


class Step(BaseModel):
    """Who is told too if nobody has acknowledged by then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(days=7))]
    to: Annotated[Names, Field(min_length=1)]


def _moment(day: date, at: time, zone: str) -> datetime:
    """A wall-clock time as a moment in UTC."""
    return datetime.combine(day, at, _zone(zone)).astimezone(UTC)
