"""The commands of `./run`, and their manual.

Each command's module is imported only when it is asked for, so that `./run classify` starts no web framework. Errors of
ours are one line on stderr and status 2; a traceback is a fault of ours.
"""
# ruff: noqa: PLC0415  a command is imported when it is asked for

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from foreshock_shared.contracts.post import SourceKind, Tier
from foreshock_stack.cli.dead import dead
from foreshock_stack.cli.own import own_environment
from foreshock_stack.cli.receivers import deliveries, receivers
from foreshock_stack.cli.rules import rules
from foreshock_stack.cli.silences import silences
from foreshock_stack.cli.stories import stories
from foreshock_stack.load import Mix

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Foreshock: early warning for AI-policy shocks. Without a command, a demonstration.",
)
app.add_typer(dead, name="dead")
app.add_typer(rules, name="rules")
app.add_typer(stories, name="stories")
app.add_typer(deliveries, name="deliveries")
app.add_typer(receivers, name="receivers")
app.add_typer(silences, name="silences")

JsonLines = Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, plain or gzip.")]


def main() -> None:
    """Run the command line and end the process with its status."""
    try:
        app(prog_name="./run")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not _is_ours(error):
            raise
        print(f"foreshock: {error}", file=sys.stderr)
        sys.exit(2)


def _is_ours(error: Exception) -> bool:
    from foreshock_shared.runtime.errors import ForeshockError

    return isinstance(error, ForeshockError)


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        from foreshock_stack.commands import demo

        raise typer.Exit(demo.run(own_environment()))


@app.command()
def up() -> None:
    """Start the stack and keep it running: four services, Valkey and Postgres, until Ctrl-C or SIGTERM.

    Settings come from the environment: FORESHOCK_STATE_DIR, FORESHOCK_CONFIG_DIR, FORESHOCK_PORT_BASE,
    FORESHOCK_API_KEY, FORESHOCK_REDIS_URL, FORESHOCK_DATABASE_URL.
    """
    from foreshock_stack import up as stack

    raise typer.Exit(stack.run(own_environment()))


@app.command()
def migrate(
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the servers.")] = 120.0,
) -> None:
    """Make the roles, schemas and tables that this version needs, on the servers that the environment names.

    For stacks whose servers are elsewhere; `up` does it by itself. May be repeated.
    """
    from foreshock_stack.commands import migrate as command

    raise typer.Exit(command.run(own_environment(), wait))


@app.command()
def show(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port on which webhooks are awaited.")] = 8790,
) -> None:
    """Show the demonstration on a stack that runs elsewhere, whose rules name this process as a receiver."""
    from foreshock_stack.commands import show as command

    raise typer.Exit(command.run(own_environment(), port))


@app.command()
def classify(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON lines {id, text, source_kind?, lang?, date?}.")],
) -> None:
    """Judge posts offline: JSON lines in, JSON lines out, in order. Needs no servers and no network.

    A line that is no post is named on stderr, the others go on, and the exit status is 1.
    """
    from foreshock_stack.commands import classify as command

    raise typer.Exit(command.run(file, own_environment()))


