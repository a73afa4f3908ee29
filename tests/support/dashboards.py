"""What the dashboards ask: the queries of every panel, read from the files that Grafana reads, and as whom."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from support.metrics import ROOT

import foreshock_dashboards


@dataclass(frozen=True, slots=True)
class Query:
    """A query in its place."""

    dashboard: str
    panel: str
    expression: str

    @property
    def place(self) -> str:
        return f"{self.dashboard}: {self.panel}"


def panels(name: str) -> list[dict[str, Any]]:
    """The panels of one file, with the headings."""
    text = (foreshock_dashboards.FOLDER / name).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["panels"]
    return found


def queries() -> list[Query]:
    """Every query that Prometheus is asked."""
    return list(_targets("expr"))


def statements() -> list[Query]:
    """Every query that Postgres is asked."""
    return list(_targets("rawSql"))


def _targets(key: str) -> Iterator[Query]:
    for path in sorted(foreshock_dashboards.FOLDER.glob("*.json")):
        for panel in panels(path.name):
            for target in panel.get("targets", []):
                if key in target:
                    yield Query(path.stem.removeprefix("foreshock-"), panel["title"], target[key])


async def viewer(database_admin: str) -> str:
    """The address of a database as the role that Grafana has, made by the script that makes it."""
    script = (ROOT / "deploy" / "postgres" / "viewer.sh").read_text(encoding="utf-8")
    [making] = re.findall(r"<<'SQL'\n(.*)SQL\n", script, re.DOTALL)
    admin = await asyncpg.connect(database_admin)
    await admin.execute(making.replace(":'password'", "'a-password'"))
    await admin.close()
    parts = urlsplit(database_admin)
    return parts._replace(netloc=f"foreshock_viewer:a-password@{parts.netloc.rpartition('@')[2]}").geturl()
