"""The commands of `./run stories`, and their manual."""
# ruff: noqa: PLC0415  a command is imported when it is asked for

from typing import Annotated

import typer

from foreshock_stack.cli.own import own_environment

stories = typer.Typer(no_args_is_help=True, help="Posts taken for one event: look at them, merge them, split them.")

StoryId = Annotated[str, typer.Argument(metavar="STORY", help="As `stories list` shows it.")]
Into = Annotated[str, typer.Argument(metavar="INTO", help="The story that goes on for both.")]
Note = Annotated[str, typer.Option(help="Why; kept with the correction.")]


@stories.command("list")
def stories_list(limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many.")] = 30) -> None:
    """Stories, the most recently told first."""
    from foreshock_stack.commands import stories as command

    raise typer.Exit(command.listing(own_environment(), limit))


@stories.command("show")
def stories_show(story: StoryId) -> None:
    """One story, with the ids of its newest posts."""
    from foreshock_stack.commands import stories as command

    raise typer.Exit(command.show(own_environment(), story))


@stories.command("merge")
def stories_merge(story: StoryId, into: Into, note: Note = "") -> None:
    """Two stories are one event: move all posts of one into the other. Later posts follow."""
    from foreshock_stack.commands import stories as command

    raise typer.Exit(command.merge(own_environment(), story, into, note))


@stories.command("split")
def stories_split(
    story: StoryId,
    posts: Annotated[list[str], typer.Argument(metavar="POST…", help="As `stories show` shows them.")],
    note: Note = "",
) -> None:
    """Some posts are another event: make a story of their own of them. Later posts go where they belong."""
    from foreshock_stack.commands import stories as command

    raise typer.Exit(command.split(own_environment(), story, posts, note))
