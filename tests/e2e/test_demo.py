"""`./run` alone: within a minute of being ready, a newcomer sees the alert and knows why."""

import time

import pytest
from support.waiting import eventually

from foreshock_stack.child import ChildStack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]


@pytest.fixture
def demo(stack: ChildStack) -> ChildStack:
    stack.command = ()
    return stack


async def test_the_alert_appears_within_a_minute_and_firms_up(demo: ChildStack) -> None:
    (demo.folder / "config" / "rules.yaml").write_text("mine: untouched\n")
    await demo.start()
    ready = time.monotonic()

    def said(*words: str) -> bool:
        text = demo.log.read_text(encoding="utf-8", errors="replace")
        return all(word in text for word in words)

    await eventually(lambda: said("ALERT", "critical", "Sorrel 5", "signature verified"), within=60)
    alert_after = time.monotonic() - ready
    rumour = demo.log.read_text(encoding="utf-8", errors="replace").split("ALERT")[0]
    assert "may be considering" not in rumour
    assert 5 < alert_after < 60
    await eventually(lambda: said("incident updated", "corroborated", "official", "incident lifted"), within=60)
    await eventually(lambda: said("The afternoon is over: 204 posts", "curl", "/v1/incidents"), within=60)
    assert demo.log.read_text(encoding="utf-8", errors="replace").count("ALERT") == 1

    assert demo.stop() == 0
    assert (demo.folder / "config" / "rules.yaml").read_text() == "mine: untouched\n"
