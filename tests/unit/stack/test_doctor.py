"""What the doctor thinks of facts."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from foreshock_shared.runtime.settings import Durability
from foreshock_stack.doctor import judge, judge_servers
from foreshock_stack.doctor.facts import HereFacts, PostgresFacts, Reach, RedisFacts, ServiceFacts
from foreshock_stack.doctor.finding import Finding, Level

GOOD_REDIS = RedisFacts(
    server="Valkey",
    version=(9, 1, 2),
    settings={"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"},
    info={"role": "master", "cluster_enabled": "0", "used_memory": "1000000", "maxmemory": "512000000"},
    skew_seconds=0.001,
)
GOOD_POSTGRES = PostgresFacts(
    version=180_004,
    settings={"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "max_connections": "60"},
    encoding="UTF8",
    in_recovery=False,
    skew_seconds=-0.01,
    revisions={"store": "0001", "notify": "0001"},
    wanted={"store": "0001", "notify": "0001"},
    roles_that_cannot_connect={},
)
GOOD_HERE = HereFacts(
    python=(3, 11, 2),
    state_dir="/var/lib/foreshock",
    exists=True,
    barred_by=None,
    account="nobody",
    free_bytes=50_000_000_000,
    total_bytes=100_000_000_000,
    open_secrets=(),
)


def worst(findings: Iterable[Finding]) -> tuple[Level, str]:
    """The worst level, and the subject that it is about."""
    found = sorted(findings, key=lambda finding: [*Level].index(finding.level))
    return found[-1].level, found[-1].subject if found[-1].level is not Level.OK else ""


def test_servers_as_they_should_be_are_found_well() -> None:
    assert worst(judge_servers.redis(GOOD_REDIS, Durability.ALWAYS)) == (Level.OK, "")
    assert worst(judge_servers.postgres(GOOD_POSTGRES)) == (Level.OK, "")
    assert worst(judge.here(GOOD_HERE, servers_here=True)) == (Level.OK, "")


@pytest.mark.parametrize(
    ("changed", "wanted", "expected"),
    [
        ({"settings": {**(GOOD_REDIS.settings or {}), "appendfsync": "everysec"}}, "always", Level.FAULT),
        ({"settings": {**(GOOD_REDIS.settings or {}), "appendfsync": "everysec"}}, "everysec", Level.WARNING),
        ({"settings": {**(GOOD_REDIS.settings or {}), "appendonly": "no"}}, "everysec", Level.FAULT),
        ({"settings": {**(GOOD_REDIS.settings or {}), "maxmemory-policy": "allkeys-lru"}}, "always", Level.FAULT),
        ({"settings": None}, "always", Level.FAULT),
        ({"settings": None}, "unchecked", Level.WARNING),
    ],
)
def test_a_redis_that_may_lose_posts_is_a_fault_unless_that_was_accepted(
    changed: dict[str, object], wanted: str, expected: Level
) -> None:
    facts = replace(GOOD_REDIS, **changed)  # type: ignore[arg-type]
    assert worst(judge_servers.redis(facts, Durability(wanted))) == (expected, "redis durability")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"version": (6, 2, 0)}, (Level.FAULT, "redis version")),
        ({"info": {**GOOD_REDIS.info, "role": "slave"}}, (Level.FAULT, "redis role")),
        ({"info": {**GOOD_REDIS.info, "cluster_enabled": "1"}}, (Level.FAULT, "redis role")),
        ({"info": {**GOOD_REDIS.info, "aof_last_write_status": "err"}}, (Level.FAULT, "redis disk")),
        ({"info": {**GOOD_REDIS.info, "maxmemory": "0"}}, (Level.WARNING, "redis memory")),
        ({"info": {**GOOD_REDIS.info, "used_memory": "400000000"}}, (Level.WARNING, "redis memory")),
        ({"skew_seconds": 3.0}, (Level.WARNING, "redis clock")),
        ({"skew_seconds": -90.0}, (Level.FAULT, "redis clock")),
    ],
)
def test_what_is_wrong_with_a_redis_is_named(changed: dict[str, object], expected: tuple[Level, str]) -> None:
    facts = replace(GOOD_REDIS, **changed)  # type: ignore[arg-type]
    assert worst(judge_servers.redis(facts, Durability.ALWAYS)) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"version": 120_000}, (Level.FAULT, "postgres version")),
        ({"in_recovery": True}, (Level.FAULT, "postgres role")),
        ({"encoding": "SQL_ASCII"}, (Level.FAULT, "postgres encoding")),
        ({"settings": {**GOOD_POSTGRES.settings, "synchronous_commit": "off"}}, (Level.FAULT, "postgres durability")),
        ({"settings": {**GOOD_POSTGRES.settings, "fsync": "off"}}, (Level.FAULT, "postgres durability")),
        ({"settings": {**GOOD_POSTGRES.settings, "max_connections": "20"}}, (Level.WARNING, "postgres connections")),
        ({"revisions": {"store": None, "notify": "0001"}}, (Level.FAULT, "postgres schema")),
        ({"revisions": {"store": "0001", "notify": "0000"}}, (Level.FAULT, "postgres schema")),
        ({"roles_that_cannot_connect": {"foreshock_store": "no"}}, (Level.FAULT, "postgres roles")),
        ({"skew_seconds": 5.0}, (Level.WARNING, "postgres clock")),
    ],
)
def test_what_is_wrong_with_a_postgres_is_named(changed: dict[str, object], expected: tuple[Level, str]) -> None:
    assert worst(judge_servers.postgres(replace(GOOD_POSTGRES, **changed))) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"barred_by": "/root"}, (Level.FAULT, "state folder")),
        ({"free_bytes": 100_000_000}, (Level.FAULT, "disk")),
        ({"free_bytes": 1_000_000_000}, (Level.WARNING, "disk")),
        ({"open_secrets": ("/x/secrets/api-key",)}, (Level.WARNING, "secrets")),
        ({"python": (3, 10, 1)}, (Level.FAULT, "python")),
    ],
)
def test_what_is_wrong_with_this_machine_is_named(changed: dict[str, object], expected: tuple[Level, str]) -> None:
    assert worst(judge.here(replace(GOOD_HERE, **changed), servers_here=True)) == expected  # type: ignore[arg-type]


def test_the_state_folder_matters_only_where_servers_run_in_it() -> None:
    full = replace(GOOD_HERE, barred_by="/root", free_bytes=1)
    assert worst(judge.here(full, servers_here=False)) == (Level.OK, "")


def test_a_stack_that_is_down_is_a_warning_and_one_service_that_is_down_a_fault() -> None:
    down = [ServiceFacts(name, "http://x", None) for name in ("ingest", "store")]
    assert worst(judge.services(down)) == (Level.WARNING, "services")
    assert worst(judge.services([down[0], ServiceFacts("store", "http://x", 200)])) == (Level.FAULT, "ingest")
    unready = ServiceFacts("store", "http://x", 503, {"database": "gone"})
    [finding] = judge.services([unready])
    assert (finding.level, finding.found) == (Level.FAULT, "database: gone")


def test_a_source_that_fails_is_a_warning_and_one_that_ingest_does_not_know_too() -> None:
    told = {"good": "running", "bad": "failing"}
    levels = {finding.subject: finding.level for finding in judge.sources(["good", "bad", "new"], told)}
    assert levels == {"source good": Level.OK, "source bad": Level.WARNING, "source new": Level.WARNING}
    assert list(judge.sources(["good"], {})) == []


def test_a_receiver_that_cannot_be_reached_is_a_fault_and_a_feed_a_warning() -> None:
    assert judge.reach(Reach("receiver", "desk", "example.org")).level is Level.OK
    assert judge.reach(Reach("receiver", "desk", "example.org", "refused")).level is Level.FAULT
    assert judge.reach(Reach("source", "press", "example.org", "refused")).level is Level.WARNING
    assert judge.reach(Reach("source", "press", "10.0.0.1", "no public address", barred=True)).level is Level.FAULT


def test_a_suspended_receiver_matters_while_it_is_configured() -> None:
    assert [each.level for each in judge.suspended({"desk": "yesterday"}, ["desk"])] == [Level.FAULT]
    assert list(judge.suspended({"desk": "yesterday"}, [])) == []
