"""Why a post was told or not, asked of the running service."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from integration.notify.test_service import KEY
from integration.notify.test_service import _running as running
from pydantic import SecretStr
from redis.asyncio import Redis
from support.http_peer import HttpPeer
from support.lanes import publish
from support.servers import TestPostgres, role_url
from support.waiting import eventually
from unit.notify.building import SECRET, a_post, an_id, incident_of

from foreshock_notify.settings import NotifySettings
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Urgency
from foreshock_shared.contracts.streams import STORED
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

RULES = """\
receivers:
  - {{name: desk, url: "{url}/hook", secret_env: DESK_SECRET, allow_private_addresses: true}}
rules:
  - {{name: policy-shock, when: {{shock: true}}, send_to: [desk]}}
  - {{name: heard-twice, when: {{shock: true, urgency_at_least: critical, min_origins: 2}}, send_to: [desk]}}
"""


@pytest.fixture
async def admin_url(postgres: TestPostgres) -> str:
    return await postgres.new_database(migrate=["store", "notify"])


@pytest.fixture
async def notify(
    admin_url: str, valkey: Valkey, tmp_path: Path, http_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx2.AsyncClient]:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    (tmp_path / "rules.yaml").write_text(RULES.format(url=http_peer.url))
    settings = NotifySettings(
        port=8704,
        redis_url=SecretStr(valkey.url),
        database_url=SecretStr(role_url(admin_url, "notify")),
        api_key=SecretStr(KEY),
        config_dir=tmp_path,
    )
    async with running(settings) as client:
        yield client


async def keep(admin_url: str, posts: Sequence[PostStored]) -> None:
    """As the store does."""
    connection = await asyncpg.connect(admin_url)
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await connection.execute(
        f"CREATE TABLE store.posts_today PARTITION OF store.posts FOR VALUES FROM ('{day - timedelta(days=1)}') "
        f"TO ('{day + timedelta(days=1)}')"
    )
    await connection.executemany(
        "INSERT INTO store.posts (id, accepted_at, stored_at, source, source_kind, tier, text, judgement, urgency,"
        " shock, topics, story_id, story, origin) VALUES ($1, $2, $2, $3, 'social', $4, $5, $6, 2, true, '{policy}',"
        " $7, $8, $9)",
        [
            (
                p.id,
                p.accepted_at,
                p.source,
                p.tier.value,
                p.excerpt,
                p.classification.model_dump_json(),
                p.story.id,
                p.story.model_dump_json(),
                p.origin,
            )
            for p in posts
        ],
    )
    await connection.close()


async def decided(notify: httpx2.AsyncClient, name: str) -> dict[str, Any] | None:
    answer = await notify.get(f"/v1/posts/{an_id(name)}/decision")
    found: dict[str, Any] = answer.json()
    return found if answer.status_code == 200 else None


async def test_a_decision_says_rule_by_rule_why_and_what_would_have_been_enough(
    notify: httpx2.AsyncClient, redis: Redis, admin_url: str
) -> None:
    now = datetime.now(UTC)
    posts = [a_post("told", urgency=Urgency.HIGH, at=now), a_post("comment", shock=False, at=now)]
    await keep(admin_url, posts)
    await publish(redis, *posts, stream=STORED)
    told = await eventually(lambda: _delivered(notify, "told"))
    assert (told["reason"], told["incident_id"]) == ("opened", str(incident_of("the directive")))
    first, second = told["rules"]
    assert (first["said"], first["because"], first["lacks"]) == ("matched", ["is a shock"], [])
    assert (second["said"], second["because"]) == ("not_urgent_enough", [])
    assert second["lacks"] == ["urgency critical is needed, it was high", "2 independent origins are needed, 1 heard"]
    assert [(each["revision"], each["tell"]) for each in told["revisions"]] == [(1, {"desk": "opened"})]
    comment = await decided(notify, "comment")
    assert comment is not None
    assert (comment["reason"], comment["deliveries"]) == ("joined_silently", [])
    assert comment["rules"][0]["lacks"] == ["a shock is needed, it is none"]
    whole = (await notify.get(f"/v1/incidents/{told['incident_id']}")).json()
    assert whole["revisions"][0]["tell"] == {"desk": "opened"}
    assert [(each["attempt"], each["outcome"]) for each in whole["attempts"]] == [(1, "delivered")]


async def _delivered(notify: httpx2.AsyncClient, name: str) -> dict[str, Any] | None:
    found = await decided(notify, name)
    return found if found and [each["state"] for each in found["deliveries"]] == ["delivered"] else None


async def test_a_rule_that_is_gone_and_a_post_that_is_no_longer_kept_are_still_explained(
    notify: httpx2.AsyncClient, redis: Redis, tmp_path: Path
) -> None:
    await publish(redis, a_post("told", at=datetime.now(UTC)), stream=STORED)
    await eventually(lambda: decided(notify, "told"))
    path = tmp_path / "rules.yaml"
    path.write_text(path.read_text().replace("name: policy-shock", "name: another"))
    found = await eventually(lambda: _named(notify, "another"))
    assert [(each["name"], each["said"], each["in_force"], each["lacks"]) for each in found["rules"]] == [
        ("another", None, True, []),
        ("heard-twice", "too_few_origins", True, []),
        ("policy-shock", "matched", False, []),
    ]


async def _named(notify: httpx2.AsyncClient, rule: str) -> dict[str, Any] | None:
    found = await decided(notify, "told")
    return found if found and rule in [each["name"] for each in found["rules"]] else None


async def test_a_post_that_was_never_decided_is_a_problem_that_says_why(notify: httpx2.AsyncClient) -> None:
    answer = await notify.get(f"/v1/posts/{an_id('nobody')}/decision")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "only posts about our field are decided" in answer.json()["detail"]
    assert (await notify.get(f"/v1/posts/{an_id('x')}/decision", headers={"authorization": "no"})).status_code == 401
