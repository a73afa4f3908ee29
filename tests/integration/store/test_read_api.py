"""The read API over a real Postgres."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from support.judged import DIRECTIVE, DIRECTIVE_TEXT, NOON, a_judged_post, judged

from foreshock_shared.contracts.judgement import Topic
from foreshock_shared.runtime import problems
from foreshock_shared.runtime.database import connect_engine
from foreshock_store.adapters.postgres import Archive
from foreshock_store.adapters.reader import Reader
from foreshock_store.api.routes import read_api

pytestmark = pytest.mark.servers

LATER = NOON + timedelta(hours=1)
ITEM = {
    "id", "native_id", "source", "text", "url", "created_at", "topics", "urgency", "urgency_score", "shock",
    "shock_score", "story_id", "entities", "effect", "why", "author", "lang", "tier", "source_kind", "accepted_at",
    "origin",
}  # fmt: skip


@pytest.fixture
async def http(store_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    engine = connect_engine(store_url, application_name="test")
    reader = Reader(engine)
    app = FastAPI()
    problems.install(app)
    app.include_router(read_api(lambda: reader, SecretStr("the-key")))
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url="http://store",
        headers={"authorization": "Bearer the-key"},
    ) as client:
        yield client
    await engine.dispose()


async def texts(http: httpx2.AsyncClient, **asked: object) -> list[str]:
    answer = await http.get("/v1/posts", params={k: str(v) for k, v in asked.items()})
    assert answer.status_code == 200, answer.text
    return [item["text"] for item in answer.json()["items"]]


async def test_an_item_has_the_fields_that_clients_rely_on(http: httpx2.AsyncClient, archive: Archive) -> None:
    await archive.keep([a_judged_post(), a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)], LATER)

    relevant, noise = (await http.get("/v1/posts")).json()["items"]

    assert set(relevant) == set(noise) == ITEM
    assert relevant["topics"] == [{"name": "policy", "score": 0.9}, {"name": "release", "score": 0.9}]
    assert (relevant["urgency"], relevant["shock"], relevant["effect"]["action"]) == ("critical", True, "suspend")
    assert noise["story_id"] is None
    assert [topic["name"] for topic in noise["topics"]] == ["none"]


async def test_pages_hold_every_post_once_newest_first_while_posts_come_in(
    http: httpx2.AsyncClient, archive: Archive
) -> None:
    await archive.keep([a_judged_post(f"post {n}", at=NOON + timedelta(seconds=n // 3)) for n in range(25)], LATER)
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/v1/posts", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        await archive.keep([a_judged_post(at=NOON + timedelta(minutes=30))], LATER)
        cursor = page["next"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 25


async def test_filters_select(http: httpx2.AsyncClient, archive: Archive) -> None:
    chips = a_judged_post("Kestrel X ships", judged(Topic.COMPUTE, Topic.MARKET), source="wire", at=NOON)
    directive = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, at=NOON + timedelta(minutes=2))
    stored = await archive.keep([a_judged_post("noise", at=NOON), chips, directive], LATER)
    story = next(post.story.id for post in stored if post.id == directive.post.id)

    assert await texts(http, topic="market") == ["Kestrel X ships"]
    assert await texts(http, topic="none") == ["noise"]
    assert await texts(http, urgency="critical") == [DIRECTIVE_TEXT]
    assert await texts(http, shock="true") == [DIRECTIVE_TEXT]
    assert await texts(http, shock="false", topic="compute") == ["Kestrel X ships"]
    assert await texts(http, story=story) == [DIRECTIVE_TEXT]
    assert await texts(http, source="wire") == ["Kestrel X ships"]
    assert await texts(http, since=(NOON + timedelta(minutes=1)).isoformat()) == [DIRECTIVE_TEXT]


async def test_words_are_found_whatever_their_case_and_script(http: httpx2.AsyncClient, archive: Archive) -> None:
    japanese = "政府は輸出規制を発表した"
    await archive.keep([a_judged_post(DIRECTIVE_TEXT, DIRECTIVE), a_judged_post(japanese, judged(Topic.POLICY))], LATER)

    assert await texts(http, q="BOREALIS directive") == [DIRECTIVE_TEXT]
    assert await texts(http, q="輸出規制") == [japanese]
    assert await texts(http, q="府") == [japanese]
    assert await texts(http, q="Borealis 輸出") == []


@pytest.mark.parametrize("hostile", ["' | '*", "a' & !b", "x:* | y", "\\", "a\x00b", "(((((", "%27%27"])
async def test_a_hostile_query_is_words_or_a_bad_request(
    http: httpx2.AsyncClient, archive: Archive, hostile: str
) -> None:
    await archive.keep([a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)], LATER)
    answer = await http.get("/v1/posts", params={"q": hostile})

    assert answer.status_code in {200, 400}
    assert answer.status_code == 400 or answer.json()["items"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "cursor=zzz", "topic=sport", "urgency=huge", "story=1", "since=yesterday",
     "since=9999-01-01T00:00:00Z", "since=2026-06-12", "shock=perhaps", "colour=red", "source=%00"],
)  # fmt: skip
async def test_a_wrong_parameter_is_told_as_a_problem(http: httpx2.AsyncClient, query: str) -> None:
    answer = await http.get(f"/v1/posts?{query}")

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert query.partition("=")[0] in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/posts", f"/v1/posts/{UUID(int=7)}", "/v1/stories", f"/v1/stories/{UUID(int=7)}"])
async def test_nothing_is_shown_without_the_key(http: httpx2.AsyncClient, path: str) -> None:
    assert (await http.get(path, headers={"authorization": "Bearer other"})).status_code == 401


async def test_a_post_is_shown_with_what_it_was(http: httpx2.AsyncClient, archive: Archive) -> None:
    first = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)
    second = a_judged_post("Other words on Aurora 5", DIRECTIVE, at=first.post.accepted_at + timedelta(minutes=1))
    second = second.model_copy(update={"post": second.post.model_copy(update={"id": first.post.id})})
    await archive.keep([first], LATER)
    await archive.keep([second], LATER)

    shown = (await http.get(f"/v1/posts/{first.post.id}")).json()

    assert shown["text"] == "Other words on Aurora 5"
    assert shown["first"]["text"] == DIRECTIVE_TEXT
    assert [revision["post"]["text"] for revision in shown["revisions"]] == ["Other words on Aurora 5"]
    assert (await http.get(f"/v1/posts/{uuid4()}")).status_code == 404


async def test_a_story_is_shown_with_its_posts(http: httpx2.AsyncClient, archive: Archive) -> None:
    first, second = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE), a_judged_post(f"RT {DIRECTIVE_TEXT}", DIRECTIVE)
    await archive.keep([first, second, a_judged_post("x", judged(Topic.OPINION))], LATER)

    listed = (await http.get("/v1/stories", params={"shock": "true"})).json()
    shown = (await http.get(f"/v1/stories/{listed['items'][0]['id']}")).json()

    assert [item["id"] for item in listed["items"]] == [shown["id"]]
    assert (shown["posts"], shown["origins"]) == (2, 1)
    assert {post["id"] for post in shown["latest"]} == {str(first.post.id), str(second.post.id)}
    assert {entity["name"] for entity in shown["entities"]} >= {"Aurora 5", "Borealis 5"}
