"""The corpus as it is read for training: every `*.jsonl` of a folder, or one file."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foreshock_classify import data
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import SourceKind

CORPUS: Final = Path(__file__).parents[1] / "corpus"
UNSPACED: Final = frozenset({"ja", "zh"})
"""Languages that write no spaces between words."""


class Example(BaseModel):
    """A labelled post."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str = Field(min_length=1)
    lang: str
    source_kind: SourceKind
    topics: list[Topic] = Field(min_length=1)
    urgency: Urgency
    policy_shock: bool
    event: str
    """What the post is about; posts of one event are never split between training and checking."""
    pattern: str = ""
    hand: str = ""
    """Whose way of writing it is; posts of one hand resemble each other in more than what they say."""


def load(corpus: Path = CORPUS) -> list[Example]:
    """Every example, in the order of file names and lines. Raises ValueError that names the line at fault."""
    examples: list[Example] = []
    for path in _files(corpus):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                try:
                    examples.append(Example.model_validate_json(line))
                except ValidationError as error:
                    raise ValueError(
                        f"{path}:{number}: {error.errors()[0]['msg']} at {error.errors()[0]['loc']}"
                    ) from error
    if not examples:
        raise ValueError(f"{corpus} holds no examples; it must be a .jsonl file or a folder of them")
    return examples


def families(examples: Sequence[Example]) -> list[int]:
    """A number for each example, the same for all that share an event or begin alike, directly or through others.

    What a split keeps together, so that no held-back post has a twin among those that were learnt from.
    """
    first: dict[str, int] = {}
    parent = list(range(len(examples)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for index, example in enumerate(examples):
        for key in (f"event {example.event}", f"opening {opening(example)}"):
            parent[root(index)] = root(first.setdefault(key, index))
    return [root(index) for index in range(len(examples))]


def opening(example: Example) -> str:
    """The first words with figures made equal: four, or eight characters where words have no spaces."""
    folded = re.sub(r"\d+", "0", example.text.casefold())
    return folded[:8] if example.lang in UNSPACED else " ".join(re.findall(r"\w+", folded)[:4])


def source_hash(corpus: Path = CORPUS) -> str:
    """Hash of everything that decides what a model becomes: examples, word lists, and the code that reads them."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(data.fingerprint())
    for path in (
        *_files(corpus),
        *sorted((package / "domain").glob("*.py")),
        package / "training/corpus.py",
        package / "training/train.py",
    ):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _files(corpus: Path) -> Iterator[Path]:
    yield from sorted(corpus.glob("*.jsonl")) if corpus.is_dir() else [corpus]
