"""`./run rules …`: validate rules, test them, and play them against what was stored."""
# ruff: noqa: PLC0415  a command is imported when it is asked for

from pathlib import Path
from typing import Annotated

import typer

from foreshock_stack.cli.own import own_environment

rules = typer.Typer(no_args_is_help=True, help="Rules: validate them, test them, play them against what was stored.")


@rules.command("check")
def rules_check(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="By default rules.yaml of the configuration.")
    ] = None,
) -> None:
    """Validate a rules file as notify would: every fault with its line. Exit status 1: it would be refused."""
    from foreshock_stack.commands import rules as command

    raise typer.Exit(command.check(own_environment(), file))


@rules.command("test")
def rules_test(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE…]", help="By default *.test.yaml beside the rules.")
    ] = None,
) -> None:
    """Play rule tests on a virtual clock: posts in, notifications out. Needs no servers and no secrets.

    Exit status 1: a test failed; what differs is printed with the line of the test. 2: a file is wrong.
    """
    from foreshock_stack.commands import rules as command

    raise typer.Exit(command.play_files(own_environment(), files or []))


@rules.command("backtest")
def rules_backtest(
    since: Annotated[str, typer.Option(help="How far back: 12h, 30d.")] = "30d",
    rules: Annotated[Path | None, typer.Option(help="Other rules, compared with those of the configuration.")] = None,
    labels: Annotated[Path | None, typer.Option(help="JSON lines {post_id | story_id | incident_id, useful}.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as one self-contained page too.")] = None,
) -> None:
    """Play the posts that the running stack has stored through rules: what would have been sent, and when.

    With --labels: how much of it was useful, what was missed, how long alerts took. With --rules: what other rules
    would have told instead, sooner or later.
    """
    from foreshock_stack.commands import backtest as command

    wish = command.Wish(command.span(since), rules, labels, html)
    raise typer.Exit(command.run(own_environment(), wish))
