"""The commands of `./run dead`, and their manual."""
# ruff: noqa: PLC0415  a command is imported when it is asked for

from typing import Annotated

import typer

from foreshock_stack.cli.own import own_environment

dead = typer.Typer(
    no_args_is_help=True, help="Posts that could not be handled: look at them, put them back, drop them."
)


@dead.command("list")
def dead_list(
    limit: Annotated[int, typer.Option(min=1, help="How many of each place at most.")] = 50,
) -> None:
    """Dead letters, newest first: where they are, why, and which post."""
    from foreshock_stack.commands import dead as command

    raise typer.Exit(command.listing(own_environment(), limit))


LetterId = Annotated[str, typer.Argument(metavar="LETTER", help="As `dead list` shows it.")]
LetterIds = Annotated[list[str], typer.Argument(metavar="LETTER…", help="As `dead list` shows them, or `all`.")]


@dead.command("show")
def dead_show(letter: LetterId) -> None:
    """One dead letter: reason, origin, and the bytes that could not be handled."""
    from foreshock_stack.commands import dead as command

    raise typer.Exit(command.show(own_environment(), letter))


@dead.command("replay")
def dead_replay(letters: LetterIds) -> None:
    """Put letters back on the lane they came from, under the same post ids: nothing is stored or told twice."""
    from foreshock_stack.commands import dead as command

    raise typer.Exit(command.replay(own_environment(), letters))


@dead.command("discard")
def dead_discard(letters: LetterIds, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Drop letters for good. Who did it and when is kept, with the ids of the posts."""
    from foreshock_stack.commands import dead as command

    if not yes:
        typer.confirm(f"drop {', '.join(letters)} for good?", abort=True)
    raise typer.Exit(command.discard(own_environment(), letters))
