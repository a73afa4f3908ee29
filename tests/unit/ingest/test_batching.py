"""What goes into an entry, and that a post is encoded as the contract says."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from foreshock_ingest.adapters.accept_script import Memory, command
from foreshock_ingest.domain.batching import Candidate, next_entry, prepare
from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.contracts.post import Post, PostIn
from foreshock_shared.contracts.streams import ENTRY_BYTES, ENTRY_LIMIT, Lane

NOW = datetime(2026, 6, 12, 17, 21, 5, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class Waiting:
    candidate: Candidate


def waiting(count: int, text: str = "text", source: str = "press") -> deque[Waiting]:
    posts = (PostIn(source=source, native_id=str(n), text=text) for n in range(count))
    return deque(Waiting(prepare(post, revisable=False)) for post in posts)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"native_id": "n", "url": "https://example.org/a", "author": 'A "quoted" name', "lang": "de"},
        {"created_at": "2026-06-12T19:21:00+02:00", "tier": "official", "source_kind": "official"},
        {"metrics": {"likes": 5, "ratio": 0.25}, "reply_to": "r", "repost_of": "o"},
        {"text": '日本語 \u202e \x1f \\ " 🎉'},
    ],
)
def test_a_payload_is_the_accepted_post_of_the_contract(fields: dict[str, object]) -> None:
    post = PostIn.model_validate({"source": "press", "text": "A directive", **fields})
    candidate = prepare(post, revisable=False)
    payload, accepted = candidate.payload(NOW), Post.accept(post, NOW)
    assert Post.model_validate_json(payload) == accepted
    assert PostIngested.model_validate_json(payload).model_dump() == accepted.model_dump()
    assert candidate.size == len(payload)
    assert (candidate.post_id, candidate.content.hex()) == (accepted.id, accepted.content)


@pytest.mark.parametrize(
    ("tier", "lane"),
    [("official", Lane.URGENT), ("provider", Lane.URGENT), ("press", Lane.NORMAL), ("social", Lane.NORMAL)],
)
def test_those_who_decide_and_those_who_carry_it_out_take_the_urgent_lane(tier: str, lane: Lane) -> None:
    post = PostIn.model_validate({"source": "s", "text": "t", "tier": tier})
    assert prepare(post, revisable=False).lane is lane


def test_an_entry_holds_no_more_posts_than_the_limit() -> None:
    queue = waiting(ENTRY_LIMIT + 1)
    assert [len(next_entry(queue)), len(next_entry(queue)), len(next_entry(queue))] == [ENTRY_LIMIT, 1, 0]


def test_an_entry_holds_no_more_bytes_than_the_limit() -> None:
    queue = waiting(30, "x" * 90_000)
    sizes = []
    while entry := next_entry(queue):
        sizes.append(sum(each.candidate.size for each in entry))
    assert len(sizes) > 2
    assert max(sizes) <= ENTRY_BYTES


def test_the_largest_possible_post_fits_by_itself() -> None:
    queue = waiting(2, "\x01" * 99_999 + "x")
    assert [len(next_entry(queue)), len(next_entry(queue))] == [1, 1]


def test_an_entry_belongs_to_one_ledger() -> None:
    queue = waiting(2) + waiting(3, source=CANARY_SOURCE) + waiting(1)
    assert [[each.candidate.canary for each in next_entry(queue)] for _ in range(3)] == [
        [False] * 2,
        [True] * 3,
        [False],
    ]


def test_a_post_carries_the_context_of_the_span_that_accepted_it() -> None:
    context = f"00-{'1' * 32}-{'a' * 16}-01"
    candidate = prepare(PostIn(source="press", text="A directive"), revisable=False, traceparent=context)
    assert PostIngested.model_validate_json(candidate.payload(NOW)).traceparent == context


def test_an_entry_names_the_context_that_all_its_posts_have_and_no_other() -> None:
    one, two = (f"00-{digit * 32}-{'a' * 16}-01" for digit in "12")

    def named(*contexts: str | None) -> list[object]:
        posts = [PostIn(source="press", native_id=str(n), text="text") for n in range(len(contexts))]
        entry = [prepare(post, revisable=False, traceparent=c) for post, c in zip(posts, contexts, strict=True)]
        arguments = command(entry, Memory(), NOW)
        return [arguments[place + 1] for place, each in enumerate(arguments) if each == "traceparent"]

    assert named(one, one) == [one]
    assert named(one, two) == named(one, None) == named(None, None) == []
