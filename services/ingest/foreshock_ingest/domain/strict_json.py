"""JSON read strictly: what two readers could understand differently is refused, with its reason.

Refused beside plain syntax errors: NaN and infinities (also as 1e999), duplicate keys, lone surrogates, bytes that are
not UTF-8, more than 200 levels of nesting, integers of more than 4,300 digits. Nothing here recurses over its input
without a bound, so no body can exhaust the stack.
"""

import math
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


def loads(data: bytes) -> object:
    """The value of a JSON text. Raises InvalidPayload that says what is wrong and where."""
    try:
        value = jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise InvalidPayload(_reason(str(error))) from error
    if not _finite(value):
        raise InvalidPayload("a number too large to be kept, such as 1e999")
    return value


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
