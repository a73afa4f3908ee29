"""The settings of ingest; the only module here that sees the environment."""

from pathlib import Path

from pydantic import Field, SecretStr

from foreshock_shared.runtime.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """Read from `FORESHOCK_…`."""

    api_key: SecretStr = Field(min_length=1)
    webhook_secret: SecretStr | None = None
    """Standard Webhooks secret (`whsec_…`) of those who push signed CloudEvents; none, and only keys are accepted."""
    config_dir: Path = Path("config")
    """Where `sources.yaml` lies."""
    body_limit: int = Field(default=10_000_000, gt=0)
    """Bytes of a request body, inflated."""
    batch_limit: int = Field(default=10_000, gt=0)
    """Posts of one request."""
    seen_posts: int = Field(default=250_000, gt=0)
    """Posts that a generation of dedupe marks holds; there are two, at about 120 bytes a post."""
    seen_days: float = Field(default=14, gt=0)
    """Age after which a generation is rotated even if it is not full."""
    ledger_days: int = Field(default=40, gt=0)
    """How long the accepted ledger is kept."""
    backlog_entries: int = Field(default=20_000, gt=0)
    """Entries not yet handled at which pushes are answered 429."""
    memory_percent: float = Field(default=60, gt=0, le=100)
    """Part of the server's `maxmemory` at which pushes are answered 503."""
    dead_letter_bytes: int = Field(default=64_000_000, gt=0)
    """Size of all dead letters at which pushes are answered 503: somebody must look at them first."""
    canary_seconds: float = Field(default=300, ge=0)
    """How often a round of canaries is sent, by one replica of all; 0: never."""
