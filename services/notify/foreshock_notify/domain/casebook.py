"""A batch of posts, decided one after the other: what one post has changed is known to the next.

The casebook is filled with what is stored of the stories concerned, under their locks; it decides, keeps what it
decided, and reads and writes nothing.

- A post is decided once. It is decided again when a correction has moved it to another story or changed what that one
  ends (`story.moves` has grown), and when it says something else now. An event that tells of what was so before changes
  nothing: it has fewer moves, or what it says was accepted earlier.
- A post that moves leaves its story's witnesses, which are counted anew. When the last member of an incident has moved
  to the story of another, the incident is merged into that one.
- Every post is counted for bursts when it is first decided; what bursts makes an incident of its own.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from foreshock_notify.domain import burst
from foreshock_notify.domain.burst import UNCOUNTED, Tally
from foreshock_notify.domain.case import Case, Change, Decision, Incident, Member, Witnesses, recount
from foreshock_notify.domain.incident import decide, is_witness, opened, untold
from foreshock_notify.domain.notification import Kind
from foreshock_notify.domain.rules import Bursting, Facts, RuleSet
from foreshock_notify.domain.standing import CONFIRMING, Event, Reason, advance
from foreshock_shared.contracts.events import PostStored


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a post that was decided before."""

    story_id: UUID
    moves: int
    said_at: datetime | None
    content: bytes | None
    decided_at: datetime


