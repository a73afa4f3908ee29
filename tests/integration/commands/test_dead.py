"""Dead letters of both places: found, put back on their lane with the same bytes, dropped with a record."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from foreshock_shared.contracts.streams import CLASSIFIED, DEAD_EVENT, DeadField, Field
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.addresses import running_stack
from foreshock_stack.audit import moving
from foreshock_stack.letters import DISCARDED, Letter, Letters, opened

pytestmark = pytest.mark.servers

Books: TypeAlias = Any
POST = {"id": "0a1b2c3d-0000-5000-8000-000000000001", "accepted_at": "2031-05-14T12:00:00.123456+00:00"}
DATA = json.dumps([{"post": POST, "classification": {}}]).encode()
NOW = datetime(2031, 5, 14, 13, tzinfo=UTC)


@pytest.fixture
async def letters(books: Books) -> AsyncIterator[Letters]:
    async with opened(running_stack(books.environment)) as letters:
        yield letters


async def die(books: Books, *, origin: str = "post.classified.urgent", data: bytes = DATA) -> None:
    """As delivery does."""
    fields = {
        Field.TYPE: DEAD_EVENT,
        Field.TIME: NOW.isoformat(),
        Field.DATA: data,
        DeadField.POST_ID: POST["id"],
        DeadField.ORIGIN: origin,
        DeadField.EVENT: CLASSIFIED.event,
        DeadField.ERROR: "PermanentError",
        DeadField.REASON: "because",
    }
    await books.redis.xadd("dead.store", fields)


async def die_in_postgres(books: Books) -> None:
    """As the store does with letters that it has moved."""
    await books.postgres.execute(
        "INSERT INTO store.dead_letters (stream, entry, died_at, post_id, origin, event, error, reason, data)"
        " VALUES ('dead.store', '7-0', $1, $2, 'post.classified', $3, 'E', 'because', $4)",
        NOW,
        POST["id"],
        CLASSIFIED.event,
        DATA,
    )


async def only(letters: Letters) -> Letter:
    [letter] = await letters.newest(10)
    assert await letters.find(letter.name) == letter
    return letter


@pytest.fixture(params=["redis", "postgres"])
async def letter(books: Books, letters: Letters, request: pytest.FixtureRequest) -> Letter:
    await (die(books) if request.param == "redis" else die_in_postgres(books))
    return await only(letters)


async def test_a_letter_is_found_where_it_lies(letter: Letter) -> None:
    assert (letter.post_id, letter.reason, letter.data) == (POST["id"], "because", DATA)


async def test_a_letter_put_back_is_one_entry_of_its_lane_with_the_same_bytes(
    books: Books, letters: Letters, letter: Letter
) -> None:
    await letters.put_back(letter)
    [(_, fields)] = await books.redis.xrange(letter.origin)
    assert fields[Field.DATA.encode()] == DATA
    assert fields[Field.TYPE.encode()].decode() == CLASSIFIED.event
    assert await letters.newest(10) == []


async def test_a_letter_put_back_twice_is_one_entry(books: Books, letters: Letters, letter: Letter) -> None:
    await letters.put_back(letter)
    await letters.put_back(letter)
    assert await books.redis.xlen(letter.origin) == 1


async def test_a_dropped_letter_leaves_who_and_when_and_stays_in_the_books(
    books: Books, letters: Letters, letter: Letter
) -> None:
    await letters.drop(letter, "ada@desk", NOW)
    [(_, record)] = await books.redis.xrange(DISCARDED)
    assert (record[b"by"], record[b"time"]) == (b"ada@desk", NOW.isoformat().encode())
    assert {str(each.id) for each in (await moving.scan(books.redis)).quarantined} == {POST["id"]}
    assert await letters.newest(10) == []


async def test_a_letter_that_came_from_no_lane_cannot_be_put_back_and_stays(books: Books, letters: Letters) -> None:
    await die(books, origin="feed:example")
    letter = await only(letters)
    with pytest.raises(ConfigurationError, match="is no lane"):
        await letters.put_back(letter)
    assert await letters.newest(10) == [letter]


async def test_bytes_that_are_no_json_can_be_dropped(books: Books, letters: Letters) -> None:
    await die(books, data=b"\xff[")
    await letters.drop(await only(letters), "ada@desk", NOW)
    assert (await moving.scan(books.redis)).unplaced


@pytest.mark.parametrize("name", ["store/1-0", "nobody/1-0", "store/x", "", "store/"])
async def test_a_letter_that_is_not_there_is_said_so(letters: Letters, name: str) -> None:
    with pytest.raises(ConfigurationError, match="dead list"):
        await letters.find(name)


async def test_the_letters_of_a_post_are_found_in_both_places(books: Books, letters: Letters) -> None:
    await die(books)
    await die_in_postgres(books)
    await die(books, data=b"nonsense")
    assert [letter.in_postgres for letter in await letters.of_post(UUID(POST["id"]))] == [False, False, True]
    assert await letters.of_post(UUID(int=7)) == []
