"""The tables of schema `store`.

    post_keys        one narrow row a post, whatever its day: what makes an id unique over all partitions
    posts            the posts as they are now, one partition a UTC day of `accepted_at`; noise leaves most columns null
    post_revisions   every later acceptance of a known id, with its content where that differs from the first
    stories          what is known of each story; `state` is all that another replica needs to go on with it
    story_texts      the independent texts of stories, by which copies are known; written once, unlike a story's state
    canaries         canaries that came by, for a day; they are no posts
    story_corrections what was merged and split by hand, and by whom; an outbox until it has been told
    shock_tellings   which source told which shock, and when: copies of what posts say, kept longer than they are
    source_volumes   how many posts that are no shocks each source had on a day; a day without rows is not counted yet
    dead_letters     what no service could handle, with its bytes and the reason
    v_posts          the contract view for notify: relevant posts as `PostStored` JSON

The accepted ledger of a minute equals the keys of that minute and the revisions of that minute, in whatever order they
came. What a post is now follows from its acceptance with the latest `accepted_at`, likewise.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

SCHEMA: Final = "store"

metadata: Final = MetaData(schema=SCHEMA)

_Moment: Final = DateTime(timezone=True)

post_keys: Final = Table(
    "post_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("accepted_at", _Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

posts: Final = Table(
    "posts",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("accepted_at", _Moment, nullable=False),
    Column("stored_at", _Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("native_id", Text),
    Column("url", Text),
    Column("author", Text),
    Column("lang", Text),
    Column("source_kind", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("created_at", _Moment),
    Column("text", Text, nullable=False),
    Column("judgement", JSON, nullable=False, comment="the whole Classification"),
    Column("urgency", SmallInteger, nullable=False, comment="rank: 0 low to 3 critical"),
    Column("shock", Boolean, nullable=False),
    Column("topics", ARRAY(Text), comment="null for a post that is not about our field"),
    Column("story_id", Uuid),
    Column("story", JSON, comment="StoryRef as it was told"),
    Column("origin", Uuid),
    Column("search", TSVECTOR),
    Column("current_at", _Moment, comment="accepted_at of the revision that is shown, if it is not the first"),
    Column("first", JSON, comment="what was first accepted, once a revision has taken its place"),
    PrimaryKeyConstraint("accepted_at", "id"),
    postgresql_partition_by="RANGE (accepted_at)",
)

post_revisions: Final = Table(
    "post_revisions",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("accepted_at", _Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("post", JSON, comment="the whole post, where its content differs from the first"),
    Column("judgement", JSON),
    PrimaryKeyConstraint("id", "accepted_at"),
)

STORY_TURNS: Final = Sequence("story_turns", schema=SCHEMA)
"""Drawn under the story lock, so a story with a higher turn was always committed later."""

stories: Final = Table(
    "stories",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("turn", BigInteger, nullable=False),
    Column("headline", Text, nullable=False),
    Column("first_seen", _Moment, nullable=False),
    Column("last_seen", _Moment, nullable=False),
    Column("touched", _Moment, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("origins", Integer, nullable=False),
    Column("shock", Boolean, nullable=False),
    Column("lifts", Boolean, nullable=False),
    Column("ends", Uuid),
    Column("entities", JSON, nullable=False),
    Column("state", JSON, nullable=False),
    Column("merged_into", Uuid, comment="the story that goes on in its place, by a correction"),
)

story_texts: Final = Table(
    "story_texts",
    metadata,
    Column("id", Uuid, primary_key=True, comment="the first post with the text"),
    Column("story_id", Uuid, nullable=False),
    Column("turn", BigInteger, nullable=False),
    Column("number", Integer, nullable=False, comment="how many texts the story had before it"),
    Column("exact", Text, nullable=False, comment="hash over all words"),
    Column("sample", LargeBinary, nullable=False, comment="its smallest shingle hashes, 4 bytes each"),
    Column("names", Text, nullable=False, comment="its names and numbers, between spaces"),
    Column("written_at", _Moment, nullable=False),
)

story_corrections: Final = Table(
    "story_corrections",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False, comment="merge or split"),
    Column("story_id", Uuid, nullable=False, comment="the story that posts were moved out of"),
    Column("other_id", Uuid, nullable=False, comment="the story that they were moved into"),
    Column("posts", ARRAY(Uuid), nullable=False),
    Column("made_at", _Moment, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("told_at", _Moment, comment="when the posts were published again; null until then"),
)

shock_tellings: Final = Table(
    "shock_tellings",
    metadata,
    Column("origin", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("story_id", Uuid, nullable=False),
    Column("at", _Moment, nullable=False, comment="accepted_at of the first post"),
    Column("urgency", SmallInteger, nullable=False),
    Column("tier", Text, nullable=False),
    Column("jurisdiction", Text),
    Column("action", Text),
    PrimaryKeyConstraint("origin", "source"),
)

source_volumes: Final = Table(
    "source_volumes",
    metadata,
    Column("day", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("posts", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "source"),
)

dead_letters: Final = Table(
    "dead_letters",
    metadata,
    Column("stream", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("died_at", _Moment, nullable=False),
    Column("post_id", Text, comment="as it was written; not always a UUID"),
    Column("origin", Text, comment="key of the lane it came from"),
    Column("event", Text),
    Column("error", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("stream", "entry"),
)

canaries: Final = Table(
    "canaries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("accepted_at", _Moment, nullable=False),
    Column("stored_at", _Moment, nullable=False),
)
