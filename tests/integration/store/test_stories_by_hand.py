"""Putting stories right over HTTP, and by the commands that use it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis
from support.judged import NOON, a_judged_post, judged
from support.waiting import eventually

from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Topic
from foreshock_shared.runtime import problems
from foreshock_shared.runtime.database import connect_engine
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.child import free_port_base
from foreshock_stack.commands import stories
from foreshock_stack.commands.stories import StoryRequestRefused
from foreshock_stack.environment import Environment, read_environment
from foreshock_store.adapters.corrections import Corrections
from foreshock_store.adapters.partitions import Partitions
from foreshock_store.adapters.postgres import Archive
from foreshock_store.adapters.reader import Reader
from foreshock_store.adapters.story_book import StoryBook
from foreshock_store.api.corrections import corrections_api
from foreshock_store.api.routes import read_api

pytestmark = pytest.mark.servers

KEY = SecretStr("the-key")
OUTAGE = "Reactor outage darkens the Lindholm datacentre campus, training clusters offline until further notice"
FIRE = "A transformer burnt at Vessby: no power for the accelerators of Halcyon since four this morning"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    folders = {"FORESHOCK_CONFIG_DIR": str(tmp_path), "FORESHOCK_STATE_DIR": str(tmp_path / "state")}
    port_base = str(free_port_base())
    return read_environment({**folders, "FORESHOCK_PORT_BASE": port_base, "FORESHOCK_API_KEY": KEY.get_secret_value()})


@pytest.fixture
def book() -> StoryBook:
    return StoryBook(timedelta(days=10), 5_000)


@pytest.fixture
async def store(
    environment: Environment, store_url: str, pool: asyncpg.Pool, redis: Redis, book: StoryBook
) -> AsyncIterator[httpx2.AsyncClient]:
    """The store's API, listening where the commands look for it."""
    engine = connect_engine(store_url, application_name="test")
    reader, corrections, app = Reader(engine), Corrections(pool, book, redis), FastAPI()
    problems.install(app)
    app.include_router(read_api(lambda: reader, KEY))
    app.include_router(corrections_api(lambda: corrections, KEY))
    config = uvicorn.Config(app, port=environment.port("store"), log_level="warning", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    headers = {"authorization": f"Bearer {KEY.get_secret_value()}"}
    async with httpx2.AsyncClient(base_url=environment.address("store"), headers=headers, trust_env=False) as client:
        try:
            await eventually(lambda: server.started)
            yield client
        finally:
            server.should_exit = True
            await serving
            await engine.dispose()


@pytest.fixture
async def kept(pool: asyncpg.Pool, book: StoryBook) -> list[PostStored]:
    """Two posts on an outage, and one on a fire."""
    archive = Archive(pool, Partitions(pool), book)
    texts = (OUTAGE, f"{OUTAGE}, says its operator, Lindholm Power, in a notice", FIRE)
    posts = [a_judged_post(t, judged(Topic.COMPUTE), at=NOON + timedelta(minutes=n)) for n, t in enumerate(texts)]
    stored = [(await archive.keep([post], NOON + timedelta(hours=1)))[0] for post in posts]
    assert stored[0].story.id == stored[1].story.id != stored[2].story.id
    return stored


async def test_stories_are_listed_shown_merged_and_split_by_commands(
    store: httpx2.AsyncClient,
    kept: list[PostStored],
    environment: Environment,
    pool: asyncpg.Pool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outage, fire = str(kept[0].story.id), str(kept[2].story.id)
    assert await asyncio.to_thread(stories.listing, environment, 10) == 0
    listed = capsys.readouterr().out
    assert outage in listed
    assert fire in listed

    assert await asyncio.to_thread(stories.merge, environment, fire, outage, "one event") == 0
    assert f"1 posts moved into story {outage}" in capsys.readouterr().out
    assert await asyncio.to_thread(stories.show, environment, fire) == 0
    assert f"merged into {outage}" in capsys.readouterr().out
    assert await asyncio.to_thread(stories.show, environment, outage) == 0
    shown = capsys.readouterr().out
    assert all(str(post.id) in shown for post in kept)

    assert await asyncio.to_thread(stories.split, environment, outage, [str(kept[2].id)], "two after all") == 0
    parted = capsys.readouterr().out.split()[-1]
    assert UUID(parted) not in {post.story.id for post in kept}
    made = await pool.fetch("SELECT kind, note, made_by FROM store.story_corrections ORDER BY id")
    assert [(row["kind"], row["note"]) for row in made] == [("merge", "one event"), ("split", "two after all")]
    assert all("@" in row["made_by"] for row in made)


async def test_the_commands_say_why_a_correction_is_refused(
    store: httpx2.AsyncClient, kept: list[PostStored], environment: Environment
) -> None:
    outage, fire, nowhere = str(kept[0].story.id), str(kept[2].story.id), str(uuid4())
    for story, into, said in (
        (nowhere, outage, "no story .* is known"),
        (outage, nowhere, "no story .* is known"),
        (outage, outage, "cannot be merged into itself"),
        ("nonsense", outage, "story_id"),
    ):
        with pytest.raises(StoryRequestRefused, match=said):
            await asyncio.to_thread(stories.merge, environment, story, into, "")
    for posts, said in (
        ([str(kept[2].id)], "is not in story"),
        ([str(kept[0].id), str(kept[1].id)], "would be left empty"),
    ):
        with pytest.raises(StoryRequestRefused, match=said):
            await asyncio.to_thread(stories.split, environment, outage, posts, "")
    with pytest.raises(StoryRequestRefused, match=nowhere):
        await asyncio.to_thread(stories.show, environment, nowhere)
    await asyncio.to_thread(stories.merge, environment, fire, outage, "")
    with pytest.raises(StoryRequestRefused, match=f"was merged into {outage}"):
        await asyncio.to_thread(stories.merge, environment, fire, outage, "")


async def test_a_wrong_request_is_answered_with_a_problem(
    store: httpx2.AsyncClient, kept: list[PostStored], pool: asyncpg.Pool
) -> None:
    outage, fire = kept[0].story.id, kept[2].story.id
    for path, body, status in (
        (f"{uuid4()}/merge", {"into": str(outage)}, 404),
        (f"{outage}/merge", {"into": str(outage)}, 409),
        (f"{outage}/merge", {}, 422),
        (f"{outage}/merge", {"into": str(fire), "why": "unknown key"}, 422),
        (f"{outage}/merge", {"into": str(fire), "note": "x" * 2_001}, 422),
        (f"{outage}/split", {"posts": []}, 422),
        (f"{outage}/split", {"posts": [str(kept[2].id)]}, 409),
    ):
        answer = await store.post(f"/v1/stories/{path}", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    for path, body in (
        (f"{fire}/merge", {"into": str(outage)}),
        (f"{outage}/split", {"posts": [str(kept[0].id)]}),
    ):
        wrong = await store.post(f"/v1/stories/{path}", json=body, headers={"authorization": "Bearer wrong"})
        assert wrong.status_code == 401
    assert await pool.fetchval("SELECT count(*) FROM store.story_corrections") == 0


def test_without_a_stack_the_commands_say_so(environment: Environment) -> None:
    with pytest.raises(DependencyUnavailable, match="does not answer"):
        stories.listing(environment, 5)
