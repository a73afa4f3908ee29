"""classify on a real server: what is ingested comes out judged, in the lane that it deserves."""

import pytest

pytestmark = pytest.mark.servers

DIRECTIVE = (
    "The government has ordered Anthropic to suspend all access to Halcyon 5 by foreign nationals, effective tonight"
)
