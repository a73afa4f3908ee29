"""Draw dashboards from a Prometheus: `python -m foreshock_dashboards.picture --prometheus http://127.0.0.1:9090`.

Each becomes a page in the folder that `--to` names; without names all of them are drawn.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

import yaml

from foreshock_dashboards import FOLDER
from foreshock_dashboards.picture.asking import Asking
from foreshock_dashboards.picture.document import Dashboard, UndrawableError, read
from foreshock_dashboards.picture.page import WIDTH, picture
from foreshock_dashboards.picture.series import Span
from foreshock_dashboards.picture.sources import DataSourceError, Postgres, Prometheus
from foreshock_dashboards.picture.variables import seconds

DATA_SOURCE = FOLDER.parent / "provisioning" / "datasources" / "prometheus.yaml"


def provisioned_scrape() -> str:
    """How often the provisioned data source says that is scraped."""
    [source] = yaml.safe_load(DATA_SOURCE.read_text(encoding="utf-8"))["datasources"]
    return str(source["jsonData"]["timeInterval"])


def main() -> int:
    """Status 1 where one could not be drawn."""
    wish = _arguments()
    among = [read(path) for path in sorted(FOLDER.glob("*.json"))]
    chosen = [each for each in among if not wish.names or each.uid.removeprefix("foreshock-") in wish.names]
    wish.to.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_draw(wish, chosen, among))
    except (UndrawableError, DataSourceError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _draw(wish: argparse.Namespace, chosen: list[Dashboard], among: list[Dashboard]) -> None:
    end = wish.until or time.time()
    span = Span(end - seconds(wish.last), end)
    postgres = Postgres(wish.postgres) if wish.postgres else None
    async with Prometheus(wish.prometheus) as prometheus:
        for each in chosen:
            drawn = await picture(Asking(each, prometheus, postgres, span, seconds(wish.scrape)), among, wish.width)
            path = wish.to / f"{each.uid}.html"
            path.write_text(drawn.html, encoding="utf-8")
            print(f"{path}  {wish.width}x{drawn.height}  {', '.join(drawn.empty) or 'all panels have data'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m foreshock_dashboards.picture", description=(__doc__ or "").split(":")[0]
    )
    known = [path.stem.removeprefix("foreshock-") for path in sorted(FOLDER.glob("*.json"))]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of dashboards: {', '.join(known)} (otherwise: all)")
    parser.add_argument("--prometheus", required=True, help="its address")
    parser.add_argument("--postgres", help="its address, as the role that may read; for the tables")
    parser.add_argument("--last", default="6h", help="how far back, such as 15m")
    parser.add_argument("--until", type=float, help="the end, in Unix seconds (otherwise: now)")
    parser.add_argument("--scrape", default=provisioned_scrape(), help="how often Prometheus scrapes, such as 5s")
    parser.add_argument("--width", type=int, default=WIDTH, help="of the page, in pixels")
    parser.add_argument("--to", type=Path, default=Path("pictures"), help="the folder of the pages")
    wish = parser.parse_args()
    if unknown := set(wish.names) - set(known):
        parser.error(f"there is no dashboard {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return wish


if __name__ == "__main__":
    sys.exit(main())
