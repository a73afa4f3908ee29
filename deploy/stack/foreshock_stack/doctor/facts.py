"""What the probes answer: plain facts, without any opinion of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """A Redis-protocol server as it describes itself. `settings` is None where it does not show them."""

    server: str
    version: tuple[int, ...]
    settings: Mapping[str, str] | None
    info: Mapping[str, str]
    skew_seconds: float
    """Its clock less ours."""


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    """A Postgres as its administrator sees it."""

    version: int
    """As in `server_version_num`."""
    settings: Mapping[str, str]
    encoding: str
    in_recovery: bool
    skew_seconds: float
    revisions: Mapping[str, str | None]
    """Schema by schema, as found; None where there is none."""
    wanted: Mapping[str, str | None]
    """Likewise, as this version wants them."""
    roles_that_cannot_connect: Mapping[str, str]
    """Role and reason."""
    suspended: Mapping[str, str] = field(default_factory=dict)
    """Receivers that have answered 410 Gone, and since when."""


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What a service says of itself; no status where it does not answer."""

    name: str
    address: str
    status: int | None
    failing: Mapping[str, str] = field(default_factory=dict)
    """The checks that fail, with their reasons."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Of ingest: how each source is."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a host that we talk to lets us connect; nothing was sent. `trouble` is empty where it does."""

    kind: str
    name: str
    host: str
    trouble: str = ""
    barred: bool = False
    """Our own guard refuses the address."""


@dataclass(frozen=True, slots=True)
class HereFacts:
    """This machine, as far as the stack needs it."""

    python: tuple[int, ...]
    state_dir: str
    exists: bool
    barred_by: str | None
    """The first folder on the way that keeps the servers' user out."""
    account: str
    free_bytes: int
    total_bytes: int
    open_secrets: tuple[str, ...]
    """Secrets that others on this machine may read."""
