"""What a post does to the incident of its story: a pure decision with a named reason.

- A post that some rule wants, apart from how many origins the rule asks for, is a **witness**. Witnesses alone open an
  incident, corroborate it and raise its urgency; other posts of the story (comments, reactions) are silent members.
  Only a post of who decides or carries out (tier `official` or `provider`) confirms without being a witness.
- How firm an incident is, and what moves it, is the table of `standing.py`.
- A receiver is told when the incident opens, when it is corroborated or official, when its urgency rises to high or
  critical, when it is reopened or lifted, and when a rule newly matching brings that receiver in. Nothing else is sent,
  so that a storm of any size comes to six revisions at most.
- Posts that are too old join in silence and change nothing: they tell of what was, whatever the feed's reason to bring
  them now.
- A story that ends another moves the other's incident to `lifted`, which tells everybody who was told of that one. A
  relaxation is a shock, so it opens an incident of its own too; but who was just told of the lift is not told of the
  same thing twice: they hear of the new incident only once it moves on (corroborated, official).
- A post that was moved here from another story is as old as it was when it was first decided, and what it opens
  continues the incident that it left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from foreshock_notify.domain.case import Case, Change, Decision, Incident
from foreshock_notify.domain.notification import POST_LIMIT, Kind, PostRef, Status, incident_id
from foreshock_notify.domain.rules import Facts, Match, Miss, NoMatch, RuleSet, Verdict, older_than
from foreshock_notify.domain.standing import CONFIRMING, ENDED, OVER, Event, Reason, advance, event_of
from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import EffectStatus, Urgency
from foreshock_shared.contracts.post import headline

_TOPIC_LIMIT: Final = 4

_NEARLY: Final = (
    (Miss.TOO_FEW_ORIGINS, Reason.TOO_FEW_ORIGINS),
    (Miss.TOO_OLD, Reason.TOO_OLD),
)
"""What a post may have missed when everything else held: worth more to know than that no rule matched."""


def is_witness(verdicts: tuple[Verdict, ...]) -> bool:
    """Whether a post reports what some rule wants, however few have reported it so far."""
    return any(isinstance(v, Match) or (isinstance(v, NoMatch) and v.reason is Miss.TOO_FEW_ORIGINS) for v in verdicts)


def decide(rules: RuleSet, case: Case, post: PostStored, now: datetime) -> Decision:
    """What a post does to the incident of its story, and to the incident of the story that its own one ends."""
    as_of = case.known_at or now
    witness = is_witness(rules.judge(Facts.of(post, 0), as_of, case.tally))
    heard = case.witnesses.including(post.origin, post.source) if witness else case.witnesses
    verdicts = rules.judge(Facts.of(post, heard.count), as_of, case.tally)
    lift = _lift(rules, case.ended, post, witness, as_of)
    news = _News(rules, post, verdicts, witness, heard.count, now, as_of, case.left)
    own = news.open(told=lift.tell if lift else {}) if case.incident is None else news.join(case.incident)
    changes = tuple(change for change in (lift, own) if change is not None)
    plain = untold(post, verdicts)
    return replace(
        plain,
        reason=changes[0].reason if changes else plain.reason,
        witness=witness,
        independent=heard.count > case.witnesses.count,
        changes=changes,
    )


def untold(post: PostStored, verdicts: tuple[Verdict, ...]) -> Decision:
    """The decision on a post of a story without an incident, when it opens none."""
    missed = {verdict.reason for verdict in verdicts if isinstance(verdict, NoMatch)}
    reason = next((told for miss, told in _NEARLY if miss in missed), Reason.NO_RULE)
    return Decision(post=post, reason=reason, verdicts=verdicts)


@dataclass(frozen=True, slots=True)
class _News:
    """A post, judged, on its way to the incident of its own story."""

    rules: RuleSet
    post: PostStored
    verdicts: tuple[Verdict, ...]
    witness: bool
    origins: int
    now: datetime
    as_of: datetime
    left: Incident | None

    def open(self, told: Mapping[str, Kind]) -> Change | None:
        """A new incident if a rule matched. Who has just been `told` of the lift is not told of it again."""
        matched = self._matched()
        if not matched:
            return None
        incident = opened(self.rules, self.post, matched, self.origins, self.now)
        status, _ = advance(Status.UNCONFIRMED, self._event())
        incident = replace(incident, status=status)
        if self.left is not None:
            incident = replace(incident, opened_at=self.left.opened_at, acknowledged=self.left.acknowledged)
        tell = {receiver: Kind.OPENED for receiver in incident.receivers if receiver not in told}
        return Change(incident, Reason.OPENED, tell, revised=True, continues=self._continues())

    def join(self, incident: Incident) -> Change:
        """The incident with this post in it; revised only where that is worth telling."""
        if older_than(self.post.created_at, self.rules.max_age(incident.rules), self.as_of):
            return Change(incident, Reason.TOO_OLD)
        rules = tuple(dict.fromkeys((*incident.rules, *self._matched())))
        receivers = tuple(dict.fromkeys((*incident.receivers, *_receivers(self.rules, rules))))
        status, moved = advance(incident.status, self._event())
        joined = replace(
            incident,
            rules=rules,
            receivers=receivers,
            origins=self.origins,
            last_post_at=self.now,
            merged_into=None if moved else incident.merged_into,
            **self._adds(incident, status),
        )
        reason = moved or self._reason(incident, joined)
        if reason is Reason.JOINED_SILENTLY:
            listed = _listed(incident, self.post, last=True, add=self.witness)
            return Change(replace(joined, posts=listed), reason, before=incident)
        newcomers = {receiver: Kind.OPENED for receiver in receivers if receiver not in incident.receivers}
        everybody = dict.fromkeys(receivers, Kind.UPDATED) | newcomers
        revised = replace(joined, revision=incident.revision + 1, posts=_listed(incident, self.post))
        tell = newcomers if reason is Reason.NEW_RECEIVER else everybody
        return Change(revised, reason, tell, revised=True, before=incident, continues=self._continues())

    def _adds(self, incident: Incident, status: Status) -> dict[str, Any]:
        """What the post adds to status, urgency, topics and effect. An incident that has ended stays as it is."""
        if incident.status in ENDED or self._event() is None:
            return {}
        judged = self.post.classification
        added: dict[str, Any] = {"status": status}
        if self.witness:
            topics = dict.fromkeys((*incident.topics, *(topic.name for topic in judged.topics)))
            added["topics"] = tuple(topics)[:_TOPIC_LIMIT]
            added["urgency"] = max(incident.urgency, judged.urgency, key=lambda urgency: urgency.rank)
        if judged.effect is not None and (incident.effect is None or status is not incident.status):
            added["effect"] = judged.effect
        return added

    def _reason(self, before: Incident, after: Incident) -> Reason:
        if after.urgency.rank > max(before.urgency.rank, Urgency.MEDIUM.rank):
            return Reason.UPDATED_URGENCY
        newcomers = set(after.receivers) - set(before.receivers)
        return Reason.NEW_RECEIVER if newcomers and after.status not in OVER else Reason.JOINED_SILENTLY

    def _continues(self) -> UUID | None:
        return None if self.left is None else self.left.id

    def _event(self) -> Event | None:
        return event_of(self.post.tier, self.origins, witness=self.witness)

    def _matched(self) -> tuple[str, ...]:
        judged = zip(self.rules.rules, self.verdicts, strict=True)
        return tuple(rule.name for rule, verdict in judged if isinstance(verdict, Match))


def opened(rules: RuleSet, post: PostStored, matched: tuple[str, ...], origins: int, now: datetime) -> Incident:
    """The incident that a post opens for the rules that it matched, headed by what that post says: its story may have
    been opened by one that says less.
    """
    judged, story = post.classification, post.story
    return Incident(
        id=incident_id(story),
        story_id=story.id,
        status=Status.UNCONFIRMED,
        urgency=judged.urgency,
        revision=1,
        headline=headline(post.excerpt),
        topics=tuple(topic.name for topic in judged.topics),
        effect=judged.effect,
        rules=matched,
        receivers=_receivers(rules, matched),
        origins=origins,
        posts=(PostRef.of(post),),
        first_seen=story.first_seen,
        opened_at=now,
        last_post_at=now,
    )


def _receivers(rules: RuleSet, names: tuple[str, ...]) -> tuple[str, ...]:
    wanted = (receiver for rule in rules.rules if rule.name in names for receiver in rule.receivers)
    return tuple(dict.fromkeys(wanted))


def _lift(rules: RuleSet, ended: Incident | None, post: PostStored, witness: bool, now: datetime) -> Change | None:
    """The incident that this post's story ends, lifted: once, and only on the word of a post that itself counts."""
    if ended is None:
        return None
    counts = witness or post.classification.shock or post.tier in CONFIRMING
    status, reason = advance(ended.status, Event.LIFTED)
    if reason is None or not counts or older_than(post.created_at, rules.max_age(ended.rules), now):
        return None
    lifted = replace(
        ended,
        status=status,
        revision=ended.revision + 1,
        effect=ended.effect and ended.effect.model_copy(update={"status": EffectStatus.LIFTED}),
        posts=_listed(ended, post),
        last_post_at=now,
    )
    return Change(lifted, reason, dict.fromkeys(ended.receivers, Kind.LIFTED), revised=True, before=ended)


def _listed(incident: Incident, post: PostStored, *, last: bool = False, add: bool = True) -> tuple[PostRef, ...]:
    """The posts to show: what caused a revision stands first, other witnesses stand last, as long as there is room."""
    others = tuple(ref for ref in incident.posts if ref.id != post.id)
    if not add:
        return incident.posts
    listed = (*others, PostRef.of(post)) if last else (PostRef.of(post), *others)
    return listed[:POST_LIMIT]
