"""The file of a rule test: which posts come when, and who must be told what.

A post either carries its judgement (`shock`, `urgency`, `topics`, …) or a `text` that is judged by the classifier of
the stack; one with both is taken as it says. Everything that is wrong with a file is told with its line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from foreshock_notify.adapters import yaml_lines
from foreshock_notify.adapters.yaml_lines import Document
from foreshock_notify.domain.notification import Kind, Status
from foreshock_notify.domain.values import Duration, several
from foreshock_shared.contracts.judgement import Action, Topic, Urgency
from foreshock_shared.contracts.post import SourceKind, Tier
from foreshock_shared.runtime.errors import ConfigurationError

START: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""When a test begins that does not say: a Monday at noon."""
JUDGEMENT: Final = frozenset({"shock", "urgency", "topics", "entities", "jurisdiction", "action"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PostCase(_Part):
    """A post that comes `at` so long after the start."""

    at: Duration
    id: str | None = None
    """How others of the test speak of it (`copy_of`)."""
    text: str | None = None
    source: str | None = None
    """Each post has a source of its own where it names none."""
    source_kind: SourceKind = SourceKind.NEWS
    tier: Tier = Tier.PRESS
    lang: str | None = None
    age: Duration = timedelta(0)
    """How old it is when it comes."""
    story: str | None = None
    """Posts of one story share it. Without it a text finds its story by itself, and a judgement is of the one story."""
    ends: str | None = None
    """The story that it lifts."""
    copy_of: str | None = None
    shock: bool = False
    urgency: Urgency = Urgency.MEDIUM
    topics: Annotated[list[Topic], Field(min_length=1, max_length=4), BeforeValidator(several)] = [Topic.POLICY]
    entities: Annotated[list[str], BeforeValidator(several)] = []
    jurisdiction: str | None = None
    action: Action | None = None
    """What its effect does."""

    @property
    def judged(self) -> bool:
        """Whether it carries its judgement."""
        return bool(JUDGEMENT & self.model_fields_set)

    @model_validator(mode="after")
    def _says_something(self) -> "PostCase":
        if self.text is None and not self.judged:
            raise ValueError(f"needs a text to be judged, or a judgement: one of {', '.join(sorted(JUDGEMENT))}")
        return self


class Expected(_Part):
    """A notification that must go out; what is left out may be anything."""

    at: Duration
    receiver: str
    kind: Kind | None = None
    status: Status | None = None
    urgency: Urgency | None = None
    reason: str | None = None
    revision: int | None = None
    rules: Annotated[list[str], BeforeValidator(several)] | None = None
    story: str | None = None
    digest: bool | None = None
    """Whether it is told in a digest."""


class Case(_Part):
    """One test: exactly the expected notifications go out."""

    name: str
    start: AwareDatetime = START
    posts: Annotated[list[PostCase], Field(min_length=1)]
    until: Duration = timedelta(0)
    """Let time pass up to here after the last post."""
    expect: list[Expected]

    @model_validator(mode="after")
    def _in_order(self) -> "Case":
        moments = [post.at for post in self.posts]
        if moments != sorted(moments):
            raise ValueError("posts must stand in the order of their `at`")
        return self


class TestFile(_Part):
    """The file."""

    __test__ = False

    rules: Path | None = None
    """The rules that are tested, relative to this file; by default `rules.yaml` of the configuration."""
    tests: Annotated[list[Case], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Cases:
    """A file of tests that was read."""

    path: Path
    file: TestFile
    document: Document

    def line(self, number: int) -> int:
        """Where the test of this number stands."""
        return self.document.line(("tests", number, "name"))


def read(path: Path) -> Cases:
    """Read a file. Raises ConfigurationError that names each fault with its line."""
    try:
        document = yaml_lines.read(path.read_text(encoding="utf-8"))
        return Cases(path, TestFile.model_validate(document.data), document)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    except yaml_lines.InvalidYaml as error:
        raise ConfigurationError(f"{path}:{error.fault.line}: {error.fault.reason}") from error
    except ValidationError as error:
        raise ConfigurationError("\n".join(_faults(path, document, error))) from error


def _faults(path: Path, document: Document, error: ValidationError) -> Iterator[str]:
    for each in error.errors():
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in each["loc"]).lstrip(".")
        known = f"; known are {', '.join(_keys(each['loc']))}" if each["type"] == "extra_forbidden" else ""
        yield f"{path}:{document.line(each['loc'])}: {where}: {each['msg'].removeprefix('Value error, ')}{known}"


def _keys(where: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand where this one does."""
    kinds: dict[str, type[BaseModel]] = {"posts": PostCase, "expect": Expected, "tests": Case}
    around = [step for step in where[:-1] if isinstance(step, str)]
    return list((kinds[around[-1]] if around else TestFile).model_fields)
