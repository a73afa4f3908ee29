"""The base of every contract, and the string types that keep unstorable text out of it."""

import re
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Contract(BaseModel):
    """A value on the wire. Immutable; unknown fields are ignored, so that an older reader survives a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    def to_wire(self) -> bytes:
        """The value as JSON; what is None is left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("contains U+0000, which PostgreSQL cannot keep; remove it")
    return value


def _written(value: object) -> object:
    if not isinstance(value, str | datetime):
        raise ValueError("must be an ISO 8601 string such as 2026-06-12T17:21:00Z")  # noqa: TRY004  pydantic reports a ValueError
    return value


def _context(value: object) -> object:
    return value if isinstance(value, str) and _TRACEPARENT.fullmatch(value) else None


def _plausible(value: datetime) -> datetime:
    if not 1970 <= value.year <= 2100:
        raise ValueError("lies outside the years 1970 to 2100")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_plausible)]
"""A moment with its zone, between 1970 and 2100: a hostile date never reaches a calendar that cannot hold it."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=r"\S"), AfterValidator(_storable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=512, strip_whitespace=True), AfterValidator(_storable)]
Url = Annotated[str, StringConstraints(max_length=2_048, pattern=r"^https?://[^\s/]+\S*$"), AfterValidator(_storable)]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
Traceparent = Annotated[str | None, BeforeValidator(_context)]
"""The context (W3C) of the span that handed a post on, where that is traced; anything else is ignored."""
