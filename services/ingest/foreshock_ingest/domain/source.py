"""What a source is: anything that posts come from by themselves, be it polled, streamed or read from a file."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.post import PostIn

State: TypeAlias = Mapping[str, str]
"""What a source remembers from one page to the next: cursor, validators, schedule. Its own words, kept as they are."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Something that a source delivered and that cannot become a post: kept in the dead letters, as it came."""

    data: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a source has to hand over at one moment."""

    posts: tuple[PostIn, ...] = ()
    spoilt: tuple[Spoilt, ...] = ()
    state: State | None = None
    """What to remember once this page is safe; None leaves what was remembered before."""


class Source(Protocol):
    """The contract between a source and the runner, which is the only caller.

    `read(state)` begins where `state` says (empty at the very first time) and yields a page whenever it has one:

    - The runner asks for the next page only when every post of the last one is on storage, its spoilt items are in the
      dead letters, and after that its state is stored. A source never stores anything itself, so a cursor ahead of its
      posts cannot come about. This is also how backpressure reaches a source: it is not asked.
    - It may be broken off between any two pages, by a crash or by another replica taking over, and is then called anew
      with the last state stored. The same posts may thus be yielded again; they are accepted as the same.
    - It waits by itself for its next poll, message or line. Holding a connection open while a page is being stored is
      its own affair.
    - `RetryableError` or any unforeseen error: the runner waits (longer each time, with jitter) and calls `read` anew.
    - `PermanentError`: it will not work as it is configured; the runner says so and leaves the source alone.
    - Returning: it is at its end, and says so in its last state if it should stay so after a restart.
    """

    @property
    def revisions(self) -> bool:
        """Whether a post that comes again with other content replaces its former self."""
        ...

    def read(self, state: State) -> AsyncIterator[Page]:
        """The pages from `state` on."""
        ...


def _not_reserved(name: str) -> str:
    if name == CANARY_SOURCE:
        raise ValueError(f"{CANARY_SOURCE} is reserved for our own canary; choose another name")
    return name


class SourceConfig(BaseModel):
    """What every kind of source can be told in `sources.yaml`; each kind adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_not_reserved)] = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    """The `source` of its posts, and part of their ids: a source that is renamed begins anew."""
    enabled: bool = True
