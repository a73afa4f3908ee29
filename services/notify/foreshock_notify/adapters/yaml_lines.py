"""YAML whose values remember their lines, so that an error can say where it is.

Plain data only (no tags that make objects), and a key may stand once in a mapping: the second would silently win.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

Path: TypeAlias = Sequence[int | str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a file. `line` counts from 1."""

    line: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document: its data, and the line of anything in it."""

    data: object
    node: yaml.Node | None

    def line(self, path: Path) -> int:
        """The line of the value at this path, or of the nearest thing around it that exists."""
        node, line = self.node, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def has(self, path: Path) -> bool:
        """Whether there is anything at this path."""
        node = self.node
        for step in path:
            found = _child(node, step)
            if found is None:
                return False
            _, node = found
        return True


def read(text: str) -> Document:
    """Parse a document. Raises InvalidYaml that says what is wrong, and where."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        twice = next(_repeated(node), None)
        if twice is not None:
            raise InvalidYaml(twice)
        return Document(yaml.safe_load(text), node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidYaml(
            Fault(mark.line + 1 if mark else 1, "", f"no YAML: {error.problem or error.context}")
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidYaml(Fault(1, "", f"no YAML: {str(error) or type(error).__name__}")) from error


class InvalidYaml(Exception):
    """The text is no document that we take."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def _child(node: yaml.Node | None, step: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child.start_mark.line + 1, child
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line + 1, value
    return None


def _repeated(node: yaml.Node | None) -> Iterator[Fault]:
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _repeated(child)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield Fault(key.start_mark.line + 1, str(key.value), "stands here for the second time; keep one")
            seen.add(str(key.value))
            yield from _repeated(value)
