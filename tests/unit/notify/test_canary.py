"""When canaries earn a heartbeat, and who may be sent one."""

from datetime import datetime
from pathlib import Path

import pytest
from unit.notify.building import NOW, SECRET, a_post, later

from foreshock_notify.adapters.rules_file import load
from foreshock_notify.domain.canary import IN_TIME, heartbeat, listen
from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.post import Tier
from foreshock_shared.runtime.errors import ConfigurationError

FILE = """\
receivers:
  - name: desk
    url: https://desk.example.org/hook
    secret_env: DESK_SECRET
  - name: deadman
    url: https://deadman.example.org/ping
    secret_env: DESK_SECRET
rules:
  - name: policy-shock
    when: {shock: true}
    send_to: [desk]
canary: {send_to: [deadman]}
"""


def a_canary(tier: Tier, at: datetime = NOW) -> PostStored:
    return a_post(f"canary {tier} {at}", source=CANARY_SOURCE, tier=tier, at=at, shock=False)


def a_round(at: datetime) -> list[PostStored]:
    return [a_canary(Tier.OFFICIAL, at), a_canary(Tier.PRESS, at)]


def test_a_heartbeat_is_due_when_both_ways_are_open() -> None:
    first = listen({}, [a_canary(Tier.OFFICIAL)], later(seconds=1))
    assert first.open_at is None
    assert listen(first.heard, [a_canary(Tier.PRESS)], later(seconds=1)).open_at == NOW


def test_one_way_that_is_blocked_stops_the_heartbeat_though_the_other_is_open() -> None:
    known = listen({}, a_round(NOW), NOW).heard
    for minute in range(1, 4):
        found = listen(known, [a_canary(Tier.PRESS, later(minutes=minute))], later(minutes=minute))
        assert found.open_at is None
        known = found.heard


def test_a_canary_that_comes_again_earns_nothing() -> None:
    known = listen({}, a_round(NOW), NOW)
    assert listen(known.heard, a_round(NOW), later(seconds=9)).open_at is None


def test_a_canary_that_took_too_long_earns_nothing_and_is_remembered() -> None:
    late = listen({}, a_round(NOW), NOW + IN_TIME + IN_TIME)
    assert late.open_at is None
    assert set(late.heard.values()) == {NOW}


def test_many_rounds_at_once_earn_one_heartbeat_for_the_last() -> None:
    rounds = [canary for n in range(3) for canary in a_round(later(seconds=n))]
    assert listen({}, rounds, later(seconds=3)).open_at == later(seconds=2)


def test_a_heartbeat_has_one_identity_for_each_receiver_and_round() -> None:
    first, again = heartbeat("deadman", NOW, later(seconds=1)), heartbeat("deadman", NOW, later(seconds=2))
    assert first.id == again.id
    assert first.id != heartbeat("other", NOW, NOW).id
    assert first.data.milliseconds == 1000


def test_who_hears_of_canaries_stands_in_the_rules_file(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(FILE)
    assert load(tmp_path / "rules.yaml", {"DESK_SECRET": SECRET}).heartbeat_to == ("deadman",)


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("canary: {send_to: [deadman]}", "canary: {send_to: [desk]}", "rule policy-shock tells desk of incidents"),
        ("canary: {send_to: [deadman]}", "canary: {send_to: [deadmann]}", "did you mean deadman?"),
        ("canary: {send_to: [deadman]}", "canary: {sendto: [deadman]}", "did you mean send_to?"),
        ("canary: {send_to: [deadman]}", "canary: {send_to: []}", "at least 1 item"),
    ],
)
def test_a_wrong_canary_section_is_told_with_its_line(tmp_path: Path, written: str, instead: str, said: str) -> None:
    (tmp_path / "rules.yaml").write_text(FILE.replace(written, instead))
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path / "rules.yaml", {"DESK_SECRET": SECRET})
    assert "rules.yaml:12:" in str(refused.value)
    assert said in str(refused.value)
