"""Running an effect: the guilty item is found by halving, whatever the others are."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lanes import a_post

from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.runtime.delivery.batch import MAX_FAILURES, Entry, Item, pause, run_effect
from foreshock_shared.runtime.delivery.groups import before
from foreshock_shared.runtime.delivery.handler import Forward
from foreshock_shared.runtime.delivery.suspicion import Suspicion, suspect
from foreshock_shared.runtime.errors import DependencyUnavailable, PermanentError

POSTS = [a_post(f"number {n}") for n in range(40)]


def refusing(guilty: set[int], error: Exception) -> object:
    async def handle(posts: list[PostIngested]) -> list[Forward]:
        if any(POSTS.index(post) in guilty for post in posts):
            raise error
        return [Forward(post) for post in posts]

    return handle


@given(st.sets(st.integers(0, 39), max_size=8))
async def test_every_guilty_post_is_set_apart_and_every_other_goes_on_in_order(guilty: set[int]) -> None:
    verdict = await run_effect(refusing(guilty, PermanentError("no")), [Item(p) for p in POSTS], 5)  # type: ignore[arg-type]
    assert [POSTS.index(f.payload) for f in verdict.forwards] == [n for n in range(40) if n not in guilty]  # type: ignore[arg-type]
    assert len(verdict.dead) == len(guilty)
    assert verdict.returned == []


async def test_an_unknown_error_returns_the_post_until_it_has_failed_too_often() -> None:
    handle = refusing({3}, ZeroDivisionError("nobody knows"))
    for failures in range(MAX_FAILURES):
        verdict = await run_effect(handle, [Item(POSTS[3], failures)], 5)  # type: ignore[arg-type]
        assert ([r.failures for r in verdict.returned], verdict.dead) == ([failures + 1], [])
    verdict = await run_effect(handle, [Item(POSTS[3], MAX_FAILURES)], 5)  # type: ignore[arg-type]
    assert (verdict.returned, len(verdict.dead)) == ([], 1)


async def test_an_outage_in_the_middle_of_halving_ends_it_without_a_verdict() -> None:
    calls = 0

    async def handle(posts: list[PostIngested]) -> list[Forward]:
        nonlocal calls
        calls += 1
        raise PermanentError("guilty") if calls < 3 else DependencyUnavailable("and now the database is away")

    with pytest.raises(DependencyUnavailable):
        await run_effect(handle, [Item(p) for p in POSTS], 5)


async def test_an_effect_that_takes_too_long_counts_as_an_outage() -> None:
    async def handle(posts: list[PostIngested]) -> list[Forward]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(DependencyUnavailable, match="took longer"):
        await run_effect(handle, [Item(POSTS[0])], 0.01)


def test_pauses_grow_and_stay_below_the_idle_time_of_a_claim() -> None:
    pauses = [pause(n).total_seconds() for n in range(1, MAX_FAILURES + 1)]
    assert pauses == sorted(pauses)
    assert pauses[-1] < 60


@pytest.mark.parametrize("value", [b"", b"-1", b"many", b"9" * 40, "٣".encode()])
def test_a_stranger_s_count_of_failures_is_read_as_none(value: bytes) -> None:
    entry = Entry(b"1-0", {b"failures": value, b"notbefore": value})
    assert (entry.failures, entry.not_before) == (0, 0)


@pytest.mark.parametrize(
    ("endings", "posts", "verdict"),
    [
        (0, 1, Suspicion.NONE),
        (1, 200, Suspicion.NONE),
        (2, 200, Suspicion.TAKE_APART),
        (MAX_FAILURES, 1, Suspicion.NONE),
        (MAX_FAILURES + 1, 1, Suspicion.QUARANTINE),
        (100, 0, Suspicion.QUARANTINE),
    ],
)
def test_how_much_an_entry_is_suspected(endings: int, posts: int, verdict: Suspicion) -> None:
    assert suspect(endings, posts) is verdict


@pytest.mark.parametrize(
    ("entry", "expected"),
    [(None, "0"), (b"", "0"), (b"5-3", "5-2"), ("5-0", f"4-{2**64 - 1}"), (b"0-0", "0"), (b"0-1", "0-0")],
)
def test_the_id_before_an_entry(entry: bytes | str | None, expected: str) -> None:
    assert before(entry) == expected
