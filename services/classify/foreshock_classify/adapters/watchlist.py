"""`watchlist.yaml`: names that a user adds to the gazetteer.

vendor:
  acme: [Acme AI, ACME]
model:
  roadrunner: [Roadrunner]
"""

from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from foreshock_classify.domain.gazetteer import Watchlist
from foreshock_shared.contracts.judgement import EntityKind
from foreshock_shared.runtime.errors import ConfigurationError


def load_watchlist(path: Path) -> Watchlist:
    """The user's names, or none where there is no such file. Raises ConfigurationError that says what is wrong."""
    if not path.exists():
        return {}
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        watchlist = TypeAdapter(dict[EntityKind, dict[str, list[str]]]).validate_python(raw)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no readable YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: at {place}: {first['msg']}; it must be kind: {{id: [names]}}") from error
    if any(not name.strip() for entries in watchlist.values() for names in entries.values() for name in names):
        raise ConfigurationError(f"{path} holds an empty name; remove it")
    if any(not names for entries in watchlist.values() for names in entries.values()):
        raise ConfigurationError(f"{path} holds an id without names; give it at least one")
    return watchlist
