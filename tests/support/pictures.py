"""Make the pictures of the dashboards that the documentation shows, from a lively stretch of a stack's life.

`PYTHONPATH=tests:deploy/grafana .venv/bin/python -m support.pictures` takes about twelve minutes and writes
`docs/pictures/*.png`. Needed, and installed where that is possible: Debian's prometheus, chromium, pngquant and
fonts-inter. `--minutes 2` is enough to try it, `--to FOLDER` leaves the documentation alone and keeps the pages too.
"""

import argparse
import asyncio
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from support.dashboards import viewer
from support.lively import SCRAPE, live, scene
from support.metrics import ROOT
from support.packages import debian

import foreshock_dashboards
from foreshock_dashboards.picture.asking import Asking
from foreshock_dashboards.picture.document import Dashboard, read
from foreshock_dashboards.picture.page import WIDTH, Picture, picture
from foreshock_dashboards.picture.series import Span
from foreshock_dashboards.picture.sources import Postgres, Prometheus
from foreshock_dashboards.picture.variables import seconds

DOCUMENTED: Final = ROOT / "docs" / "pictures"
SHADES: Final = 128
"""Colours of a picture: enough for letters with soft edges."""


async def draw(prometheus: str, postgres: str, span: Span, scrape: float) -> list[tuple[Dashboard, Picture]]:
    """Every dashboard from these servers."""
    among = [read(path) for path in sorted(foreshock_dashboards.FOLDER.glob("*.json"))]
    async with Prometheus(prometheus) as server:
        asking = (Asking(each, server, Postgres(postgres), span, scrape) for each in among)
        return [(each.dashboard, await picture(each, among)) for each in asking]


async def lived(folder: Path, minutes: float) -> list[tuple[Dashboard, Picture]]:
    """The dashboards after so many minutes of a lively life."""
    async with scene(folder) as running:
        address = await viewer(running.stack.addresses.database_admin)
        began = time.time()
        await live(running, minutes * 60)
        return await draw(running.server.url, address, Span(began, time.time()), seconds(SCRAPE))


def photograph(page: Path, height: int) -> Path:
    """The page as a small PNG beside it."""
    made = page.with_suffix(".png")
    chromium = [
        str(debian("chromium")),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
    ]
    sized = ["--hide-scrollbars", f"--window-size={WIDTH},{height}", f"--screenshot={made}", page.as_uri()]
    subprocess.run([*chromium, *sized], check=True, capture_output=True, timeout=120)  # noqa: S603
    few = [str(debian("pngquant")), str(SHADES), "--nofs", "--force", "--strip", "--output", str(made), str(made)]
    subprocess.run(few, check=True, timeout=120)  # noqa: S603
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the pictures of the dashboards.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--to", type=Path, default=DOCUMENTED)
    wish = parser.parse_args()
    wish.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="foreshock-pictures-") as folder:
        Path(folder).chmod(0o755)  # the servers run as a user of their own
        made_ones = asyncio.run(lived(Path(folder), wish.minutes))
    for dashboard, drawn in made_ones:
        page = wish.to / f"{dashboard.uid.removeprefix('foreshock-')}.html"
        page.write_text(drawn.html, encoding="utf-8")
        made = photograph(page, drawn.height)
        if wish.to == DOCUMENTED:
            page.unlink()
        print(f"{made}: {made.stat().st_size:,} bytes; without data: {', '.join(drawn.empty) or 'nothing'}")


if __name__ == "__main__":
    main()
