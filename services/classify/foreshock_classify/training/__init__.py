"""From corpus to model: load, train, choose thresholds on held-back posts, report.

Only here is scikit-learn used, and only in a process of its own: what serves calls `ensure_model`, which
runs `python -m foreshock_classify.training` where there is something to train.
"""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from foreshock_classify.domain.model import Model
from foreshock_classify.drift.reference import Reference
from foreshock_classify.training.corpus import CORPUS, source_hash

DEFAULT_MODEL: Final = Path(__file__).parents[1] / "model" / "foreshock.npz"


def ensure_model(path: Path, corpus: Path = CORPUS) -> Model:
    """The model at `path`, with its reference beside it; trained first where one of them is missing or was made from
    another corpus or other word lists.
    """
    wanted = source_hash(corpus)
    model = _existing(path, wanted)
    if model is not None:
        return model
    command = [sys.executable, "-m", "foreshock_classify.training", "--quiet", f"--model={path}", f"--corpus={corpus}"]
    subprocess.run(command, check=True)  # noqa: S603 - our own module with paths from our own settings
    return Model.load(path)


def _existing(path: Path, wanted: str) -> Model | None:
    """None where a file is missing, of other words, of an older shape or cut short: both are made anew then."""
    try:
        model = Model.load(path)
        return model if model.source == Reference.load(path).source == wanted else None
    except (FileNotFoundError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
