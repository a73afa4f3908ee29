"""`./run dead`: what could not be handled, and what to do about it."""

import asyncio
import getpass
import json
import socket
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from foreshock_stack.addresses import running_stack
from foreshock_stack.environment import Environment
from foreshock_stack.letters import Letter, Letters, opened

ALL = "all"
PAGE = 500


def listing(environment: Environment, limit: int) -> int:
    """A table of the newest letters."""

    async def newest() -> list[Letter]:
        async with opened(running_stack(environment)) as letters:
            return await letters.newest(limit)

    table = Table("letter", "died", "post", "came from", "error", "reason")
    found = asyncio.run(newest())
    for letter in found:
        table.add_row(
            letter.name, letter.died_at[:19], letter.post_id, letter.origin, letter.error, letter.reason[:160]
        )
    console = Console(soft_wrap=True)
    console.print(table if found else "no dead letters")
    return 0


def show(environment: Environment, name: str) -> int:
    """One letter whole; its bytes as JSON where they are JSON."""

    async def find() -> Letter:
        async with opened(running_stack(environment)) as letters:
            return await letters.find(name)

    letter = asyncio.run(find())
    for label, value in (
        ("letter", letter.name),
        ("died", letter.died_at),
        ("post", letter.post_id),
        ("came from", letter.origin),
        ("event", letter.event),
        ("error", letter.error),
        ("reason", letter.reason),
    ):
        print(f"{label:<10}{value}")
    print(_readable(letter.data))
    return 0


def replay(environment: Environment, names: list[str]) -> int:
    """Put letters back on their lanes."""

    async def put_back() -> int:
        async with opened(running_stack(environment)) as letters:
            chosen = await _chosen(letters, names)
            for letter in chosen:
                await letters.put_back(letter)
                print(f"{letter.name} is back on {letter.origin}")
            return len(chosen)

    print(f"{asyncio.run(put_back())} put back")
    return 0


def discard(environment: Environment, names: list[str]) -> int:
    """Drop letters, and record who did it."""

    async def drop() -> int:
        async with opened(running_stack(environment)) as letters:
            chosen = await _chosen(letters, names)
            for letter in chosen:
                await letters.drop(letter, f"{getpass.getuser()}@{socket.gethostname()}", datetime.now(UTC))
            return len(chosen)

    print(f"{asyncio.run(drop())} dropped")
    return 0


async def _chosen(letters: Letters, names: list[str]) -> list[Letter]:
    """The letters named; `all` is every one that came from a lane, up to a page of each place."""
    if names == [ALL]:
        return await letters.newest(PAGE)
    return [await letters.find(name) for name in dict.fromkeys(names)]


def _readable(data: bytes) -> str:
    try:
        return json.dumps(json.loads(data), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return repr(data)
