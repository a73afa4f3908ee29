"""`./run rules backtest`: what rules would have told of what was stored, and what other rules would have told instead.

Time is that of acceptance: what an outage delayed is not counted against rules. Exit status 0; 1 where a line of the
labels is none, which is named and left out.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from foreshock_notify.adapters import rules_file
from foreshock_notify.domain.rules import RuleSet
from foreshock_notify.domain.values import Duration
from foreshock_notify.simulation.compare import compare
from foreshock_notify.simulation.figures import measure
from foreshock_notify.simulation.outcome import Outcome
from foreshock_notify.simulation.simulate import Simulation
from foreshock_shared.runtime import database
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.addresses import running_stack
from foreshock_stack.backtest import labels as labels_file
from foreshock_stack.backtest.history import history
from foreshock_stack.backtest.labels import Labels
from foreshock_stack.backtest.page import page
from foreshock_stack.backtest.report import NOBODY, Played, Report
from foreshock_stack.backtest.text import show
from foreshock_stack.commands.rules import rules_path
from foreshock_stack.environment import Environment

TURN: Final = 500
"""Posts after which the progress bar moves."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be played."""

    since: timedelta
    rules: Path | None = None
    labels: Path | None = None
    html: Path | None = None


def span(written: str) -> timedelta:
    """A span such as `30d`. Raises ConfigurationError."""
    try:
        found: timedelta = TypeAdapter(Duration).validate_python(written)
    except ValidationError as error:
        raise ConfigurationError(f"--since {written}: must be a number and a unit: 12h, 30d") from error
    if not found:
        raise ConfigurationError("--since must be longer than nothing")
    return found


def run(environment: Environment, wish: Wish) -> int:
    """Play it, print the report, write the page where one is asked for."""
    labels, bad = labels_file.read(wish.labels) if wish.labels else (Labels(), [])
    for each in bad:
        print(f"{wish.labels}, {each}", file=sys.stderr)
    sets = _rule_sets(environment, wish.rules)
    until = datetime.now(UTC)
    report = asyncio.run(_play(environment, sets, labels, until - wish.since, until))
    show(report, Console(soft_wrap=True, highlight=False))
    if wish.html is not None:
        wish.html.write_text(page(report), "utf-8")
    return 1 if bad else 0


def _rule_sets(environment: Environment, other: Path | None) -> dict[str, RuleSet]:
    """The rules of the configuration, and those to compare with them, by names that differ."""
    ours = rules_path(environment)
    sets = {ours.name: _addressed(rules_file.load_rules(ours))}
    if other is not None:
        name = other.name if other.name != ours.name else str(other)
        sets[name] = _addressed(rules_file.load_rules(other))
    return sets


def _addressed(rules: RuleSet) -> RuleSet:
    """The same rules; those that tell nobody yet tell somebody here, so that they can be tried."""
    return RuleSet(
        tuple(rule if rule.send_to else rule.model_copy(update={"send_to": (NOBODY,)}) for rule in rules.rules)
    )


async def _play(
    environment: Environment, sets: Mapping[str, RuleSet], labels: Labels, since: datetime, until: datetime
) -> Report:
    addresses = running_stack(environment)
    simulations = {name: Simulation(rules) for name, rules in sets.items()}
    outcomes = {name: Outcome() for name in sets}
    posts = 0
    connection = await database.connect(addresses.database_notify, application_name="foreshock-backtest")
    try:
        with _bar() as bar:
            task = bar.add_task("", total=(until - since).total_seconds(), posts=0)
            async for post in history(connection, since, until):
                posts += 1
                labels.meet(post)
                for name, simulation in simulations.items():
                    step = simulation.post(post, post.accepted_at)
                    if step.decision is not None:
                        outcomes[name].reasons[step.decision.reason.value] += 1
                    outcomes[name].add(step.tellings)
                if posts % TURN == 0:
                    _move(bar, task, (post.accepted_at - since).total_seconds(), posts)
            _move(bar, task, (until - since).total_seconds(), posts)
    finally:
        await connection.close()
    for name, simulation in simulations.items():
        outcomes[name].add(simulation.until(until))
    return _report(outcomes, labels, since, until, posts)


def _report(outcomes: Mapping[str, Outcome], labels: Labels, since: datetime, until: datetime, posts: int) -> Report:
    played = [Played(name, outcome, measure(outcome, labels.stories)) for name, outcome in outcomes.items()]
    comparison = compare(played[0].outcome, played[1].outcome) if len(played) > 1 else None
    unaddressed = [each.name for each in played if NOBODY in each.outcome.by_receiver]
    notes = [f"{name} has rules that tell nobody yet; they are played as if they told {NOBODY}" for name in unaddressed]
    return Report(since, until, posts, played, comparison, labels.unmet, notes)


def _bar() -> Progress:
    return Progress(
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[posts]:,} posts"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _move(bar: Progress, task: TaskID, seconds: float, posts: int) -> None:
    bar.update(task, completed=seconds, posts=posts)
