"""The commands of a page of the documentation, for tests that do what it says."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


class Page:
    """A page of `docs/`, by its name."""

    def __init__(self, name: str) -> None:
        self._text = (DOCS / name).read_text(encoding="utf-8")

    def block(self, heading: str, number: int = 0) -> str:
        """The commands of a section that stand in a block, counted from 0."""
        section = re.split(r"^##+ ", self._text, flags=re.MULTILINE)
        [text] = [each for each in section if each.partition("\n")[0] == heading]
        blocks: list[str] = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        return blocks[number]

    def row(self, begins: str) -> str:
        """The commands of a table's row, which stand in its second cell between backticks, one a line."""
        [cells] = re.findall(rf"^\| {re.escape(begins)} \|(.*)\|$", self._text, re.MULTILINE)
        return "\n".join(re.findall(r"`((?:deploy/|docker )[^`]+)`", cells))