@app.command()
def replay(
    file: JsonLines,
    *,
    speed: Annotated[float, typer.Option(min=0, help="How much faster than it was; 0: as fast as accepted.")] = 1.0,
    flood: Annotated[bool, typer.Option("--flood", help="The same as --speed 0.")] = False,
    ledger: Annotated[Path | None, typer.Option(help="Append the ids that were answered 202 to this file.")] = None,
    rebase: Annotated[bool, typer.Option("--rebase", help="New posts, dated when they are due.")] = False,
    url: Annotated[str | None, typer.Option(help="Address of ingest; by default that of the stack here.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=200, help="Posts in one request at most.")] = 200,
    give_up: Annotated[float, typer.Option(min=1, help="Seconds without a proper answer to give up after.")] = 300.0,
) -> None:
    """Push a recording of posts to a running stack, with its gaps in time divided by --speed.

    Lost answers are asked for again under the same ids, "come again later" is obeyed. The key is FORESHOCK_API_KEY,
    else the one in the state folder.
    """
    from foreshock_stack.commands import replay as command

    environment = own_environment()
    wish = command.Replay(
        file,
        url or environment.address("ingest"),
        environment.api_key().get_secret_value(),
        speed=0 if flood else speed,
        ledger=ledger,
        rebase=rebase,
        batch=batch,
        give_up=give_up,
    )
    raise typer.Exit(command.run(wish))


@app.command()
def generate(
    count: Annotated[int, typer.Option(min=1, help="How many posts.")] = 10_000,
    mix: Annotated[Mix, typer.Option(help="firehose: 5 % are relevant; relevant: all are.")] = Mix.FIREHOSE,
    directives: Annotated[int, typer.Option(min=0, help="Every so many posts one that opens an incident.")] = 0,
    run: Annotated[str, typer.Option(help="Prefix of the native ids; another one makes other posts.")] = "load",
) -> None:
    """Write synthetic posts to stdout, for `replay`. Nothing in them is real."""
    from foreshock_stack.commands import generate as command
    from foreshock_stack.load import Load

    raise typer.Exit(command.run(Load(count, mix, directives, run)))


@app.command()
def audit(
    ledger: Annotated[
        Path | None, typer.Option(help="A client's own file of ids, in place of ingest's ledger.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to let what is on its way arrive.")] = 30.0,
) -> None:
    """Prove that what was accepted is held: two independent books are compared, and every alert with its deliveries.

    Exit status 0: they agree. 1: they differ, and how. 2: it could not look.
    """
    from foreshock_stack.commands import audit as command

    raise typer.Exit(command.run(own_environment(), ledger, wait))


@app.command()
def doctor() -> None:
    """Check configuration, servers and what keeps their promises, receivers, sources, clocks, disk; say what to do.

    Changes nothing and alerts nobody. Exit status 1 where there is a fault.
    """
    from foreshock_stack.commands import doctor as command

    raise typer.Exit(command.run(own_environment()))


@app.command()
def train() -> None:
    """Train the classifier from its corpus anew, and say how well it does."""
    from foreshock_stack.commands import train as command

    raise typer.Exit(command.run(own_environment()))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines {text, topics, urgency, policy_shock, …}.")],
    html: Annotated[Path | None, typer.Option(help="Write the report as one self-contained page too.")] = None,
) -> None:
    """Say how well labelled posts are judged: figures, confusion, reliability, the worst errors. Needs no servers.

    A line may also say lang, story_id (posts on one event share it) and borderline. A line without proper labels is
    named on stderr and left out, and the exit status is 1.
    """
    from foreshock_stack.commands import evaluate as command

    raise typer.Exit(command.run(file, html, own_environment()))


@app.command()
def explain(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What a post says.")],
    source_kind: Annotated[SourceKind, typer.Option(help="Where it stands.")] = SourceKind.NEWS,
    tier: Annotated[Tier, typer.Option(help="How near to the event its source is.")] = Tier.PRESS,
    lang: Annotated[str | None, typer.Option(help="Its language, where known: en, ja, zh, de, fr, es, ko.")] = None,
) -> None:
    """Say how a text would be judged, and which words moved which decision. Needs no servers."""
    from foreshock_shared.contracts.post import PostIn
    from foreshock_stack.commands import explain as command

    post = PostIn(source="explain", text=text, source_kind=source_kind, tier=tier, lang=lang)
    raise typer.Exit(command.run(post, own_environment()))


@app.command()
def why(post: Annotated[UUID, typer.Argument(metavar="POST_ID", help="As ingest answered it.")]) -> None:
    """Say what became of a post and why: its judgement, its story, what each rule lacked, who was told.

    Exit status 1: it is neither stored, nor quarantined, nor on its way.
    """
    from foreshock_stack.commands import why as command

    raise typer.Exit(command.run(own_environment(), post))


@app.command()
def cost() -> None:
    """Measure what judging a post costs on one core: noise, near noise, relevant posts, and the firehose's mix."""
    from foreshock_stack.commands import cost as command

    raise typer.Exit(command.run(own_environment()))


@app.command()
def bench(
    posts: Annotated[int, typer.Option(min=1_000, help="Posts of each throughput run.")] = 50_000,
    rate: Annotated[int, typer.Option(min=1, help="Posts a second of the latency run.")] = 500,
    seconds: Annotated[int, typer.Option(min=5, help="Length of the latency run.")] = 30,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file too.")] = None,
    *,
    isolation: Annotated[
        bool, typer.Option("--isolation", help="Only this: do broken receivers slow down the others?")
    ] = False,
) -> None:
    """Measure a stack of its own on a temporary state folder: throughput, latency, memory, time to ready.

    Every accepted post is on fsynced storage, as in a real stack.
    """
    from foreshock_stack.commands import bench as command

    raise typer.Exit(command.run(command.Plan(posts, rate, seconds, isolation), json))
