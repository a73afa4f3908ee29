"""Posts that move between stories, and posts that say something else: what is decided again, and who is told."""

from unit.notify.building import NOW, a_post, a_rule, a_rule_set, an_id, incident_of, later

from foreshock_notify.domain.case import Change, Decision, Reason
from foreshock_notify.domain.casebook import Casebook
from foreshock_notify.domain.notification import Kind, Status
from foreshock_shared.contracts.events import PostStored

RULES = a_rule_set(a_rule(send_to=["desk"]))
HERE, THERE = an_id("here"), an_id("there")


class Stories:
    """A casebook and what it told."""

    def __init__(self) -> None:
        self.book = Casebook()
        self.changes: list[Change] = []

    def take(self, *posts: PostStored) -> list[Decision]:
        decisions = self.book.decide(RULES, posts, NOW)
        self.changes += [change for decision in decisions for change in decision.changes]
        return decisions

    def told(self) -> list[tuple[Kind, Status]]:
        return [(c.tell["desk"], c.incident.status) for c in self.changes if "desk" in c.tell]


def test_an_incident_whose_posts_have_all_moved_is_merged_into_the_other_and_names_it() -> None:
    stories = Stories()
    stories.take(a_post("a", story="here"), a_post("b", story="there"), a_post("c", story="there"))
    stories.take(a_post("a", story="there", moves=1))
    merged = stories.book.incidents[HERE]
    assert (merged.status, merged.merged_into) == (Status.MERGED, incident_of(THERE))
    assert stories.told()[-1] == (Kind.UPDATED, Status.MERGED)
    assert stories.book.incidents[THERE].origins == 3


def test_a_story_that_moves_as_a_whole_continues_its_incident() -> None:
    stories = Stories()
    stories.take(a_post("a", story="here"), a_post("b", story="here"))
    (first, second) = stories.take(a_post("a", story="there", moves=1), a_post("b", story="there", moves=1))
    opened = first.changes[0]
    assert (opened.reason, opened.continues) == (Reason.OPENED, incident_of(HERE))
    assert [change.reason for change in second.changes] == [Reason.UPDATED_CORROBORATED, Reason.MERGED]
    assert second.again


def test_what_is_left_behind_is_counted_anew() -> None:
    stories = Stories()
    stories.take(a_post("a", story="here"), a_post("b", story="here"), a_post("copy of b", story="here", copy_of="b"))
    stories.take(a_post("b", story="there", moves=1))
    assert stories.book.witnesses[HERE].count == 2
    stories.take(a_post("a", story="there", moves=1))
    assert stories.book.witnesses[HERE].count == 1
    assert stories.book.incidents[HERE].origins == 1


def test_a_stale_event_changes_nothing() -> None:
    stories = Stories()
    stories.take(a_post("a", story="here"))
    stories.take(a_post("a", story="there", moves=2))
    assert stories.take(a_post("a", story="here"), a_post("a", story="elsewhere", moves=1)) == []
    assert an_id("elsewhere") not in stories.book.incidents


def test_a_move_that_was_undone_is_remembered_although_it_was_never_seen() -> None:
    stories = Stories()
    stories.take(a_post("a", story="here"))
    assert stories.take(a_post("a", story="here", moves=2)) == []
    assert stories.take(a_post("a", story="there", moves=1)) == []


def test_a_post_that_moves_back_reopens_what_was_merged() -> None:
    stories = Stories()
    stories.take(a_post("a", story="here"))
    stories.take(a_post("a", story="there", moves=1))
    (back,) = stories.take(a_post("a", story="here", moves=2))
    assert [change.reason for change in back.changes] == [Reason.REOPENED, Reason.MERGED]
    assert stories.book.incidents[HERE].merged_into is None


def test_a_post_that_moves_is_as_old_as_it_was_when_it_came() -> None:
    stories = Stories()
    stories.take(a_post("a", story="here", created_at=NOW))
    moved = a_post("a", story="there", moves=1, created_at=NOW)
    (decision,) = stories.book.decide(RULES, [moved], later(days=9))
    assert decision.reason is Reason.OPENED


def test_an_edited_post_that_turns_into_a_shock_is_decided_again() -> None:
    stories = Stories()
    stories.take(a_post("a", shock=False))
    (decision,) = stories.take(a_post("a", text="It is in force", revised_at=later(minutes=9)))
    assert (decision.reason, decision.again) == (Reason.OPENED, True)
    assert stories.told() == [(Kind.OPENED, Status.UNCONFIRMED)]


def test_a_text_that_comes_again_is_not_decided_again() -> None:
    stories = Stories()
    stories.take(a_post("a"))
    assert stories.take(a_post("a"), a_post("a", at=later(hours=9))) == []


def test_an_edit_of_a_witness_is_no_second_origin() -> None:
    stories = Stories()
    stories.take(a_post("a"))
    (decision,) = stories.take(a_post("a", text="With a typo mended"))
    assert decision.reason is Reason.JOINED_SILENTLY
    assert stories.book.incidents[an_id("the directive")].origins == 1


def test_what_was_said_before_an_edit_and_comes_late_says_nothing() -> None:
    stories = Stories()
    stories.take(a_post("a", text="Edited", revised_at=later(minutes=9)))
    assert stories.take(a_post("a"), a_post("a", text="Edited before", revised_at=later(minutes=8))) == []


def test_an_edit_that_was_taken_back_before_its_event_came_says_nothing() -> None:
    stories = Stories()
    stories.take(a_post("a"), a_post("a", revised_at=later(minutes=9)))
    assert stories.take(a_post("a", text="Edited in between", revised_at=later(minutes=8))) == []


def test_a_lift_whose_target_went_on_as_another_story_lifts_the_incident_there() -> None:
    stories = Stories()
    stories.take(a_post("a", story="here"), a_post("b", story="there"), a_post("lift", story="lift", ends="here"))
    assert stories.book.incidents[THERE].status is Status.UNCONFIRMED
    moved = a_post("a", story="there", moves=1)
    stories.take(a_post("lift", story="lift", ends="there", moves=1), moved)
    assert stories.book.incidents[THERE].status is Status.LIFTED
    assert (Kind.LIFTED, Status.LIFTED) in stories.told()[-2:]
    assert stories.take(a_post("lift", story="lift", ends="here"), moved) == []
