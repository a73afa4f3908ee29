"""Cursors: where a page ended, in a form that a client passes back and does not read."""

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from foreshock_shared.runtime.problems import Problem
from foreshock_store.adapters.reader import Place

_FORM: Final = struct.Struct(">q16s")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_cursor(place: Place) -> str:
    """The place as 32 letters that are safe in a URL."""
    return base64.urlsafe_b64encode(_FORM.pack((place.at - _EPOCH) // _MICROSECOND, place.id.bytes)).decode()


def from_cursor(cursor: str | None) -> Place | None:
    """The place that a cursor names. Raises Problem 400 for anything that `to_cursor` did not make."""
    if cursor is None:
        return None
    try:
        moment, post_id = _FORM.unpack(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        return Place(_EPOCH + moment * _MICROSECOND, UUID(bytes=post_id))
    except (binascii.Error, struct.error, OverflowError, ValueError) as error:
        raise Problem(400, "cursor: not one that this service gave; start again without it") from error
