"""The spans of a batch, sent to a real collector: one for each trace in it, whatever becomes of the posts."""

import pytest
from pydantic import TypeAdapter
from redis.asyncio import Redis
from support.lanes import a_post, all_done, letters, publish, reading, rows
from support.otlp import Collector, Span
from support.waiting import eventually

from foreshock_shared.contracts.events import PostClassified, PostIngested
from foreshock_shared.contracts.judgement import Classification, ScoredTopic, Topic, Urgency, Why
from foreshock_shared.contracts.streams import CLASSIFIED, Lane
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.errors import DependencyUnavailable, PermanentError
from foreshock_stack.servers.valkey import Valkey

pytestmark = pytest.mark.servers

ONE = f"00-{'1' * 32}-{'a' * 16}-01"
TWO = f"00-{'2' * 32}-{'b' * 16}-01"
UNKEPT = f"00-{'3' * 32}-{'c' * 16}-00"


async def judge(posts: list[PostIngested]) -> list[Forward]:
    """A post that says so is a shock; one that is bad cannot be handled."""
    if any(post.text == "bad" for post in posts):
        raise PermanentError("this one cannot be handled")
    return [Forward(judged(post), Lane.URGENT if post.text == "shock" else Lane.NORMAL) for post in posts]


def judged(post: PostIngested) -> PostClassified:
    shock = post.text == "shock"
    topic = ScoredTopic(name=Topic.POLICY if shock else Topic.NONE, score=0.9)
    classification = Classification(
        topics=[topic], urgency=Urgency.LOW, urgency_score=0, shock=shock, shock_score=0, why=Why(model="test")
    )
    return PostClassified(post=post, classification=classification)


async def sent(traces: Collector, count: int) -> list[Span]:
    await eventually(lambda: len(traces.spans) >= count)
    return traces.spans


async def onward(redis: Redis, lane: Lane) -> list[dict[bytes, bytes]]:
    return await rows(redis, CLASSIFIED.key(lane))


async def test_a_batch_of_several_pushes_is_told_once_in_each_trace_and_no_span_is_of_two(
    valkey: Valkey, redis: Redis, traces: Collector
) -> None:
    posts = [a_post().traced(ONE), a_post().traced(TWO), a_post().traced(ONE), a_post().traced(UNKEPT), a_post()]
    await publish(redis, *posts)
    async with reading(valkey.url, judge):
        await eventually(lambda: all_done(redis))
    spans = {span.trace: span for span in await sent(traces, 2)}
    assert {trace: span.parent for trace, span in spans.items()} == {"1" * 32: "a" * 16, "2" * 32: "b" * 16}
    assert spans["1" * 32].attributes["messaging.batch.message_count"] == 2
    assert "foreshock.post.id" not in spans["1" * 32].attributes
    assert spans["2" * 32].attributes["foreshock.post.id"] == str(posts[1].id)
    assert {span.name for span in spans.values()} == {"process post.ingested"}
    [entry] = await onward(redis, Lane.NORMAL)
    assert b"traceparent" not in entry  # its posts have several
    contexts = [post.traceparent for post in told(entry)]
    ids = [spans["1" * 32].id, spans["2" * 32].id, spans["1" * 32].id]
    assert contexts[:3] == [f"00-{trace * 32}-{span}-01" for trace, span in zip("121", ids, strict=True)]
    assert contexts[3:] == [UNKEPT, None]


def told(entry: dict[bytes, bytes]) -> list[PostClassified]:
    return list(TypeAdapter(list[PostClassified]).validate_json(entry[b"data"]))


@pytest.mark.parametrize("context", [UNKEPT, None])
async def test_a_shock_is_kept_from_its_judgement_on_although_its_push_was_not(
    valkey: Valkey, redis: Redis, traces: Collector, context: str | None
) -> None:
    shock, noise = a_post("shock").traced(context), a_post("noise").traced(context)
    await publish(redis, noise, shock)
    async with reading(valkey.url, judge):
        await eventually(lambda: all_done(redis))
    [span] = await sent(traces, 1)
    assert span.attributes["foreshock.post.id"] == str(shock.id)
    assert span.attributes["foreshock.shock"] is True
    assert context is None or (span.trace, span.parent) == ("3" * 32, "c" * 16)
    [urgent] = await onward(redis, Lane.URGENT)
    assert urgent[b"traceparent"] == f"00-{span.trace}-{span.id}-01".encode()
    [normal] = await onward(redis, Lane.NORMAL)
    assert told(normal)[0].traceparent == context


async def test_a_shock_is_marked_in_a_trace_that_is_kept(valkey: Valkey, redis: Redis, traces: Collector) -> None:
    await publish(redis, a_post("noise").traced(ONE), a_post("shock").traced(TWO))
    async with reading(valkey.url, judge):
        await eventually(lambda: all_done(redis))
    spans = {span.trace: span.attributes for span in await sent(traces, 2)}
    assert "foreshock.shock" not in spans["1" * 32]
    assert spans["2" * 32]["foreshock.shock"] is True


async def test_a_post_that_is_quarantined_fails_its_own_span_and_its_letter_leads_to_it(
    valkey: Valkey, redis: Redis, traces: Collector
) -> None:
    await publish(redis, a_post("good").traced(ONE), a_post("bad").traced(TWO))
    async with reading(valkey.url, judge):
        await eventually(lambda: all_done(redis))
    spans = {span.trace: span for span in await sent(traces, 2)}
    assert not spans["1" * 32].failed
    assert spans["2" * 32].failed
    assert spans["2" * 32].attributes["error.type"] == "PermanentError"
    [letter] = await letters(redis)
    assert spans["2" * 32].id in letter["data"]


async def test_an_outage_is_told_by_the_attempts_that_failed(valkey: Valkey, redis: Redis, traces: Collector) -> None:
    times = iter(range(2))

    async def away(posts: list[PostIngested]) -> list[Forward]:
        if next(times, None) is not None:
            raise DependencyUnavailable("Postgres is away")
        return await judge(posts)

    await publish(redis, a_post().traced(ONE))
    async with reading(valkey.url, away):
        await eventually(lambda: all_done(redis))
    spans = await sent(traces, 3)
    assert [span.failed for span in spans] == [True, True, False]
    assert spans[0].attributes["error.type"] == "DependencyUnavailable"


async def test_while_tracing_is_off_contexts_pass_through_as_they_came(valkey: Valkey, redis: Redis) -> None:
    await publish(redis, a_post("shock").traced(ONE), a_post("noise"))
    async with reading(valkey.url, judge):
        await eventually(lambda: all_done(redis))
    [urgent] = await onward(redis, Lane.URGENT)
    assert [post.traceparent for post in told(urgent)] == [ONE]
    assert b"traceparent" not in urgent
    [normal] = await onward(redis, Lane.NORMAL)
    assert b"traceparent" not in normal[b"data"]
