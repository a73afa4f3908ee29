"""Settings of notify: the only place that reads its environment. `rules.yaml` may name further variables."""

from pathlib import Path

from pydantic import SecretStr

from foreshock_notify.domain.links import link_key
from foreshock_shared.runtime.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """What notify needs beside what every service needs."""

    database_url: SecretStr
    """Postgres, as the role `foreshock_notify`."""
    api_key: SecretStr
    config_dir: Path = Path("config")
    """The folder that holds rules.yaml."""
    public_url: str = ""
    """Where people reach this service; notifications link to it, and carry a signed link that acknowledges. Empty: its
    own address, and no such link."""

    @property
    def link_key(self) -> bytes:
        """What signs links that acknowledge; empty where no public address is known that they could lead to."""
        return link_key(self.api_key.get_secret_value()) if self.public_url else b""

    @property
    def rules_path(self) -> Path:
        """The rules file."""
        return self.config_dir / "rules.yaml"

    @property
    def link_url(self) -> str:
        """The base of links in notifications."""
        return self.public_url or f"http://{self.host}:{self.port}"
