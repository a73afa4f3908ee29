"""The commands of `./run silences`, and their manual."""
# ruff: noqa: PLC0415  a command is imported when it is asked for

from datetime import timedelta
from typing import Annotated

import typer

from foreshock_stack.cli.own import own_environment

silences = typer.Typer(no_args_is_help=True, help="What is kept back for a while: look at it, add to it, end it.")


def _duration(text: str) -> timedelta:
    from foreshock_notify.domain.values import duration

    try:
        found = duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if not found:
        raise typer.BadParameter("must be longer than nothing")
    return found


@silences.command("list")
def silences_list(ended: Annotated[bool, typer.Option("--ended", help="Those that have ended too.")] = False) -> None:
    """Silences, the latest first."""
    from foreshock_stack.commands import silences as command

    raise typer.Exit(command.listing(own_environment(), ended=ended))


@silences.command("add")
def silences_add(
    reason: Annotated[str, typer.Option(help="Why; whoever looks later wants to know.")],
    last: Annotated[timedelta, typer.Option("--for", parser=_duration, metavar="2h", help="How long from now.")],
    rule: Annotated[list[str] | None, typer.Option(help="Keep back what this rule tells; may be repeated.")] = None,
    receiver: Annotated[list[str] | None, typer.Option(help="Tell this receiver nothing; may be repeated.")] = None,
    when: Annotated[str | None, typer.Option(help='Matchers as in a rule, as JSON: {"topics": ["compute"]}.')] = None,
) -> None:
    """Keep something back from now on. What is kept back is recorded, and told in the digest of a rule that has one."""
    from foreshock_stack.commands import silences as command

    made = command.add(
        own_environment(), rules=rule or [], receivers=receiver or [], when=when, last=last, reason=reason
    )
    raise typer.Exit(made)


@silences.command("end")
def silences_end(silence: Annotated[str, typer.Argument(metavar="ID", help="As `silences list` shows it.")]) -> None:
    """End a silence now."""
    from foreshock_stack.commands import silences as command

    raise typer.Exit(command.end(own_environment(), silence))
