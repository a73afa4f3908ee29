"""The main way: a post is pushed, stored and told, once, and a restart changes nothing."""

from typing import Any

import httpx2
import pytest
from support.waiting import eventually

from foreshock_stack.child import ChildStack
from foreshock_stack.load import Load, directive, posts
from foreshock_stack.receiver import Receiver

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

NOISE = list(posts(Load(40, run="noise")))
ORDER = directive("the-one") | {"native_id": "order-1", "lang": "en"}
COPY = ORDER | {"native_id": "copy-1", "source": "load-social", "source_kind": "social", "tier": "social"}


async def push(client: httpx2.AsyncClient, stack: ChildStack, rows: list[dict[str, Any]]) -> list[str]:
    answer = await client.post(f"{stack.environment.address('ingest')}/v1/posts", json=rows)
    assert answer.status_code == 202, answer.text
    assert answer.json()["rejected"] == []
    return list(answer.json()["accepted"])


async def stored(client: httpx2.AsyncClient, stack: ChildStack) -> dict[str, dict[str, Any]]:
    answer = await client.get(f"{stack.environment.address('store')}/v1/posts", params={"limit": 200})
    return {item["id"]: item for item in answer.json()["items"]} if answer.status_code == 200 else {}


async def test_from_a_push_to_a_signed_webhook_and_never_again(
    stack: ChildStack, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await stack.start()
    noise = await push(client, stack, NOISE)
    [order] = await push(client, stack, [ORDER])

    await eventually(lambda: receiver.received, within=1)
    [alert] = receiver.received
    assert alert.signed
    assert alert.event["type"] == "foreshock.incident.opened.v1"
    assert [post["id"] for post in alert.data["posts"]] == [order]
    assert alert.data["urgency"] in {"critical", "high"}

    await eventually(lambda: _all(client, stack, {*noise, order}))
    item = (await stored(client, stack))[order]
    assert (item["shock"], item["text"]) == (True, ORDER["text"])
    assert item["story_id"]
    assert item["why"]["cues"]

    [copy] = await push(client, stack, [COPY])
    await eventually(lambda: _all(client, stack, {copy}))
    assert (await stored(client, stack))[copy]["story_id"] == item["story_id"]

    assert await push(client, stack, [*NOISE, ORDER, COPY]) == [*noise, order, copy]
    before = {each.webhook_id for each in receiver.received}
    assert {each.data["incident_id"] for each in receiver.received} == {alert.data["incident_id"]}

    assert stack.stop() == 0
    await stack.start()
    assert {*noise, order, copy} == (await stored(client, stack)).keys()
    later = directive("another") | {"native_id": "order-2"}
    await push(client, stack, [later])
    await eventually(
        lambda: {each.data["incident_id"] for each in receiver.received} - {alert.data["incident_id"]}, within=5
    )
    again = {each.webhook_id for each in receiver.received if each.data["incident_id"] == alert.data["incident_id"]}
    assert again <= before
    assert stack.stop() == 0


async def _all(client: httpx2.AsyncClient, stack: ChildStack, ids: set[str]) -> bool:
    return ids <= (await stored(client, stack)).keys()
