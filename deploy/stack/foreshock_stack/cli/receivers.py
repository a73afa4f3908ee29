"""The commands about who is told, and what became of it: `./run receivers` and `./run deliveries`."""
# ruff: noqa: PLC0415  a command is imported when it is asked for

from typing import Annotated

import typer

from foreshock_stack.cli.own import own_environment

receivers = typer.Typer(no_args_is_help=True, help="Who is told: show them, send them a test.")
deliveries = typer.Typer(no_args_is_help=True, help="What was told, and what was not: look, send again, recover.")

DeliveryId = Annotated[str, typer.Argument(metavar="ID", help="The webhook-id, as `deliveries list` shows it.")]
DeliveryIds = Annotated[list[str], typer.Argument(metavar="ID…", help="As `deliveries list` shows them.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As rules.yaml names it.")]


@receivers.command("list")
def receivers_list() -> None:
    """The receivers of rules.yaml, and where a stack runs, how they are doing."""
    from foreshock_stack.commands import receivers as command

    raise typer.Exit(command.listing(own_environment()))


@receivers.command("test")
def receivers_test(name: Name) -> None:
    """Send a notification that says it is a test, signed and sent like a real one, and print what was answered.

    Needs rules.yaml and the variables that it names, and no running stack. Exit status 1: it was not taken.
    """
    from foreshock_stack.commands import receivers as command

    raise typer.Exit(command.test(own_environment(), name))


@deliveries.command("list")
def deliveries_list(
    state: Annotated[
        str | None, typer.Option(help="Only these: pending, in_flight, delivered, superseded, failed.")
    ] = None,
    receiver: Annotated[str | None, typer.Option(help="Only those of this receiver.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
) -> None:
    """Deliveries, the latest written first."""
    from foreshock_stack.commands import deliveries as command

    raise typer.Exit(command.listing(own_environment(), state, receiver, limit))


@deliveries.command("show")
def deliveries_show(delivery: DeliveryId) -> None:
    """One delivery: every attempt and what was answered, and the body as it was frozen."""
    from foreshock_stack.commands import deliveries as command

    raise typer.Exit(command.show(own_environment(), delivery))


@deliveries.command("resend")
def deliveries_resend(ids: DeliveryIds) -> None:
    """Make one more attempt, whatever came of them: under the same id, with the same body."""
    from foreshock_stack.commands import deliveries as command

    raise typer.Exit(command.resend(own_environment(), ids))


@deliveries.command("recover")
def deliveries_recover(
    name: Name,
    since: Annotated[str, typer.Option(help="A moment (2026-06-12T17:00Z), or how long ago: 90m, 12h, 3d.")],
) -> None:
    """Make due again whatever a receiver was not told since then, and lift its suspension."""
    from foreshock_stack.commands import deliveries as command

    raise typer.Exit(command.recover(own_environment(), name, since))