@dataclass(slots=True)
class Casebook:
    """Incidents, witnesses and members by story, posts by id, and what was counted."""

    incidents: dict[UUID, Incident] = field(default_factory=dict)
    witnesses: dict[UUID, Witnesses] = field(default_factory=dict)
    entries: dict[UUID, Entry] = field(default_factory=dict)
    members: dict[UUID, list[Member]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    left: set[UUID] = field(default_factory=set)
    """Stories that a post has left, if only to come back with another text."""

    def decide(self, rules: RuleSet, posts: Iterable[PostStored], now: datetime) -> list[Decision]:
        """Decide posts in their order; what was decided before, and is as it was, is left out."""
        decided = (self._decide(rules, post, now) for post in posts)
        return [decision for decision in decided if decision is not None]

    def _decide(self, rules: RuleSet, post: PostStored, now: datetime) -> Decision | None:
        entry = self.entries.get(post.id)
        if entry is not None and not is_news(entry, post):
            self.entries[post.id] = _as_of_the_later(entry, post)
            return None
        if entry is None:
            count(self.tally, post, now)
        moved_from = entry.story_id if entry is not None and entry.story_id != post.story.id else None
        if entry is not None:
            self._leave(post, entry.story_id)
        story, ends = post.story.id, post.story.ends
        case = Case(
            self.incidents.get(story),
            None if ends is None else self.incidents.get(ends),
            self.witnesses.get(story, Witnesses()),
            None if moved_from is None else self.incidents.get(moved_from),
            entry.decided_at if entry is not None and moved_from is not None else None,
            self.tally,
        )
        decision = decide(rules, case, post, now)
        if decision.witness:
            self.witnesses[story] = case.witnesses.including(post.origin, post.source)
        changes = [*decision.changes, *self._bursts(rules, decision, now)]
        for change in changes:
            self.incidents[change.incident.story_id] = change.incident
        if case.left is not None and (left := self._left(case.left, post)) is not None:
            self.incidents[case.left.story_id] = left.incident
            changes.append(left)
        self._enter(decision, now if entry is None else entry.decided_at)
        reason = changes[0].reason if changes and not decision.changes else decision.reason
        return replace(decision, reason=reason, changes=tuple(changes), again=entry is not None)

    def recounted(self) -> list[list[Member]]:
        """The members of each story that a post has left, in the order in which they count."""
        return [self.members[story] for story in self.left]

    def _enter(self, decision: Decision, decided_at: datetime) -> None:
        post = decision.post
        self.entries[post.id] = Entry(post.story.id, post.story.moves, post.said_at, content(post), decided_at)
        member = Member(post.id, post.origin, post.source, decision.witness, decision.own is not None)
        self.members.setdefault(post.story.id, []).append(member)

    def _leave(self, post: PostStored, story: UUID) -> None:
        """Take a post out of the story that it was decided in."""
        stay = [member for member in self.members.get(story, []) if member.post != post.id]
        self.members[story] = stay
        self.left.add(story)
        self.witnesses[story], _ = recount(stay)

    def _left(self, left: Incident, post: PostStored) -> Change | None:
        """What becomes of the incident that a post has moved out of."""
        into = self.incidents.get(post.story.id)
        origins = self.witnesses[left.story_id].count
        emptied = not any(member.of_incident for member in self.members[left.story_id])
        status, reason = advance(left.status, Event.MERGED)
        if emptied and into is not None and reason is not None:
            merged = replace(left, status=status, revision=left.revision + 1, merged_into=into.id)
            return Change(merged, reason, dict.fromkeys(left.receivers, Kind.UPDATED), revised=True, before=left)
        if origins == left.origins:
            return None
        return Change(replace(left, origins=origins), Reason.MOVED_AWAY, before=left)

    def _bursts(self, rules: RuleSet, decision: Decision, now: datetime) -> Iterable[Change]:
        """An incident for each subject that this post shows to be bursting, unless there is one today."""
        for rule, verdict in zip(rules.rules, decision.verdicts, strict=True):
            if not isinstance(verdict, Bursting) or rule.when.burst is None:
                continue
            for subject in verdict.subjects:
                story = burst.story_of(rule.name, rule.when.burst, subject, self.tally, now)
                if story.id in self.incidents:
                    continue
                post = decision.post.model_copy(update={"story": story})
                heard = self.tally.of(rule.when.burst.span, subject).recent
                incident = replace(opened(rules, post, (rule.name,), heard, now), headline=story.headline)
                yield Change(incident, Reason.BURST, dict.fromkeys(incident.receivers, Kind.OPENED), revised=True)


def is_news(entry: Entry, post: PostStored) -> bool:
    """Whether a post that was decided before must be decided again."""
    if post.story.moves < entry.moves or (entry.said_at is not None and post.said_at < entry.said_at):
        return False
    if post.story.id != entry.story_id:
        return post.story.moves > entry.moves
    if entry.content is None or entry.said_at is None:
        return False
    return content(post) != entry.content


def _as_of_the_later(entry: Entry, post: PostStored) -> Entry:
    """An entry that remembers how late a word on its post it has heard, though that said nothing new."""
    said_at = post.said_at if entry.said_at is None else max(entry.said_at, post.said_at)
    return replace(entry, moves=max(entry.moves, post.story.moves), said_at=said_at)


def content(post: PostStored) -> bytes:
    """A digest of what a post says, was judged to say and puts an end to: the same for a redelivery."""
    judged = post.classification
    said = [post.excerpt, str(judged.shock), judged.urgency.value, *sorted(topic.name.value for topic in judged.topics)]
    if post.story.ends is not None:
        said.append(str(post.story.ends))
    return hashlib.blake2b("\x1f".join(said).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def count(tally: Tally, post: PostStored, now: datetime) -> None:
    """Count a post, unless it is a copy."""
    if tally.spans and post.origin == post.id:
        tally.add(set(Facts.of(post, 0).subjects.values()), post.accepted_at, now)


def plain(rules: RuleSet, post: PostStored, now: datetime, tally: Tally = UNCOUNTED) -> Decision | None:
    """The decision on a post that can neither open nor move an incident by itself; None where it might.

    Most posts are plain. Unless their story has an incident, they need no lock and no look at what is stored.
    """
    if post.tier in CONFIRMING or post.story.ends is not None:
        return None
    verdicts = rules.judge(Facts.of(post, 0), now, tally)
    if is_witness(verdicts) or any(isinstance(verdict, Bursting) for verdict in verdicts):
        return None
    return untold(post, verdicts)
