"""Reads `sources.yaml`. What is wrong in it is said with file, line, key and reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from foreshock_ingest.adapters.sources import AnySource
from foreshock_shared.runtime.errors import ConfigurationError

_KINDS: Final = frozenset({"feed", "replay"})


class SourcesFile(BaseModel):
    """The file as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: list[AnySource] = []


def load_sources(path: Path) -> list[AnySource]:
    """The enabled sources; none where there is no file. Raises ConfigurationError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_repeated_keys(tree, path)
        found = SourcesFile.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is no YAML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError("\n".join(_told(path, tree, each) for each in error.errors())) from error
    names = [source.name for source in found.sources]
    for index, name in enumerate(names):
        if name in names[:index]:
            line = _line(tree, ("sources", index, "name"))
            raise ConfigurationError(f"{path}, line {line}: sources.{index}.name: {name} is the name of another source")
    return [source for source in found.sources if source.enabled]


def _told(path: Path, tree: yaml.Node | None, error: object) -> str:
    """One error of the model as file, line, key and reason."""
    detail: dict[str, object] = dict(error)  # type: ignore[call-overload]  # a TypedDict of pydantic
    location = detail["loc"]
    where = tuple(part for part in location if part not in _KINDS) if isinstance(location, tuple) else ()
    reason = str(detail["msg"]).removeprefix("Value error, ")
    return f"{path}, line {_line(tree, where)}: {'.'.join(map(str, where)) or 'the file'}: {reason}"


def _line(tree: yaml.Node | None, where: Sequence[object]) -> int:
    """The line of the innermost key or item on the way that there is."""
    line, node = 0, tree
    for part in where:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line
        elif isinstance(node, yaml.MappingNode):
            key, node = next((pair for pair in node.value if pair[0].value == part), (None, None))
            line = key.start_mark.line if key else line
    return line + 1


def _refuse_repeated_keys(node: yaml.Node | None, path: Path) -> None:
    """YAML lets the last of two equal keys win in silence; here it is an error."""
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            _refuse_repeated_keys(each, path)
    if isinstance(node, yaml.MappingNode):
        seen: set[object] = set()
        for key, value in node.value:
            if key.value in seen:
                raise ConfigurationError(f"{path}, line {key.start_mark.line + 1}: {key.value} is there twice")
            seen.add(key.value)
            _refuse_repeated_keys(value, path)
