"""What the OpenAPI document says of the push interface: its body is read by hand, so it is described here."""

from typing import Any, Final

from foreshock_shared.contracts.post import PostIn


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema without references, which a document cannot resolve from within an operation."""
    if isinstance(schema, list):
        return [_inline(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return definitions[schema["$ref"].rpartition("/")[2]] | {k: v for k, v in schema.items() if k != "$ref"}
    return {name: _inline(value, definitions) for name, value in schema.items() if name != "$defs"}


_WHOLE: Final = PostIn.model_json_schema()
_POST: Final = _inline(_WHOLE, _WHOLE["$defs"])
_WORD: Final = {"type": "string", "minLength": 1}
_EVENT: Final = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {"specversion": {"const": "1.0"}, "id": _WORD, "source": _WORD, "type": _WORD, "data": _POST},
}

BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {"schema": {"oneOf": [_POST, {"type": "array", "items": _POST}]}},
        "application/x-ndjson": {"schema": {"type": "string", "description": "One post a line"}},
        "application/cloudevents+json": {"schema": _EVENT},
        "application/cloudevents-batch+json": {"schema": {"type": "array", "items": _EVENT}},
    },
}

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "The body as a whole cannot be read"},
    401: {"description": "Neither a valid key nor a valid signature"},
    408: {"description": "The body did not arrive in time"},
    409: {"description": "One post, and other content was accepted under its id before"},
    413: {"description": "More bytes or items than one request may have"},
    415: {"description": "A content type or encoding that is not read here"},
    422: {"description": "No item is an acceptable post; `rejected` says why for each"},
    429: {"description": "Too many posts wait to be handled; come again after Retry-After"},
    503: {"description": "The server is full or does not answer; come again after Retry-After"},
}
