"""What tests rely on: waiting tells why it failed, and the HTTP peer answers as it is told."""

import urllib.error
import urllib.request

import pytest
from support.http_peer import Answer, HttpPeer
from support.waiting import eventually


async def test_waiting_gives_the_first_truthy_value() -> None:
    values = iter([0, "", "here"])
    assert await eventually(lambda: next(values)) == "here"


async def test_waiting_in_vain_tells_the_last_value() -> None:
    with pytest.raises(AssertionError, match=r"not within 0.05 s: the last check gave \[\]"):
        await eventually(list, within=0.05)


async def test_waiting_in_vain_tells_the_last_exception() -> None:
    async def broken() -> bool:
        raise LookupError("no such thing")

    with pytest.raises(AssertionError, match="raised LookupError: no such thing"):
        await eventually(broken, within=0.05)


def _post(url: str, body: bytes) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_the_peer_gives_its_answers_in_turn_and_keeps_the_last(http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(503), Answer(204))
    assert [_post(http_peer.url + "/hook", b'{"n": 1}') for _ in range(3)] == [503, 204, 204]
    assert http_peer.requests[0].path == "/hook"
    assert http_peer.requests[0].json() == {"n": 1}


def test_the_peer_can_hang_up(http_peer: HttpPeer) -> None:
    http_peer.answer(Answer(drop=True))
    with pytest.raises(ConnectionError):
        _post(http_peer.url, b"")
