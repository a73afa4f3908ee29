"""The settings of the store; the only place here that sees the environment."""

from datetime import date

from pydantic import Field, SecretStr

from foreshock_shared.runtime.settings import ServiceSettings


class StoreSettings(ServiceSettings):
    """Beside what every service has."""

    database_url: SecretStr
    """The database, as the role that owns schema `store`."""
    api_key: SecretStr
    """What a reader sends as its bearer key."""
    retention_days: int = Field(30, ge=1, le=3_650)
    """Days that posts, their keys, stories and dead letters are kept."""
    partition_days_ahead: int = Field(3, ge=1, le=30)
    story_window_hours: int = Field(240, ge=1, le=24 * 30)
    """How long after its last post a story still takes posts in."""
    active_stories: int = Field(5_000, ge=10, le=50_000)
    public_stream_hours: int = Field(24, ge=1, le=24 * 30)
    public_stream_bytes: int = Field(64_000_000, ge=1_000_000)
    """Bytes that each lane of the public stream may take, whatever its age."""
    index_base_days: int = Field(28, ge=7, le=365)
    """Days of the base period of the shock index, whose mean is 100."""
    index_base_from: date | None = None
    """Where that period begins; the first day that was ever counted, if not said."""
