"""JSON read strictly: what two readers could understand differently is refused, with its reason.

Refused beside plain syntax errors: NaN and infinities (also as 1e999), duplicate keys, lone surrogates, bytes that are
not UTF-8, more than 200 levels of nesting, integers of more than 4,300 digits. Nothing here recurses over its input
without a bound, so no body can exhaust the stack.
"""

import math
import re
from typing import Final

import jiter

from foreshock_shared.runtime.errors import InvalidPayload

_REASONS: Final = (
    ("recursion limit", "nested more than 200 levels deep"),
    ("number out of range", "a number of more than 4,300 digits"),
    ("hex escape", "a lone surrogate, which is half of a character"),
    ("lone leading surrogate", "a lone surrogate, which is half of a character"),
    ("invalid unicode code point", "not valid UTF-8"),
)
_STRUCTURE: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|"|[\[{]+|[\]}]+|,', re.DOTALL)
_SPACE: Final = b" \t\r\n"


def loads(data: bytes) -> object:
    """The value of a JSON text. Raises InvalidPayload that says what is wrong and where."""
    try:
        value = jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise InvalidPayload(_reason(str(error))) from error
    if not _finite(value):
        raise InvalidPayload("a number too large to be kept, such as 1e999")
    return value


def cut_array(data: bytes) -> list[bytes]:
    """The raw items of a JSON array, each to be read on its own, whatever is wrong inside one of them.

    Only strings and brackets are looked at, in one pass. Raises InvalidPayload where the array itself is broken.
    """
    body = data.strip(_SPACE)
    if not body.startswith(b"["):
        raise InvalidPayload("not a JSON array")
    items: list[bytes] = []
    depth, start = 0, 1
    for token in _STRUCTURE.finditer(body):
        text = token.group()
        if text == b'"':
            raise InvalidPayload(f"a string that begins at byte {token.start()} never ends: the body is cut off")
        if text[0] in b"[{":
            depth += len(text)
        elif text[0] in b"]}":
            depth -= len(text)
            if depth <= 0:
                return _closed(body, items, start, token.end() + depth)
        elif depth == 1 and text == b",":
            items.append(body[start : token.start()])
            start = token.end()
    raise InvalidPayload("the array is never closed: the body is cut off")


def _closed(body: bytes, items: list[bytes], start: int, end: int) -> list[bytes]:
    """The items of an array that ends at `end`, its last one beginning at `start`."""
    if body[end - 1 : end] != b"]":
        raise InvalidPayload(f"the array is closed by another bracket at byte {end - 1}")
    if end != len(body):
        raise InvalidPayload(f"the body goes on after the array ends at byte {end}")
    last = body[start : end - 1]
    if not items and not last.strip(_SPACE):
        return []
    items.append(last)
    if not all(item.strip(_SPACE) for item in items):
        raise InvalidPayload("the array has a comma with no item before or after it")
    return items


def _reason(message: str) -> str:
    """The parser's message in words for whoever sent the text; it may quote a key, so it is cut."""
    where = message[message.rfind(" at line") :]
    for known, plain in _REASONS:
        if known in message:
            return plain + where
    if message.startswith(("expected value", "invalid number")):
        return f"{message} (NaN and Infinity are no JSON)"
    return message[:160] if len(message) <= 160 else f"{message[:120]}…{where}"


def _finite(value: object) -> bool:
    """Whether every number is finite; the parser has bounded the depth."""
    if isinstance(value, dict):
        return all(_finite(each) for each in value.values() if not isinstance(each, str))
    if isinstance(value, list):
        return all(_finite(each) for each in value if not isinstance(each, str))
    return not isinstance(value, float) or math.isfinite(value)
