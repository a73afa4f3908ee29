"""What is made of all books together, and when a difference is believed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from foreshock_shared.contracts.canary import CANARY_SOURCE
from foreshock_shared.contracts.post import PostIn
from foreshock_stack.audit.books import Holding, tally
from foreshock_stack.audit.kept import Kept
from foreshock_stack.audit.look import LOOKS, Look, believed, judge, stands_still
from foreshock_stack.audit.moving import Moving, holdings, is_of_canary

MIDNIGHT = datetime(2031, 5, 14, tzinfo=UTC)
POSTS = [Holding(uuid5(UUID(int=1), str(n)), MIDNIGHT + timedelta(minutes=n)) for n in range(10)]
LEDGER = tally(POSTS)


def kept(stored: list[Holding], **fields: object) -> Kept:
    book = tally(stored)
    plain = Kept(MIDNIGHT, book, {}, book, frozenset(), frozenset(), frozenset(stored), frozenset(), ())
    return replace(plain, **fields)  # type: ignore[arg-type]  # a test says what it means


def at(moving: Moving | None = None, stored: Kept | None = None, client: frozenset[UUID] = frozenset()) -> Look:
    return judge(LEDGER, moving or Moving(), stored or kept(POSTS), client, untold=0)


def test_all_stored_is_clean_and_settled() -> None:
    assert at().clean
    assert at().settled


def test_a_post_in_flight_is_no_loss() -> None:
    look = at(Moving(in_flight={POSTS[3]}), kept([post for post in POSTS if post != POSTS[3]]))
    assert look.clean
    assert not look.settled
    assert look.counts["in flight"] == 1


def test_a_post_seen_both_in_flight_and_stored_counts_once() -> None:
    assert at(Moving(in_flight={POSTS[3]}, quarantined={POSTS[4]})).clean


def test_a_quarantined_post_is_no_loss_wherever_its_letter_lies() -> None:
    rest = [post for post in POSTS if post != POSTS[3]]
    assert at(Moving(quarantined={POSTS[3]}), kept(rest)).clean
    assert at(Moving(), kept(rest, quarantined=frozenset({POSTS[3]}))).clean


def test_a_letter_that_does_not_say_when_is_matched_by_its_id() -> None:
    rest = [post for post in POSTS if post != POSTS[3]]
    assert at(Moving(unplaced={POSTS[3].id}), kept(rest)).clean
    assert not at(Moving(unplaced={POSTS[5].id}), kept(rest)).clean


def test_a_deleted_row_is_missed_although_its_key_is_there() -> None:
    rest = [post for post in POSTS if post != POSTS[3]]
    look = at(stored=kept(rest, keys=tally(POSTS)))
    assert [str(POSTS[3].id)[:8] in str(each) for each in (*look.missing, *look.tables)] == [True, True]


def test_an_accepted_revision_is_accounted_for() -> None:
    again = Holding(POSTS[0].id, MIDNIGHT + timedelta(hours=2))
    look = judge(tally([*POSTS, again]), Moving(), kept(POSTS, revisions=tally([again])), frozenset(), 0)
    assert look.clean


def test_what_retention_has_given_up_is_not_missed() -> None:
    old = Holding(UUID(int=9), MIDNIGHT - timedelta(days=1))
    assert judge(tally([*POSTS, old]), Moving(), kept(POSTS), frozenset(), 0).clean


def test_a_clients_id_that_nobody_holds_is_lost_by_name() -> None:
    stored, moving, stranger = POSTS[0].id, POSTS[9].id, UUID(int=77)
    look = at(
        Moving(in_flight={POSTS[9]}),
        kept(POSTS[:9], stored_ids=frozenset({stored})),
        client=frozenset({stored, moving, stranger}),
    )
    assert look.lost == {stranger}


def test_an_id_stored_twice_is_no_clean_book() -> None:
    assert not at(stored=kept(POSTS, twice=((POSTS[0].id, 2),))).clean


def test_only_what_every_look_shows_is_believed() -> None:
    lost, moving = (at(stored=kept([post for post in POSTS if post != gone])) for gone in POSTS[:2])
    both = at(stored=kept(POSTS[2:]))
    assert believed([lost, both, both]).missing == lost.missing
    assert believed([lost, moving]).clean


def test_it_stands_still_when_enough_looks_show_the_same() -> None:
    stuck = at(Moving(in_flight={POSTS[3]}), kept(POSTS[4:]))
    assert not stands_still([stuck] * (LOOKS - 1))
    assert stands_still([stuck] * LOOKS)
    assert not stands_still([at(), *[stuck] * (LOOKS - 1)])


def test_canaries_are_on_nobody_s_books() -> None:
    payload = {"id": str(UUID(int=1)), "accepted_at": MIDNIGHT.isoformat(), "source": CANARY_SOURCE}
    assert list(holdings(json.dumps([payload, {"post": payload}]).encode())) == []
    assert is_of_canary(PostIn(source=CANARY_SOURCE, text="x").to_wire())
    assert not is_of_canary(PostIn(source="press", text=f'"source": "{CANARY_SOURCE}"').to_wire())
