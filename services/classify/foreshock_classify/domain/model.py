"""The trained model: one linear score for each decision, kept as plain arrays in one small file.

Decisions are columns: the topics, the four steps of urgency, and shock. A column's margin is a log odds before
calibration; since it is a sum over features, what each feature adds to it can be told exactly.
"""

import io
import tempfile
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.cue_features import DIMENSION
from foreshock_classify.domain.features import Features, cue_value
from foreshock_classify.domain.ngrams import NGRAMS
from foreshock_classify.domain.segments import sums
from foreshock_shared.contracts.judgement import Topic, Urgency

Floats = NDArray[np.float32]

TOPICS: Final = tuple(Topic)
URGENCIES: Final = (Urgency.LOW, Urgency.MEDIUM, Urgency.HIGH, Urgency.CRITICAL)
URGENCY_COLUMNS: Final = slice(len(TOPICS), len(TOPICS) + len(URGENCIES))
SHOCK: Final = len(TOPICS) + len(URGENCIES)
COLUMNS: Final = SHOCK + 1


@dataclass(frozen=True)
class Model:
    """Arrays that a judgement is made of."""

    source: str
    """Hash of everything that the model was trained from; its first digits are the model's version."""
    idf: Floats
    weights: Floats
    bias: Floats
    slope: Floats
    offset: Floats
    """Calibration of a column: probability = sigmoid(slope * margin + offset)."""
    threshold: Floats
    """Probability from which a topic, or shock, is decided."""
    cuts: Floats
    """Expected urgency ranks at which the next step begins."""

    @property
    def version(self) -> str:
        return self.source[:12]

    @cached_property
    def gram_weights(self) -> Floats:
        """What an n-gram is worth to each column before its text's length is taken into account."""
        worth: Floats = self.idf[:, None] * self.weights[:NGRAMS]
        return worth

    @cached_property
    def squares(self) -> Floats:
        """What an n-gram adds to the square of its block's length."""
        return self.idf**2

    @cached_property
    def thresholds(self) -> list[float]:
        """As plain numbers, which compare faster one by one."""
        return [float(value) for value in self.threshold]

    def margins(self, features: Features) -> Floats:
        """Log odds before calibration, a row for each post and a column for each decision."""
        ngrams = features.ngrams
        norm = np.sqrt(sums(self.squares.take(ngrams.indices), ngrams.bounds))
        grams = sums(self.gram_weights.take(ngrams.indices, axis=0), ngrams.bounds)
        grams /= np.where(norm > 0, norm, 1)[:, None]
        cues = sums(self.weights.take(features.cues, axis=0), features.cue_bounds)
        total: Floats = grams + cue_value(np.diff(features.cue_bounds))[:, None] * cues + self.bias
        return total

    def probabilities(self, margins: Floats) -> Floats:
        """Calibrated probabilities; urgency's columns are not used here."""
        odds = np.clip(self.slope * margins + self.offset, -30, 30)
        calibrated: Floats = 1 / (1 + np.exp(-odds))
        return calibrated

    def save(self, path: Path) -> None:
        """Write whole or not at all: another process may be reading or writing the same file."""
        packed: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        packed |= {name: packed[name].astype(np.float16) for name in ("idf", "weights")}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **packed)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
            partial.write(buffer.getvalue())
        Path(partial.name).chmod(0o644)
        Path(partial.name).replace(path)

    @classmethod
    def load(cls, path: Path) -> "Model":
        """Raises ValueError where the file was made for other features than these."""
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as packed:
            arrays = {f.name: _rows(packed[f.name]) for f in fields(cls) if f.name != "source"}
            source = str(packed["source"])
        if arrays["weights"].shape != (DIMENSION, COLUMNS) or arrays["idf"].shape != (NGRAMS,):
            raise ValueError(
                f"{path} was trained for other features; train again: python -m foreshock_classify.training"
            )
        return cls(source=source, **arrays)


def expected_ranks(margins: Floats) -> Floats:
    """Urgency of each post from 0 (low) to 3 (critical): the mean of its four steps, by how probable each is."""
    steps = margins[:, URGENCY_COLUMNS]
    odds = np.exp(steps - steps.max(axis=1, keepdims=True))
    ranks: Floats = (odds * np.arange(len(URGENCIES))).sum(axis=1) / odds.sum(axis=1)
    return ranks


def _rows(packed: NDArray[np.generic]) -> Floats:
    """Row after row in memory, whatever order they were trained in: that is how they are looked up."""
    return np.ascontiguousarray(packed, np.float32)
