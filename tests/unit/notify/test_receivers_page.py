"""The examples of docs/receivers.md are taken as they stand, and every format has one."""

import re
from pathlib import Path

import pytest
from unit.notify.building import SECRET

from foreshock_notify.adapters.receiver_entries import ReceiverEntry
from foreshock_notify.adapters.rules_file import load
from foreshock_notify.adapters.templates import VARIABLES
from foreshock_notify.domain.receivers import Format

PAGE = (Path(__file__).parents[3] / "docs" / "receivers.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def _environment(example: str) -> dict[str, str]:
    """A value for each variable that the example names."""
    named = re.findall(r"^ *(?:url|secret|token)_env: (\w+)", example, re.MULTILINE)
    special = {"GATEWAY_SECRET": SECRET, "MAIL_URL": "mailtos://user:password@example.org?to=desk@example.org"}
    return {name: special.get(name, "https://hooks.example.org/x") for name in named}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_taken(tmp_path: Path, example: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(example)
    assert load(path, _environment(example)).receivers


def test_every_format_has_an_example_under_its_name() -> None:
    assert set(re.findall(r"^### `(\w+)`", PAGE, re.MULTILINE)) == {form.value for form in Format}
    assert set(re.findall(r"format: (\w+)", PAGE)) == {form.value for form in Format} - {"webhook"}


def test_every_key_of_an_entry_and_every_variable_of_a_template_is_named() -> None:
    assert {key for key in ReceiverEntry.model_fields if key not in PAGE} == set()
    assert {name for name in VARIABLES if f"`{name}`" not in PAGE} == set()
