"""`./run replay`: push a recording of posts to a running stack, with its own gaps in time.

Exit status 0 when every post was accepted, 1 when a line was no post or ingest refused one, 2 when ingest does not
answer.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from foreshock_stack.feed import BadLine, Dated, Rebase, opened, read
from foreshock_stack.pacing import Batcher, schedule
from foreshock_stack.push import Accepted, Pusher, Totals


@dataclass(frozen=True, slots=True)
class Replay:
    """What to push, where to, and how fast."""

    file: Path
    url: str
    key: str
    speed: float = 1.0
    """How much faster than it was; 0: as fast as it is accepted."""
    ledger: Path | None = None
    """Where to write the ids that were answered 202."""
    rebase: bool = False
    batch: int = 200
    give_up: float = 300.0


def run(replay: Replay) -> int:
    """Push it all, with a progress bar on a terminal, and say what it came to."""
    console = Console(stderr=True)
    bad: list[BadLine] = []
    with ExitStack() as stack:
        recording = stack.enter_context(opened(replay.file))
        ledger = stack.enter_context(replay.ledger.open("a", encoding="utf-8")) if replay.ledger else None
        bar = stack.enter_context(_bar(console))
        task = bar.add_task("", total=replay.file.stat().st_size, accepted=0)

        def posts() -> Iterator[Dated]:
            for item in read(recording.lines, replay.file.stem):
                if isinstance(item, Dated):
                    yield item
                    continue
                bad.append(item)
                bar.console.print(f"{replay.file}, {item}", style="red", markup=False, highlight=False)

        accepted = 0

        def on_accepted(answer: Accepted) -> None:
            nonlocal accepted
            accepted += len(answer.ids)
            if ledger:
                ledger.writelines(f"{each}\n" for each in answer.ids)
                ledger.flush()
            bar.update(task, completed=recording.position, accepted=accepted)

        started = datetime.now(UTC)
        batcher = Batcher(schedule(posts(), replay.speed, Rebase(started) if replay.rebase else None), replay.batch)
        totals = asyncio.run(_push(replay, batcher, on_accepted))
    _summary(totals, len(bad), (datetime.now(UTC) - started).total_seconds())
    return 1 if bad or totals.rejected else 0


async def _push(replay: Replay, batcher: Batcher, on_accepted: Callable[[Accepted], None]) -> Totals:
    async with client(replay.url, replay.key) as http:
        return await Pusher(http, batcher, on_accepted, give_up=replay.give_up).run()


def client(url: str, key: str) -> httpx2.AsyncClient:
    """An HTTP client for ingest: nothing of the environment (proxies) comes between us and it."""
    return httpx2.AsyncClient(
        base_url=url,
        headers={"authorization": f"Bearer {key}"},
        timeout=httpx2.Timeout(30.0, connect=5.0),
        trust_env=False,
    )


def _bar(console: Console) -> Progress:
    return Progress(
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TextColumn("{task.fields[accepted]:,} accepted"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _summary(totals: Totals, bad: int, seconds: float) -> None:
    rate = totals.accepted / seconds if seconds else 0
    parts = [f"{totals.accepted:,} posts accepted in {seconds:.1f} s ({rate:,.0f}/s)"]
    parts += [f"{totals.rejected:,} refused"] if totals.rejected else []
    parts += [f"{bad:,} lines were no posts"] if bad else []
    parts += [f"{totals.held_back:,} requests told to wait"] if totals.held_back else []
    parts += [f"{totals.repeated:,} requests sent again"] if totals.repeated else []
    print(", ".join(parts), file=sys.stderr)
    for reason, count in totals.reasons.most_common(5):
        print(f"  {count:,} refused: {reason}", file=sys.stderr)
