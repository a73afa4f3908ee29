"""`./run doctor` on real servers, well and broken."""

import socket
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from support.http_peer import HttpPeer
from support.servers import ROLE_PASSWORDS, TestPostgres, new_valkey

from foreshock_shared.runtime.redis import connect
from foreshock_stack.commands import doctor
from foreshock_stack.doctor.finding import Finding, Level
from foreshock_stack.environment import Environment, read_environment
from foreshock_stack.servers.account import server_account
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

RULES = """\
receivers:
  - {{name: desk, url: "{url}", secret_env: DESK_SECRET, allow_private_addresses: {private}}}
rules:
  - {{name: policy-shock, when: {{shock: true}}, send_to: [desk]}}
"""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def faults(findings: list[Finding]) -> dict[str, str]:
    return {each.subject: each.found for each in findings if each.level is Level.FAULT}


def write_rules(environment: Environment, url: str, *, private: bool = True) -> None:
    text = RULES.format(url=url, private=str(private).lower())
    (environment.config_dir / "rules.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
async def environment(own_folder: Path, valkey: Valkey, postgres: TestPostgres, http_peer: HttpPeer) -> Environment:
    """A stack elsewhere: two servers, no services yet."""
    config, secrets = own_folder / "config", own_folder / "state" / "secrets"
    config.mkdir()
    secrets.mkdir(parents=True)
    for name, password in ROLE_PASSWORDS.items():
        (secrets / name).write_text(password)
        (secrets / name).chmod(0o600)
    found = read_environment(
        {
            "FORESHOCK_STATE_DIR": str(own_folder / "state"),
            "FORESHOCK_CONFIG_DIR": str(config),
            "FORESHOCK_PORT_BASE": str(free_base()),
            "FORESHOCK_REDIS_URL": valkey.url,
            "FORESHOCK_DATABASE_URL": await postgres.new_database(migrate=("store", "notify")),
            "DESK_SECRET": SECRET,
        }
    )
    write_rules(found, http_peer.url)
    return found


def free_base() -> int:
    """A base whose ports nobody answers on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return min(int(probe.getsockname()[1]), 65_000)


async def test_a_stack_that_is_set_up_well_has_no_faults_and_nobody_is_told_anything(
    environment: Environment, http_peer: HttpPeer
) -> None:
    findings = await doctor.examine(environment)
    assert faults(findings) == {}
    assert {each.subject for each in findings} >= {
        "redis durability", "redis clock", "postgres schema", "postgres clock", "receiver desk", "rules.yaml", "python"
    }  # fmt: skip
    assert http_peer.requests == []


async def test_every_broken_setting_is_a_fault_with_what_to_do(environment: Environment, own_folder: Path) -> None:
    redis = new_valkey(own_folder, "broken")
    redis.start()
    try:
        client = connect(redis.url)
        await client.config_set("appendfsync", "everysec")
        await client.aclose()
        findings = await doctor.examine(replace(environment, redis_url=redis.url))
        assert faults(findings).keys() == {"redis durability"}
        assert all(each.means and each.do for each in findings if each.level is Level.FAULT)
        accepted = replace(
            environment, redis_url=redis.url, passed={**environment.passed, "FORESHOCK_REDIS_DURABILITY": "everysec"}
        )
        assert faults(await doctor.examine(accepted)) == {}
    finally:
        redis.stop()
    assert faults(await doctor.examine(replace(environment, redis_url=redis.url))).keys() == {"redis"}


async def test_a_database_that_is_behind_or_forgetful_or_closed_to_a_role_is_a_fault(environment: Environment) -> None:
    connection = await asyncpg.connect(environment.database_url)
    name = environment.database_url.rpartition("/")[2]
    try:
        await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        await connection.execute("UPDATE notify.alembic_version SET version_num = 'ancient'")
        await connection.execute(
            "INSERT INTO notify.receivers (name, url_hash, suspended_at) VALUES ('desk', 'x', now())"
        )
        (environment.state_dir / "secrets" / "store").write_text("another password")
        found = faults(await doctor.examine(environment))
    finally:
        await connection.close()
    assert found.keys() == {"postgres durability", "postgres schema", "postgres roles", "receiver desk"}
    assert "suspended" in found["receiver desk"]
    assert "foreshock_store" in found["postgres roles"]


async def test_an_empty_database_and_one_that_is_not_there_are_faults(
    environment: Environment, postgres: TestPostgres
) -> None:
    empty = replace(environment, database_url=await postgres.new_database())
    assert faults(await doctor.examine(empty)).keys() == {"postgres schema"}
    nowhere = replace(environment, database_url="postgresql://foreshock:x@127.0.0.1:1/postgres")
    assert faults(await doctor.examine(nowhere)).keys() == {"postgres"}


async def test_a_receiver_that_is_down_or_barred_is_a_fault(environment: Environment, http_peer: HttpPeer) -> None:
    write_rules(environment, http_peer.url, private=False)
    assert "no public address" in faults(await doctor.examine(environment))["receiver desk"]
    write_rules(environment, "http://127.0.0.1:1/hook")
    assert "cannot be reached" in faults(await doctor.examine(environment))["receiver desk"]
    assert http_peer.requests == []


async def test_files_that_are_wrong_are_faults_with_their_lines(environment: Environment) -> None:
    (environment.config_dir / "rules.yaml").write_text("rules:\n  - {name: a, when: {shok: true}}\n")
    (environment.config_dir / "sources.yaml").write_text("sources:\n  - {name: a, kind: feed}\n")
    (environment.config_dir / "watchlist.yaml").write_text("vendor: [x]\n")
    found = faults(await doctor.examine(environment))
    assert found.keys() == {"rules.yaml", "sources.yaml", "watchlist.yaml"}
    assert "rules.yaml:2" in found["rules.yaml"]


async def test_a_stack_that_is_down_is_no_fault_but_a_folder_that_bars_the_servers_is(
    own_folder: Path, http_peer: HttpPeer
) -> None:
    closed = own_folder / "closed"
    closed.mkdir()
    config = own_folder / "config"
    config.mkdir()
    variables = {
        "FORESHOCK_STATE_DIR": str(own_folder / "state"),
        "FORESHOCK_CONFIG_DIR": str(config),
        "FORESHOCK_PORT_BASE": str(free_base()),
        "DESK_SECRET": SECRET,
    }
    write_rules(read_environment(variables), http_peer.url)
    assert faults(await doctor.examine(read_environment(variables))) == {}
    closed.chmod(0o700)
    barred = read_environment({**variables, "FORESHOCK_STATE_DIR": str(closed / "state")})
    expected = {"state folder"} if server_account().is_other else set()
    assert faults(await doctor.examine(barred)).keys() == expected
