"""`deploy/secrets.sh`: what it makes, keeps and renews. Needs no Docker."""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    shutil.copy2(ROOT / "deploy/secrets.sh", tmp_path / "secrets.sh")
    shutil.copytree(ROOT / "deploy/valkey", tmp_path / "valkey")
    return tmp_path


def run(deploy: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  our own script
        [str(deploy / "secrets.sh"), *arguments],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def contents(deploy: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (deploy / "secrets").iterdir()}


def test_every_secret_is_made_once_and_kept_closed_to_other_users(deploy: Path) -> None:
    assert run(deploy).returncode == 0
    first = contents(deploy)
    assert (deploy / "secrets").stat().st_mode & 0o777 == 0o700
    assert (deploy / "secrets/api-key").stat().st_mode & 0o777 == 0o444
    assert (deploy / "secrets/receivers.env").stat().st_mode & 0o077 == 0
    assert len({first[name] for name in ("api-key", "postgres", "store", "notify", "exporter", "grafana")}) == 6
    assert all(len(first[name]) == 48 for name in ("api-key", "postgres", "store", "notify"))
    assert run(deploy).returncode == 0
    assert contents(deploy) == first


def test_users_of_valkey_are_known_by_hash_and_addresses_carry_the_password(deploy: Path) -> None:
    run(deploy)
    made = contents(deploy)
    for user in ("ingest", "classify", "store", "notify", "tools"):
        password = made[f"valkey-{user}"]
        assert made[f"{user}-redis-url"] == f"redis://{user}:{password}@valkey:6379/0"
        assert f"user {user} on #{sha256(password.encode()).hexdigest()} " in made["valkey-users"]
        assert password not in made["valkey-users"]
    assert "{" not in made["valkey-users"]
    assert made["store-database-url"] == f"postgresql://foreshock_store:{made['store']}@postgres:5432/foreshock"


def test_rotating_a_secret_changes_it_and_what_follows_from_it_and_nothing_else(deploy: Path) -> None:
    run(deploy)
    before = contents(deploy)
    assert run(deploy, "rotate", "valkey/ingest", "store").returncode == 0
    after = contents(deploy)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"valkey-ingest", "valkey-users", "ingest-redis-url", "store", "store-database-url"}
    refused = run(deploy, "rotate", "postgres")
    assert refused.returncode == 1
    assert "docs/" in refused.stderr
    assert contents(deploy) == after


def test_servers_elsewhere_are_taken_by_url_with_what_follows_the_question_mark(deploy: Path) -> None:
    run(
        deploy,
        FORESHOCK_REDIS_URL="rediss://app:p%40ss@cache.example.org:6380/2?ssl_ca_certs=/etc/foreshock/ca.pem",
        FORESHOCK_DATABASE_URL="postgresql://admin:x@db.example.org/foreshock?sslmode=verify-full",
    )
    made = contents(deploy)
    assert made["classify-redis-url"].startswith("rediss://app:p%40ss@cache.example.org:6380/2?ssl_ca_certs=")
    wanted = f"postgresql://foreshock_notify:{made['notify']}@db.example.org/foreshock?sslmode=verify-full"
    assert made["notify-database-url"] == wanted
    run(deploy)
    assert contents(deploy) == made
