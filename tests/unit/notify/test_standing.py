"""The table of incidents, row by row, and what holds of all of it."""

from itertools import product

import pytest

from foreshock_notify.domain.notification import Status
from foreshock_notify.domain.standing import ENDED, TABLE, Event, Reason, advance, event_of
from foreshock_shared.contracts.post import Tier

U, C, O = Status.UNCONFIRMED, Status.CORROBORATED, Status.OFFICIAL  # noqa: E741


@pytest.mark.parametrize(
    ("status", "event", "after", "reason"),
    [
        (U, Event.REPORTED, U, None),
        (U, Event.CORROBORATED, C, Reason.UPDATED_CORROBORATED),
        (U, Event.CONFIRMED, O, Reason.UPDATED_OFFICIAL),
        (C, Event.REPORTED, C, None),
        (C, Event.CONFIRMED, O, Reason.UPDATED_OFFICIAL),
        (O, Event.CORROBORATED, O, None),
        (O, Event.LIFTED, Status.LIFTED, Reason.LIFTED),
        (C, Event.RETRACTED, Status.RETRACTED, Reason.RETRACTED),
        (U, Event.MERGED, Status.MERGED, Reason.MERGED),
        (O, Event.IDLE, Status.CLOSED, Reason.IDLE),
        (Status.CLOSED, Event.REPORTED, U, Reason.REOPENED),
        (Status.CLOSED, Event.LIFTED, Status.LIFTED, Reason.LIFTED),
        (Status.CLOSED, Event.IDLE, Status.CLOSED, None),
        (Status.MERGED, Event.CONFIRMED, O, Reason.REOPENED),
        (Status.MERGED, Event.LIFTED, Status.MERGED, None),
    ],
)
def test_an_event_moves_an_incident_for_a_reason(
    status: Status, event: Event, after: Status, reason: Reason | None
) -> None:
    assert advance(status, event) == (after, reason)


@pytest.mark.parametrize(("status", "event"), list(product(sorted(ENDED), Event)))
def test_what_has_ended_is_moved_by_nothing(status: Status, event: Event) -> None:
    assert advance(status, event) == (status, None)


def test_nothing_moves_without_a_reason_and_nothing_becomes_less_firm_while_it_is_open() -> None:
    firmness = (U, C, O)
    for (before, _), (after, reason) in TABLE.items():
        assert before is not after
        assert reason
        if before in firmness and after in firmness:
            assert firmness.index(after) > firmness.index(before)


def test_a_comment_is_no_event() -> None:
    assert event_of(Tier.PRESS, 5, witness=False) is None
    assert advance(U, None) == (U, None)
