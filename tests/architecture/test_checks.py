"""The whole code base keeps its style, its format, its types and its layers."""

import pytest
from support.checks import AT_WORK, CHECKERS


@pytest.mark.timeout(600)
@pytest.mark.parametrize("checker", CHECKERS)
def test_the_code_base_keeps_its(checker: str, pytestconfig: pytest.Config) -> None:
    complaint = pytestconfig.stash[AT_WORK][checker].complaint()
    if complaint:
        pytest.fail(complaint, pytrace=False)
