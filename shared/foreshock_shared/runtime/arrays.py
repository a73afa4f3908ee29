"""Cutting a JSON array into the exact bytes of its items, so that each can be read in a `try` of its own.

One pass that looks at strings and brackets only: what is wrong inside an item, however large or deeply nested, is no
reason to lose its siblings.
"""

import re
from typing import Final

from foreshock_shared.runtime.errors import InvalidPayload

_STRUCTURE: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|"|[\[{]+|[\]}]+|,', re.DOTALL)
_SPACE: Final = b" \t\r\n"


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
            items.append(body[start : token.start()].strip(_SPACE))
            start = token.end()
    raise InvalidPayload("the array is never closed: the body is cut off")


def _closed(body: bytes, items: list[bytes], start: int, end: int) -> list[bytes]:
    """The items of an array that ends at `end`, its last one beginning at `start`."""
    if body[end - 1 : end] != b"]":
        raise InvalidPayload(f"the array is closed by another bracket at byte {end - 1}")
    if end != len(body):
        raise InvalidPayload(f"the body goes on after the array ends at byte {end}")
    last = body[start : end - 1].strip(_SPACE)
    if not items and not last:
        return []
    items.append(last)
    if not all(items):
        raise InvalidPayload("the array has a comma with no item before or after it")
    return items
