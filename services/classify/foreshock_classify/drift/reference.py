"""How held-back posts of the corpus were judged, and which of their words were known: what live posts are held against.

Made by the training and kept beside the model, as `foreshock.reference.npz` beside `foreshock.npz`. Only posts that the
gate let through and that were judged to be about our field are in it, since only such can be told apart in a stream as
well. They lie in groups, by kind of source and by what they were called (a shock, else the first topic), so that a
comparison can take the groups as often as a stream has them; within a group they are weighed as in training, where one
post in a hundred is a shock.
"""

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from foreshock_classify.domain.model import TOPICS
from foreshock_shared.contracts.judgement import Topic
from foreshock_shared.contracts.post import SourceKind

Floats = NDArray[np.float64]

SCORES: Final = ("shock", "urgency")
KINDS: Final = tuple(SourceKind)
CALLED: Final = 1 + len(TOPICS)
GROUPS: Final = len(KINDS) * CALLED
BINS: Final = 10
_PRIOR: Final = 20.0
"""Posts of all kinds of source that are added to each group, so that a small one has no empty place."""


def group_of(kind: SourceKind, first: Topic, *, shock: bool) -> int:
    """By kind of source, and within it shocks, then the others by their first topic."""
    return KINDS.index(kind) * CALLED + (0 if shock else 1 + TOPICS.index(first))


@dataclass(frozen=True)
class Reference:
    """Arrays."""

    source: str
    """Hash of what the model was trained from, as in the model."""
    edges: Floats
    """For each score, from which values on the next of its bins begins: deciles of held-back posts."""
    counts: Floats
    """For each score, group and bin, how many held-back posts fell there, by weight."""
    vocabulary: NDArray[np.uint32]
    """Words that two or more posts of the corpus have."""
    languages: NDArray[np.str_]
    unknown: Floats
    """For each language, which part of the words of a held-back post were not in the posts that were learnt from; of
    all posts at the last place."""

    @cached_property
    def shares(self) -> Floats:
        """For each score and group, which part of its posts lies in which bin."""
        cells = self.counts.reshape(len(SCORES), len(KINDS), CALLED, BINS)
        whole = cells.sum(axis=(1, 2), keepdims=True)
        called = _parts(cells.sum(axis=1, keepdims=True) + _PRIOR * _parts(whole))
        return _parts(cells + _PRIOR * called).reshape(self.counts.shape)

    def unknown_in(self, languages: Sequence[str | None]) -> float:
        """Which part of the words of posts in these languages should be unknown; a foreign one counts as the whole."""
        known: dict[str, float] = dict(zip(self.languages.tolist(), self.unknown[:-1].tolist(), strict=True))
        whole = float(self.unknown[-1])
        return sum(known.get(lang or "", whole) for lang in languages) / len(languages)

    def save(self, path: Path) -> None:
        """Write whole or not at all, beside the model that is kept at `path`."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
            partial.write(buffer.getvalue())
        Path(partial.name).chmod(0o644)
        Path(partial.name).replace(_beside(path))

    @classmethod
    def load(cls, path: Path) -> "Reference":
        """That of the model at `path`. Raises ValueError where it is of another shape."""
        with _beside(path).open("rb") as raw, np.load(raw, allow_pickle=False) as packed:
            arrays = {name: packed[name] for name in cls.__dataclass_fields__ if name != "source"}
            source = str(packed["source"])
        if arrays["counts"].shape != (len(SCORES), GROUPS, BINS):
            raise ValueError(f"{_beside(path)} has another shape; train again: python -m foreshock_classify.training")
        return cls(source=source, **arrays)


def _parts(filled: Floats) -> Floats:
    """What lies in each bin, as part of what lies in all."""
    parts: Floats = filled / filled.sum(axis=-1, keepdims=True)
    return parts


def _beside(model: Path) -> Path:
    return model.with_suffix(".reference.npz")
