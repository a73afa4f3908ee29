"""What compose.yaml promises of every container, read from the file itself: needs no Docker."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FILE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(FILE)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("ingest", "classify", "store", "notify")
JOBS = {"migrate", "tools", "demo"}
PUBLISHED = {"front", "prometheus", "alertmanager", "grafana", "traces"}
WAY_OUT = {"front", "ingest", "notify", "migrate", "tools", "demo", "prometheus", "alertmanager", "grafana", "traces"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_bounded_and_can_become_nothing_more(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"] <= 128
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name in JOBS else "always")
    assert "privileged" not in service
    assert "cap_add" not in service
    assert service.get("network_mode") is None


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_that_is_not_ours_says_which_user_it_is(name: str) -> None:
    service = SERVICES[name]
    if "build" not in service:
        assert not service["user"].startswith("0")


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_an_environment(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    secret = re.compile(r"(KEY|SECRET|PASS(WORD)?|REDIS_URL|DATABASE_URL)$")
    assert [variable for variable in environment if secret.search(variable)] == []


def test_ports_are_published_on_loopback_by_default_and_by_few() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == PUBLISHED
    assert all(port.startswith("${FORESHOCK_BIND:-127.0.0.1}:") for ports in published.values() for port in ports)


def test_what_can_be_scaled_publishes_nothing_and_has_no_name_of_its_own() -> None:
    for name in OURS:
        assert "ports" not in SERVICES[name]
        assert "container_name" not in SERVICES[name]


def test_only_what_needs_a_way_out_has_one() -> None:
    assert COMPOSE["networks"]["inner"]["internal"] is True
    assert {name for name, service in SERVICES.items() if "outside" in service["networks"]} == WAY_OUT
    assert all("inner" in service["networks"] for service in SERVICES.values())


def test_services_wait_for_the_migration_and_see_their_own_secrets_only() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
        sources = {each["source"] if isinstance(each, dict) else each for each in service["secrets"]}
        assert {each for each in sources if each.endswith("-url")} <= {f"{name}-redis-url", f"{name}-database-url"}


def test_every_server_and_way_in_has_a_health_check() -> None:
    ours_by_image = {*OURS, "front"}
    watched = {name for name, service in SERVICES.items() if "healthcheck" in service}
    shellless = {"valkey-exporter", "postgres-exporter", "traces"}  # their images have no shell to ask with
    assert watched | ours_by_image == SERVICES.keys() - JOBS - shellless
    dockerfile = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    assert "HEALTHCHECK" in dockerfile


def test_a_first_up_starts_the_stack_and_nothing_else() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {
        *OURS, "front", "migrate", "valkey", "postgres"
    }  # fmt: skip


def test_the_file_is_one_that_old_and_new_compose_read() -> None:
    assert "name" not in COMPOSE
    assert "version" not in COMPOSE
    assert COMPOSE.keys() - {"services", "networks", "volumes", "secrets"} == {
        "x-guarded", "x-service", "x-environment", "x-config"
    }  # fmt: skip


def test_every_setting_is_explained_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    explained = dict(re.findall(r"^(FORESHOCK_[A-Z_]+)=(.*)$", example, re.MULTILINE))
    used = dict(re.findall(r"\$\{(FORESHOCK_[A-Z_]+):-([^}]*)\}", FILE))
    assert explained == used


def test_the_append_only_file_is_synced_before_an_answer_and_nothing_is_evicted() -> None:
    lines = (ROOT / "deploy/valkey/valkey.conf").read_text(encoding="utf-8").splitlines()
    assert {"appendonly yes", "appendfsync always", "maxmemory-policy noeviction"} <= set(lines)
    users = (ROOT / "deploy/valkey/users.acl").read_text(encoding="utf-8")
    assert "user default off" in users
    rights = {line.split()[1]: line.split() for line in users.splitlines() if line.strip()}
    for name in OURS:
        assert "~*" not in rights[name]
        assert "-@all" in rights[name]
        assert not {"+@all", "+@dangerous", "+flushall", "+flushdb", "+keys", "+config"} & set(rights[name])
    assert "-@dangerous" in rights["tools"]


def test_the_demonstration_has_the_same_cast_as_on_one_machine() -> None:
    from foreshock_stack.demo.stage import SECRET_VARIABLE, WATCHLIST  # noqa: PLC0415

    folder = ROOT / "deploy/demo"
    assert (folder / "watchlist.yaml").read_text(encoding="utf-8") == WATCHLIST
    assert SECRET_VARIABLE in (folder / "rules.yaml").read_text(encoding="utf-8")


def test_prometheus_finds_every_replica_of_every_service() -> None:
    found = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    jobs = {job["job_name"]: job for job in found["scrape_configs"]}
    for number, name in enumerate(OURS, start=8701):
        [sd] = jobs[name]["dns_sd_configs"]
        assert (sd["names"], sd["type"], sd["port"]) == ([name], "A", number)
    assert found["rule_files"] == ["rules/*.yml"]


@pytest.mark.parametrize("name", OURS)
def test_a_lookup_that_hangs_holds_up_a_service_for_seconds_at_most(name: str) -> None:
    """A container that is down has no name: lookups of Postgres wait behind those of Valkey in the same few threads."""
    assert SERVICES[name]["dns_opt"] == ["timeout:1", "attempts:2"]


@pytest.mark.parametrize("name", [*OURS, "migrate", "tools"])
def test_what_asks_a_server_sees_the_folder_that_may_hold_its_certificate(name: str) -> None:
    assert SERVICES[name]["volumes"] == ["${FORESHOCK_CONFIG:-./config}:/etc/foreshock:ro"]


def test_with_servers_elsewhere_none_is_started_here_and_every_service_has_a_way_to_them() -> None:
    beside = yaml.safe_load((ROOT / "deploy/external.yaml").read_text(encoding="utf-8"))["services"]
    assert {name for name, change in beside.items() if change.get("profiles") == ["never"]} == {"valkey", "postgres"}
    reach = {name for name, change in beside.items() if "outside" in change.get("networks", [])} | WAY_OUT
    assert {*OURS, "migrate", "tools"} <= reach


def test_traces_are_sent_nowhere_unless_two_lines_of_the_settings_say_so() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["build"]["args"]["TRACING"] == "${FORESHOCK_TRACING:-}"
        assert service["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "${OTEL_EXPORTER_OTLP_ENDPOINT:-}"
    assert SERVICES["traces"]["profiles"] == ["tracing"]
    assert "inner" in SERVICES["traces"]["networks"]  # where classify and store reach it
