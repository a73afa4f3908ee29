"""Bodies never take more room than they may."""

import gzip
import tracemalloc

import pytest

from foreshock_ingest.domain.bounded import BoundedBody, TooLarge
from foreshock_shared.runtime.errors import InvalidPayload


def test_a_plain_body_is_refused_as_soon_as_it_is_too_large() -> None:
    body = BoundedBody(10, gzip=False)
    body.feed(b"1234567890")
    with pytest.raises(TooLarge):
        body.feed(b"1")


def test_a_compressed_body_comes_out_whole_however_it_is_cut() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    body = BoundedBody(100, gzip=True)
    for at in range(len(packed)):
        body.feed(packed[at : at + 1])
    assert body.finish() == b"one two"


def test_a_bomb_is_inflated_no_further_than_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    tracemalloc.start()
    body = BoundedBody(100_000, gzip=True)
    with pytest.raises(TooLarge):
        body.feed(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


WHOLE = gzip.compress(b"whole", mtime=0)


@pytest.mark.parametrize("packed", [b"no gzip at all", WHOLE[:-4], WHOLE[:5]])
def test_what_is_no_whole_gzip_is_refused(packed: bytes) -> None:
    def read() -> bytes:
        body = BoundedBody(100, gzip=True)
        body.feed(packed)
        return body.finish()

    with pytest.raises(InvalidPayload):
        read()


@pytest.mark.parametrize("announced", ["101", "9" * 5_000])
def test_an_announced_length_over_the_limit_is_refused_before_reading(announced: str) -> None:
    with pytest.raises(TooLarge):
        BoundedBody(100, gzip=False).expect(announced)


@pytest.mark.parametrize("announced", ["", "100", "none", "-5", "²"])
def test_an_announced_length_that_says_nothing_is_left_to_reading(announced: str) -> None:
    BoundedBody(100, gzip=False).expect(announced)
