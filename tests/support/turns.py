"""Which tests run beside which: workers share the tests, and one of them takes all that start a whole stack.

So no two stacks are up at once, whatever the number of workers, and each has most of the machine. That worker begins
with them, since they take longest.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
WHOLE_STACKS = ("e2e", "containers", "integration/stack", "integration/deploy", "unit/monitoring")
"""The folders of such tests, and of those that time what Prometheus says."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, and put them first, whatever order they are in otherwise."""
    for item in items:
        if _is_of_whole_stacks(item):
            item.add_marker(pytest.mark.xdist_group("stacks"))
    items.sort(key=_is_of_whole_stacks, reverse=True)


def _is_of_whole_stacks(item: pytest.Item) -> bool:
    return item.path.relative_to(TESTS).as_posix().startswith(WHOLE_STACKS)
