"""Silences: what somebody wants not to hear of for a while, with a reason and an end.

A silence speaks of rules, receivers and what a rule's `when` can say; all that it names must hold, and it must name
something. What it keeps back is recorded with its reason and, where the rule has one, told in the digest. It ends by
itself. The end of an incident is never silenced for whoever was told that it began.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from foreshock_notify.domain.matchers import Facts, When, missing
from foreshock_notify.domain.values import Names

Said = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True, pattern=r"^[^\x00]+$")]


class SilenceIn(BaseModel):
    """A silence as it is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: When | None = None
    """Of the post that caused a telling, as in a rule; without `min_origins`, `novelty` and `burst`."""
    rules: Names = ()
    receivers: Names = ()
    reason: Said
    by: Said
    starts_at: AwareDatetime | None = None
    """Now, where it is left out."""
    ends_at: AwareDatetime

    @model_validator(mode="after")
    def _names_something(self) -> "SilenceIn":
        if self.when is None and not self.rules and not self.receivers:
            raise ValueError("would silence everything: name rules, receivers or when")
        unfit = {"min_origins", "novelty", "burst"} & (self.when.model_fields_set if self.when else set())
        if unfit:
            raise ValueError(f"when: {', '.join(sorted(unfit))} cannot be silenced by; name rules instead")
        if self.starts_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must lie after starts_at")
        return self


class Silence(BaseModel):
    """A silence in force, or that was."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: UUID
    when: When | None = Field(default=None)
    rules: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    reason: str
    by: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime

    def keeps_back(self, rule: str | None, receiver: str, facts: Facts | None, now: datetime) -> bool:
        """Whether what a rule tells a receiver of such a post is silenced now."""
        if not self.starts_at <= now < self.ends_at:
            return False
        if (self.rules and rule not in self.rules) or (self.receivers and receiver not in self.receivers):
            return False
        return self.when is None or (facts is not None and missing(self.when, facts) is None)


def silenced(
    silences: Iterable[Silence], rule: str | None, receiver: str, facts: Facts | None, now: datetime
) -> Silence | None:
    """The silence that keeps a telling back, if any does."""
    return next((s for s in silences if s.keeps_back(rule, receiver, facts, now)), None)
