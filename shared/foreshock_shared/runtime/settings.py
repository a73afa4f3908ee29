"""Settings that every service has, from `FORESHOCK_…` and, for secrets, from the file that `FORESHOCK_…_FILE` names.

A service adds its own in its `settings.py`, the only module there that sees the environment.
"""

import os
import socket
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from foreshock_shared.runtime.errors import ConfigurationError

PREFIX = "FORESHOCK_"


class Durability(StrEnum):
    """What the Redis-protocol server must promise before a service starts."""

    ALWAYS = "always"
    EVERYSEC = "everysec"
    """A crash of the machine may lose the last second of what was accepted."""
    UNCHECKED = "unchecked"
    """For managed servers that do not show their settings: the operator vouches for them."""


class LogFormat(StrEnum):
    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class _SecretFiles(PydanticBaseSettingsSource):
    """`FORESHOCK_NAME_FILE=/run/secrets/x` gives `name` the content of that file, without its last line break."""

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except OSError as error:
            raise ConfigurationError(f"{variable}={path} cannot be read: {error.strerror}") from error

    @override
    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


class ServiceSettings(BaseSettings):
    """The part of the settings that is the same for all four services."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int
    redis_url: SecretStr
    redis_durability: Durability = Durability.ALWAYS
    consumer: str = socket.gethostname()
    """Name of this replica within its group: stable over restarts, different for each replica."""
    log_format: LogFormat = LogFormat.AUTO
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    watched_disk: Path = Path("/")
    """A folder on the disk that fills up with what is kept. In a container, `/` is on Docker's disk, as volumes are."""
    tracing_endpoint: str = Field(
        default="",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    )
    """Where traces are sent, by OpenTelemetry's own variables, which its SDK reads with all others; empty: nowhere."""

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _SecretFiles(settings_cls), env_settings


S = TypeVar("S", bound=ServiceSettings)


def load(kind: type[S]) -> S:
    """Read the environment. Raises ConfigurationError that names each variable that is wrong, and why."""
    try:
        return kind()
    except ValidationError as error:
        wrong = "; ".join(f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"the environment is not complete: {wrong}") from error
