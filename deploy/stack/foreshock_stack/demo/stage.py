"""What the demonstration runs on: a configuration of its own, a state of its own, and its recording.

Nothing of the user's is touched: rules, receiver and watchlist lie below the demonstration's own folder, which is made
anew each time, so that invented posts never mix with real ones and the alert comes every time.
"""

import shutil
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

SECRET_VARIABLE: Final = "FORESHOCK_DEMO_SECRET"  # noqa: S105  the name of a variable
SPEED: Final = 60.0

RULES: Final = """\
# The demonstration's rules. Your own are in config/rules.yaml of the checkout.
receivers:
  - name: this-terminal
    url: {url}
    secret_env: {secret}
    allow_private_addresses: true
rules:
  - name: policy-shock
    when: {{shock: true}}
    send_to: [this-terminal]
"""

WATCHLIST: Final = """\
# The cast of the demonstration: all of it is invented.
vendor:
  corvane: [Corvane, コルベーン社]
  tamarind-labs: [Tamarind Labs]
  nordkette: [Nordkette, Nordkette Semiconductor]
model:
  sorrel-5: [Sorrel 5, Sorrel 5 Pro]
  plover-3: [Plover 3]
chip:
  kelvar-x2: [Kelvar X2]
agency:
  btt: [Bureau of Technology Transfer, 技術移転局, 技术转移局]
jurisdiction:
  westmere: [Westmere, ウェストミア, 韦斯特米尔]
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The folders of one demonstration."""

    state: Path
    config: Path


def build(parent: Path, receiver_url: str) -> Stage:
    """Make the demonstration's folders anew below `parent`, the state folder of the stack."""
    home = parent / "demo"
    if home.exists():
        shutil.rmtree(home)
    stage = Stage(state=home / "state", config=home / "config")
    stage.config.mkdir(parents=True)
    (stage.config / "rules.yaml").write_text(RULES.format(url=receiver_url, secret=SECRET_VARIABLE), encoding="utf-8")
    (stage.config / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    (stage.config / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    return stage


def timeline() -> Path:
    """The recording: an invented afternoon."""
    with as_file(files("foreshock_stack.demo") / "timeline.jsonl") as path:
        return path
