"""`./run stories`: what was taken for one event, and putting it right, over the API of the store."""

import getpass
import socket
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Column, Table

from foreshock_shared.runtime.errors import DependencyUnavailable, PermanentError
from foreshock_stack.environment import Environment

SECONDS = 60.0


class StoryRequestRefused(PermanentError):
    """The store would not do what was asked."""


def listing(environment: Environment, limit: int) -> int:
    """A table of the stories told last."""
    found = _ask(environment, "GET", "/v1/stories", params={"limit": str(limit)})["items"]
    table = Table(Column("story", no_wrap=True), "last told", "posts", "origins", "shock", "headline")
    for story in found:
        shown = story["headline"] if story["merged_into"] is None else f"merged into {story['merged_into']}"
        row = (story["id"], story["last_seen"][:16], str(story["posts"]), str(story["origins"]))
        table.add_row(*row, "yes" if story["shock"] else "", shown)
    Console(soft_wrap=True).print(table if found else "no stories yet")
    return 0


def show(environment: Environment, story_id: str) -> int:
    """One story and its newest posts, each with the id that `split` takes."""
    story = _ask(environment, "GET", f"/v1/stories/{story_id}")
    for name in ("id", "headline", "first_seen", "last_seen", "posts", "origins", "shock", "ends", "ended_by"):
        print(f"{name:<12}{story[name]}")
    if story["merged_into"]:
        print(f"{'merged into':<12}{story['merged_into']}")
    table = Table(Column("post", no_wrap=True), "accepted", "source", "text")
    for post in story["latest"]:
        table.add_row(post["id"], post["accepted_at"][:16], post["source"], " ".join(post["text"].split())[:120])
    Console(soft_wrap=True).print(table)
    return 0


def merge(environment: Environment, story_id: str, into: str, note: str) -> int:
    """Move all posts of a story into another."""
    body = {"into": into, "by": _who(), "note": note}
    done = _ask(environment, "POST", f"/v1/stories/{story_id}/merge", json=body)
    print(f"{done['moved']} posts moved into story {done['story']}")
    return 0


def split(environment: Environment, story_id: str, posts: list[str], note: str) -> int:
    """Make a story of its own of some posts."""
    body = {"posts": posts, "by": _who(), "note": note}
    done = _ask(environment, "POST", f"/v1/stories/{story_id}/split", json=body)
    print(f"{done['moved']} posts are now story {done['story']}")
    return 0


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _ask(environment: Environment, method: str, path: str, **sent: Any) -> dict[str, Any]:
    """The store's answer. Raises DependencyUnavailable where it gives none, StoryRequestRefused where it says no."""
    address = environment.address("store")
    key = {"authorization": f"Bearer {environment.api_key().get_secret_value()}"}
    try:
        with httpx2.Client(base_url=address, headers=key, timeout=SECONDS, trust_env=False) as client:
            answer = client.request(method, path, **sent)
    except httpx2.TransportError as error:
        raise DependencyUnavailable(f"the store at {address} does not answer ({error}); is the stack up?") from error
    found = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    if answer.is_error:
        raise StoryRequestRefused(str(found.get("detail") or f"the store answered {answer.status_code}"))
    return dict(found)
