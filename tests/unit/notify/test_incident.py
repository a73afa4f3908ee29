"""The decision table of incidents: what a post does, to whom it is told, and why."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.notify.building import NOW, a_post, a_rule, a_rule_set, an_id, incident_of

from foreshock_notify.domain.case import Change, Decision, Incident, Reason
from foreshock_notify.domain.casebook import Casebook, plain
from foreshock_notify.domain.notification import Kind, Status
from foreshock_notify.domain.rules import RuleSet
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import EffectStatus, Topic, Urgency
from foreshock_shared.contracts.post import Tier

DIRECTIVE = an_id("the directive")


class Desk:
    """Decides one post after the other and remembers, as the ledger does."""

    def __init__(self, rules: RuleSet | None = None) -> None:
        self.rules = rules or a_rule_set()
        self.casebook = Casebook()
        self.decisions: list[Decision] = []

    def take(self, *posts: PostStored) -> Decision:
        self.decisions += self.casebook.decide(self.rules, posts, NOW)
        return self.decisions[-1]

    @property
    def incident(self) -> Incident:
        return self.casebook.incidents[DIRECTIVE]

    def leave(self, status: Status) -> None:
        self.casebook.incidents[DIRECTIVE] = replace(self.incident, status=status)

    def told(self, receiver: str = "desk") -> list[Kind]:
        changes = [change for decision in self.decisions for change in decision.changes]
        return [change.tell[receiver] for change in changes if receiver in change.tell]


def told(decision: Decision) -> Mapping[str, Kind]:
    return next((change.tell for change in decision.changes if change.revised), {})


def change_of(decision: Decision, story: str) -> Change:
    return next(change for change in decision.changes if change.incident.story_id == an_id(story))


def test_the_first_post_that_qualifies_opens_an_incident() -> None:
    desk = Desk()
    decision = desk.take(a_post("first"))
    assert (decision.reason, told(decision)) == (Reason.OPENED, {"desk": Kind.OPENED})
    assert desk.incident.id == incident_of("the directive")
    assert (desk.incident.status, desk.incident.revision, desk.incident.origins) == (Status.UNCONFIRMED, 1, 1)


def test_an_incident_is_headed_by_the_post_that_opened_it_and_not_by_whatever_its_story_began_with() -> None:
    desk = Desk()
    desk.take(a_post("advert", shock=False, text="We are hiring"), a_post("order", text="An order\nto all"))
    assert desk.incident.headline == "An order to all"
    assert desk.incident.rules == ("policy-shock",)


@pytest.mark.parametrize("tier", [Tier.OFFICIAL, Tier.PROVIDER])
def test_who_decides_or_carries_out_opens_it_as_official(tier: Tier) -> None:
    desk = Desk()
    assert desk.take(a_post(tier=tier)).reason is Reason.OPENED
    assert desk.incident.status is Status.OFFICIAL


def test_a_second_independent_origin_corroborates() -> None:
    desk = Desk()
    decision = desk.take(a_post("first"), a_post("second"))
    assert (decision.reason, told(decision)) == (Reason.UPDATED_CORROBORATED, {"desk": Kind.UPDATED})
    assert (desk.incident.status, desk.incident.revision, desk.incident.origins) == (Status.CORROBORATED, 2, 2)


def test_a_copied_text_counts_as_one_origin() -> None:
    desk = Desk()
    decision = desk.take(a_post("first"), a_post("copy", copy_of="first"), a_post("another copy", copy_of="first"))
    assert decision.reason is Reason.JOINED_SILENTLY
    assert (desk.incident.status, desk.incident.origins) == (Status.UNCONFIRMED, 1)


def test_two_texts_of_one_source_count_as_one_origin() -> None:
    desk = Desk()
    assert desk.take(a_post("first", source="x"), a_post("second", source="x")).reason is Reason.JOINED_SILENTLY
    assert desk.incident.origins == 1


def test_who_has_repeated_others_counts_with_the_first_text_of_their_own() -> None:
    desk = Desk()
    desk.take(a_post("first", source="x"), a_post("repeated", source="y", copy_of="first"))
    assert desk.incident.origins == 1
    decision = desk.take(a_post("own", source="y"))
    assert (decision.reason, desk.incident.origins) == (Reason.UPDATED_CORROBORATED, 2)
    assert desk.take(a_post("own, too", source="y")).independent is False


def test_a_comment_corroborates_nothing() -> None:
    desk = Desk()
    decision = desk.take(a_post("first"), a_post("comment", shock=False, urgency=Urgency.LOW, topics=[Topic.OPINION]))
    assert decision.reason is Reason.JOINED_SILENTLY
    assert (desk.incident.status, desk.incident.origins) == (Status.UNCONFIRMED, 1)


def test_an_official_post_confirms_even_where_it_reads_as_no_shock() -> None:
    desk = Desk()
    decision = desk.take(a_post("first"), a_post("statement", tier=Tier.PROVIDER, shock=False))
    assert (decision.reason, told(decision)) == (Reason.UPDATED_OFFICIAL, {"desk": Kind.UPDATED})
    assert desk.incident.status is Status.OFFICIAL


def test_a_status_never_falls() -> None:
    desk = Desk()
    decision = desk.take(a_post("notice", tier=Tier.OFFICIAL), a_post("press"), a_post("more press"))
    assert decision.reason is Reason.JOINED_SILENTLY
    assert desk.incident.status is Status.OFFICIAL


def test_a_rise_in_urgency_is_told() -> None:
    desk = Desk()
    decision = desk.take(
        a_post("first", urgency=Urgency.HIGH), a_post("worse", copy_of="first", urgency=Urgency.CRITICAL)
    )
    assert (decision.reason, told(decision)) == (Reason.UPDATED_URGENCY, {"desk": Kind.UPDATED})
    assert desk.incident.urgency is Urgency.CRITICAL


def test_a_rise_to_medium_is_not_worth_telling() -> None:
    desk = Desk()
    decision = desk.take(a_post("first", urgency=Urgency.LOW), a_post("more", copy_of="first", urgency=Urgency.MEDIUM))
    assert decision.reason is Reason.JOINED_SILENTLY


def test_two_rules_never_tell_one_receiver_twice() -> None:
    desk = Desk(a_rule_set(a_rule("one"), a_rule("two", topics=["policy"])))
    assert told(desk.take(a_post())) == {"desk": Kind.OPENED}
    assert desk.incident.rules == ("one", "two")


def test_a_rule_that_matches_later_tells_only_the_receiver_that_it_brings() -> None:
    late = a_rule("official-only", send_to=["board", "desk"], topics=["legal"])
    desk = Desk(a_rule_set(a_rule(), late))
    decision = desk.take(a_post("first"), a_post("copy", copy_of="first", topics=[Topic.POLICY, Topic.LEGAL]))
    assert (decision.reason, told(decision)) == (Reason.NEW_RECEIVER, {"board": Kind.OPENED})


def test_a_renamed_rule_tells_nobody() -> None:
    desk = Desk()
    desk.take(a_post("first"))
    desk.rules = a_rule_set(a_rule("renamed"))
    assert desk.take(a_post("copy", copy_of="first")).reason is Reason.JOINED_SILENTLY
    assert desk.incident.rules == ("policy-shock", "renamed")


def test_a_post_that_no_rule_wants_opens_nothing() -> None:
    decision = Desk().take(a_post(shock=False))
    assert (decision.reason, decision.changes) == (Reason.NO_RULE, ())


def test_an_old_post_opens_nothing_and_says_so() -> None:
    decision = Desk().take(a_post(created_at=NOW - timedelta(hours=25)))
    assert (decision.reason, decision.changes) == (Reason.TOO_OLD, ())


def test_an_old_post_changes_nothing_of_an_incident_that_is_there() -> None:
    desk = Desk()
    decision = desk.take(a_post("first"), a_post("old", tier=Tier.OFFICIAL, created_at=NOW - timedelta(hours=25)))
    assert (decision.reason, told(decision)) == (Reason.TOO_OLD, {})
    assert (desk.incident.status, desk.incident.origins) == (Status.UNCONFIRMED, 1)


def test_a_rule_that_waits_for_corroboration_opens_with_the_second_origin() -> None:
    desk = Desk(a_rule_set(a_rule(shock=True, min_origins=2)))
    assert desk.take(a_post("first")).reason is Reason.TOO_FEW_ORIGINS
    assert desk.take(a_post("copy", copy_of="first")).reason is Reason.TOO_FEW_ORIGINS
    assert desk.take(a_post("second")).reason is Reason.OPENED
    assert (desk.incident.status, desk.incident.origins) == (Status.CORROBORATED, 2)


def test_a_lift_moves_the_incident_that_it_ends_and_tells_its_receivers_once() -> None:
    desk = Desk()
    desk.take(a_post("first"))
    decision = desk.take(a_post("lift", story="the lift", ends="the directive"))
    assert decision.reason is Reason.LIFTED
    assert change_of(decision, "the directive").tell == {"desk": Kind.LIFTED}
    assert change_of(decision, "the lift").tell == {}
    assert desk.incident.status is Status.LIFTED
    assert desk.incident.effect
    assert desk.incident.effect.status is EffectStatus.LIFTED
    assert desk.incident.posts[0].id == an_id("lift")


def test_the_lift_opens_its_own_incident_for_whoever_was_not_told_of_it() -> None:
    desk = Desk(a_rule_set(a_rule("us", jurisdiction=["us"]), a_rule("eu", jurisdiction=["eu"], send_to=["brussels"])))
    desk.take(a_post("first", jurisdiction="us"))
    decision = desk.take(a_post("lift", story="the lift", ends="the directive", jurisdiction="eu"))
    assert change_of(decision, "the directive").tell == {"desk": Kind.LIFTED}
    assert change_of(decision, "the lift").tell == {"brussels": Kind.OPENED}


def test_everybody_hears_when_the_lift_is_confirmed() -> None:
    desk = Desk()
    desk.take(a_post("first"), a_post("lift", story="the lift", ends="the directive"))
    decision = desk.take(a_post("notice", story="the lift", ends="the directive", tier=Tier.OFFICIAL))
    assert change_of(decision, "the lift").tell == {"desk": Kind.UPDATED}
    assert desk.told() == [Kind.OPENED, Kind.LIFTED, Kind.UPDATED]


def test_a_comment_lifts_nothing() -> None:
    desk = Desk()
    desk.take(a_post("first"), a_post("call", story="the lift", ends="the directive", shock=False))
    assert desk.incident.status is Status.UNCONFIRMED


def test_an_old_lift_lifts_nothing() -> None:
    desk = Desk()
    old = NOW - timedelta(days=3)
    desk.take(a_post("first"), a_post("lift", story="the lift", ends="the directive", created_at=old))
    assert desk.incident.status is Status.UNCONFIRMED


@pytest.mark.parametrize("status", [Status.LIFTED, Status.RETRACTED])
def test_an_incident_that_has_ended_stays_ended(status: Status) -> None:
    desk = Desk()
    desk.take(a_post("first"))
    desk.leave(status)
    decision = desk.take(a_post("late report", tier=Tier.OFFICIAL))
    assert (decision.reason, desk.incident.status) == (Reason.JOINED_SILENTLY, status)


def test_a_witness_reopens_a_closed_incident() -> None:
    desk = Desk()
    desk.take(a_post("first"))
    desk.leave(Status.CLOSED)
    decision = desk.take(a_post("again"))
    assert (decision.reason, told(decision)) == (Reason.REOPENED, {"desk": Kind.UPDATED})
    assert desk.incident.status is Status.CORROBORATED


def test_a_comment_leaves_a_closed_incident_closed() -> None:
    desk = Desk()
    desk.take(a_post("first"))
    desk.leave(Status.CLOSED)
    assert desk.take(a_post("comment", shock=False)).reason is Reason.JOINED_SILENTLY
    assert desk.incident.status is Status.CLOSED


def test_a_closed_incident_can_still_be_lifted() -> None:
    desk = Desk()
    desk.take(a_post("first"))
    desk.leave(Status.CLOSED)
    desk.take(a_post("lift", story="the lift", ends="the directive"))
    assert desk.incident.status is Status.LIFTED


def test_two_directives_of_one_day_are_two_incidents() -> None:
    desk = Desk()
    desk.take(a_post("first"), a_post("other", story="another directive"))
    assert len({incident.id for incident in desk.casebook.incidents.values()}) == 2


def test_the_post_that_caused_a_revision_stands_first_and_ten_are_shown_at_most() -> None:
    desk = Desk()
    desk.take(*(a_post(f"post {n}", copy_of="post 0") for n in range(15)), a_post("notice", tier=Tier.OFFICIAL))
    assert desk.incident.posts[0].id == an_id("notice")
    assert len(desk.incident.posts) == 10


_posts = st.lists(
    st.builds(
        a_post,
        st.integers(0, 60).map(lambda n: f"post {n}"),
        source=st.sampled_from([f"outlet {n}" for n in range(8)]),
        tier=st.sampled_from(Tier),
        shock=st.booleans(),
        urgency=st.sampled_from(Urgency),
    ),
    max_size=60,
)


@given(_posts)
def test_a_storm_of_any_kind_comes_to_six_revisions_at_most(posts: list[PostStored]) -> None:
    desk = Desk(a_rule_set(a_rule("shocks"), a_rule("policy", topics=["policy"], urgency_at_least="low")))
    for post in posts:
        desk.take(post)
    desk.take(a_post("lift", story="the lift", ends="the directive"))
    assert len(desk.told()) <= 6
    assert desk.told()[:1] in ([], [Kind.OPENED])


@given(_posts)
def test_a_post_that_is_called_plain_never_opens_or_moves_an_incident(posts: list[PostStored]) -> None:
    rules = a_rule_set()
    for post in posts:
        decision = plain(rules, post, NOW)
        if decision is not None:
            assert decision == Desk(rules).take(post)
            assert not decision.changes
