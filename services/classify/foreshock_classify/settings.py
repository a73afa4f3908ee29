"""The settings of classify; the only module here that sees the environment."""

from pathlib import Path

from foreshock_classify.training import DEFAULT_MODEL
from foreshock_shared.runtime.settings import ServiceSettings


class ClassifySettings(ServiceSettings):
    """Read from `FORESHOCK_…`."""

    model_path: Path = DEFAULT_MODEL
    """The trained model; made when it is missing or older than the corpus."""
    config_dir: Path = Path("config")
    """Where `watchlist.yaml` lies, if the user has names of their own."""
