"""From the bytes of a request to posts: one post, a JSON array, NDJSON, and CloudEvents alone or in a batch.

A broken outer form (empty, cut off, trailing bytes) refuses the body as a whole. Within a list, one bad item is
rejected with its index and reason, and its siblings are read. No error repeats more than a short excerpt of the input.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from foreshock_ingest.domain import strict_json
from foreshock_ingest.domain.bounded import TooLarge
from foreshock_shared.contracts.canary import CANARY_SOURCE, is_canary
from foreshock_shared.contracts.post import PostIn
from foreshock_shared.runtime.arrays import cut_array
from foreshock_shared.runtime.errors import InvalidPayload, PermanentError


class WrongContentType(PermanentError):
    """A body in a form that this service does not read."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that is no acceptable post: its place in the list and what is wrong with it."""

    index: int
    native_id: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a body came to. `places` are the indexes of `posts` in the list that was sent."""

    posts: list[PostIn]
    places: list[int]
    rejected: list[Rejected]
    single: bool
    """The body was one post by itself, not a list."""


@dataclass(frozen=True, slots=True)
class _Body:
    """The items of a body: values, or the error of an item that could not be read."""

    items: list[object]
    single: bool = False


def parse(body: bytes, content_type: str, batch_limit: int) -> Parsed:
    """Read a body. Raises WrongContentType, InvalidPayload (the body as a whole) or TooLarge (too many items)."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in _FORMS:
        raise WrongContentType(f"{media_type[:60] or 'no content type'} is not read here; send {', '.join(_FORMS)}")
    read, unwrap = _FORMS[media_type]
    if not body.strip():
        raise InvalidPayload("the body is empty; send a post, an array of posts, or one post a line")
    found = read(body)
    if len(found.items) > batch_limit:
        raise TooLarge(f"{len(found.items)} items in one request; send at most {batch_limit}")
    result = Parsed([], [], [], found.single)
    for index, item in enumerate(found.items):
        try:
            post = post_of(unwrap(item))
        except InvalidPayload as error:
            result.rejected.append(Rejected(index, _native_id(item), str(error)))
        else:
            result.posts.append(post)
            result.places.append(index)
    return result


def post_of(item: object) -> PostIn:
    """The post that a value stands for. Raises InvalidPayload that names each field that is wrong.

    A source that is reserved is refused here, since everything from outside is read by this.
    """
    if isinstance(item, InvalidPayload):
        raise item
    if not isinstance(item, dict):
        raise InvalidPayload("a post is a JSON object")
    try:
        post = PostIn.model_validate(item)
    except ValidationError as error:
        raise InvalidPayload(_plain(error)) from error
    if is_canary(post):
        raise InvalidPayload(f"source: {CANARY_SOURCE} is reserved for our own canary; name a source of your own")
    return post


def _plain(error: ValidationError) -> str:
    """The first three errors as `field: what is wrong`."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, e['loc']))[:60]}: {e['msg'].removeprefix('Value error, ')}" for e in found[:3]]
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(lines) + more


def _native_id(item: object) -> str | None:
    """The sender's own id of a rejected item, where one can be made out."""
    if not isinstance(item, dict):
        return None
    inner = item.get("data")
    found = item.get("native_id") or (inner.get("native_id") if isinstance(inner, dict) else None)
    return found[:512] if isinstance(found, str) else None


def _read_json(body: bytes) -> _Body:
    try:
        value = strict_json.loads(body)
    except InvalidPayload:
        if body.lstrip()[:1] != b"[":
            raise
        return _Body([_attempt(item) for item in cut_array(body)])
    if isinstance(value, list):
        return _Body(value)
    if isinstance(value, dict):
        return _Body([value], single=True)
    raise InvalidPayload("the body is neither a JSON object nor an array")


def _read_object(body: bytes) -> _Body:
    value = strict_json.loads(body)
    if not isinstance(value, dict):
        raise InvalidPayload("the body is no JSON object; a batch is sent as application/cloudevents-batch+json")
    return _Body([value], single=True)


def _read_array(body: bytes) -> _Body:
    found = _read_json(body)
    if found.single:
        raise InvalidPayload("the body is no JSON array; one event is sent as application/cloudevents+json")
    return found


def _read_lines(body: bytes) -> _Body:
    return _Body([_attempt(line) for line in body.split(b"\n") if line.strip()])


def _attempt(raw: bytes) -> object:
    """An item's value, or the error that it has by itself."""
    try:
        return strict_json.loads(raw)
    except InvalidPayload as error:
        return error


def _as_it_is(item: object) -> object:
    return item


def _data_of_event(item: object) -> object:
    """The data of a CloudEvent in its JSON form, once its envelope is in order."""
    if not isinstance(item, dict):
        return item
    if item.get("specversion") != "1.0":
        raise InvalidPayload("specversion: must be 1.0")
    for name in ("id", "source", "type"):
        if not isinstance(item.get(name), str) or not item[name]:
            raise InvalidPayload(f"{name}: a CloudEvent has one, a string that is not empty")
    if "data" not in item:
        raise InvalidPayload("data: missing; it holds the post (data_base64 is not read)")
    return item["data"]


_FORMS: Final[dict[str, tuple[Callable[[bytes], _Body], Callable[[object], object]]]] = {
    "application/json": (_read_json, _as_it_is),
    "application/x-ndjson": (_read_lines, _as_it_is),
    "application/cloudevents+json": (_read_object, _data_of_event),
    "application/cloudevents-batch+json": (_read_array, _data_of_event),
}
