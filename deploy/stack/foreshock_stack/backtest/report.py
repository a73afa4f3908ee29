"""What a backtest came to, as data and in words; the page shows the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from foreshock_notify.simulation.compare import Comparison, Only, Shifted
from foreshock_notify.simulation.figures import Figures
from foreshock_notify.simulation.outcome import Outcome
from foreshock_notify.simulation.telling import Telling

NOBODY: Final = "(nobody)"
"""The receiver of rules that name none: shown, so that such rules can be tried too."""
LISTED: Final = 30
HEADLINE: Final = 90

Row: TypeAlias = tuple[str, ...]
_Figure: TypeAlias = tuple[str, Callable[["Played"], str]]


@dataclass(frozen=True, slots=True)
class Played:
    """One set of rules, by the name of its file."""

    name: str
    outcome: Outcome
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """All that there is to say."""

    since: datetime
    until: datetime
    posts: int
    played: Sequence[Played]
    """One set of rules, or two of which the second is compared with the first."""
    comparison: Comparison | None = None
    unmet: int = 0
    """Labels of which no post was in the history."""
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def title(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC: {self.posts:,} posts about our field"

    def headline(self) -> Iterator[Row]:
        """A table of figures: what, then one column for each set of rules."""
        yield ("", *(each.name for each in self.played))
        for name, value in _FIGURES:
            yield (name, *(value(each) for each in self.played))
        if any(each.figures.labelled for each in self.played):
            for name, value in _AGAINST_LABELS:
                yield (name, *(value(each) for each in self.played))

    def reasons(self) -> Iterator[Row]:
        """A table: what the posts came to."""
        names = dict.fromkeys(name for each in self.played for name, _ in each.outcome.reasons.most_common())
        yield ("posts", *(each.name for each in self.played))
        for name in names:
            yield (name, *(f"{each.outcome.reasons[name]:,}" for each in self.played))

    def rules(self) -> Iterator[Row]:
        """A table: in how many first tellings each rule had a part."""
        names = dict.fromkeys(name for each in self.played for name in each.outcome.by_rule)
        yield ("rule", *(each.name for each in self.played))
        for name in names:
            yield (name, *(f"{each.outcome.by_rule[name]:,}" for each in self.played))

    def differences(self) -> Iterator[tuple[str, Sequence[Only | Shifted]]]:
        """What the second set of rules changes, each kind with its title."""
        if self.comparison is not None:
            first, second = (each.name for each in self.played)
            yield f"told by {first} alone", self.comparison.lost
            yield f"told by {second} alone", self.comparison.won
            yield f"told sooner by {second}", self.comparison.sooner
            yield f"told later by {second}", self.comparison.later


_FIGURES: Final[tuple[_Figure, ...]] = (
    ("notifications", lambda each: f"{each.outcome.sent:,}"),
    ("stories told", lambda each: f"{len(each.outcome.told):,}"),
    ("notifications a story and receiver", lambda each: f"{each.figures.per_story:.2f}"),
    ("time to alert, median", lambda each: wait(each.figures.median_wait)),
    ("time to alert, longest", lambda each: wait(each.figures.longest_wait)),
)
_AGAINST_LABELS: Final[tuple[_Figure, ...]] = (
    ("labelled stories", lambda each: f"{each.figures.labelled:,}"),
    ("useful and told", lambda each: f"{each.figures.hits:,}"),
    ("told and not useful", lambda each: f"{each.figures.false_alarms:,}"),
    ("useful and missed", lambda each: f"{each.figures.missed:,}"),
    ("precision", lambda each: share(each.figures.precision)),
    ("recall", lambda each: share(each.figures.recall)),
)


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def wait(value: timedelta | None) -> str:
    """A wait as a person says it."""
    if value is None:
        return "-"
    seconds = abs(value.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def telling(told: Telling) -> Row:
    """A notification as a row."""
    return (
        f"{told.at:%m-%d %H:%M:%S}",
        told.receiver,
        told.kind.value,
        told.reason,
        told.urgency.value,
        cut(told.headline),
    )


def difference(each: Only | Shifted) -> Row:
    """A difference as a row."""
    by = wait(each.by) if isinstance(each, Shifted) else ""
    return (f"{each.told.first:%m-%d %H:%M:%S}", each.receiver, by, cut(each.told.headline))


def cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= HEADLINE else line[: HEADLINE - 1] + "…"
