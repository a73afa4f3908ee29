"""Values as text with their unit, rounded as Grafana rounds: three figures unless `decimals` says otherwise."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

Formatter = Callable[[float, int | None], str]

_SECONDS: Final = ((60, 1, "s"), (3600, 60, "mins"), (86400, 3600, "hours"), (604800, 86400, "days"))
_THOUSANDS: Final = ("", " K", " Mil", " Bil", " Tri")


def text(value: float, unit: str, decimals: int | None = None, now: float = 0) -> str:
    """`value` in `unit`; a moment of time is in Unix milliseconds. Raises ValueError for a unit that is not known."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if unit == "dateTimeFromNow":
        return _ago(now - value / 1000)
    if unit.startswith("count:"):
        return f"{_scaled(value, decimals, 1000, ('', ' K', ' M', ' B', ' T'))} {unit.removeprefix('count:')}"
    if unit.startswith("suffix:"):
        return f"{figures(value, decimals)} {unit.removeprefix('suffix:')}"
    if unit not in _FORMATTERS:
        raise ValueError(f"there is no unit {unit!r}")
    return _FORMATTERS[unit](value, decimals)


def figures(value: float, decimals: int | None = None) -> str:
    """A number without a unit."""
    return f"{value:.{_decimals(value) if decimals is None else decimals}f}"


def _decimals(value: float) -> int:
    if value == int(value):
        return 0
    return max(0, 2 - math.floor(math.log10(abs(value))))


def _seconds(value: float, decimals: int | None) -> str:
    size = abs(value)
    if size == 0:
        return "0 s"
    for limit, factor, name in ((1e-6, 1e-9, "ns"), (1e-3, 1e-6, "µs"), (1, 1e-3, "ms"), *_SECONDS):
        if size < limit:
            return _counted(value / factor, decimals, name)
    return _counted(value / 604800, decimals, "weeks")


def _counted(value: float, decimals: int | None, name: str) -> str:
    """Grafana says `1 min` and `5 mins`."""
    said = figures(value, decimals)
    return f"{said} {name.removesuffix('s') if said == '1' and len(name) > 2 else name}"


def _scaled(value: float, decimals: int | None, factor: int, names: Sequence[str]) -> str:
    place = 0
    while abs(value) >= factor and place < len(names) - 1:
        value /= factor
        place += 1
    return figures(value, decimals) + names[place]


def _ago(seconds: float) -> str:
    size = abs(seconds)
    said = "a few seconds"
    for limit, factor, name in ((3600, 60, "minute"), (86400, 3600, "hour"), (math.inf, 86400, "day")):
        if size >= 45:
            count = max(1, round(size / factor))
            said = f"a {name}" if count == 1 else f"{count} {name}s"
        if size < limit:
            break
    return f"{said} ago" if seconds >= 0 else f"in {said}"


def _moment(value: float, _: int | None) -> str:
    return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


_FORMATTERS: Final[dict[str, Formatter]] = {
    "": figures,
    "none": figures,
    "short": lambda value, decimals: _scaled(value, decimals, 1000, _THOUSANDS),
    "s": _seconds,
    "ms": lambda value, decimals: _seconds(value / 1000, decimals),
    "percentunit": lambda value, decimals: f"{figures(value * 100, decimals)}%",
    "percent": lambda value, decimals: f"{figures(value, decimals)}%",
    "bytes": lambda value, decimals: _scaled(value, decimals, 1024, (" B", " KiB", " MiB", " GiB", " TiB")),
    "decbytes": lambda value, decimals: _scaled(value, decimals, 1000, (" B", " kB", " MB", " GB", " TB")),
    "cps": lambda value, decimals: _scaled(value, decimals, 1000, (" c/s", "K c/s", "M c/s")),
    "ops": lambda value, decimals: _scaled(value, decimals, 1000, (" ops/s", "K ops/s", "M ops/s")),
    "reqps": lambda value, decimals: _scaled(value, decimals, 1000, (" req/s", "K req/s", "M req/s")),
    "dateTimeAsIso": _moment,
}
