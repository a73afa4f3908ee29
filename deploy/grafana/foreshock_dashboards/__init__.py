"""Grafana's dashboards as code: what each shows stands in a module of its own, how panels look in `panels`.

`python -m foreshock_dashboards` writes them as JSON to `../dashboards`, which Grafana reads. A test compares what is
there with what the code says, and asks a real Prometheus every query.
"""

import json
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from foreshock_dashboards import deliveries, pipeline, shocks, sources

FOLDER: Final = Path(__file__).parents[1] / "dashboards"


def documents() -> dict[str, str]:
    """Every dashboard by the name of its file."""
    made = (shocks.build(), pipeline.build(), deliveries.build(), sources.build())
    return {
        f"{each.uid}.json": json.dumps(each, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        for each in made
    }
