"""The tables of the schema `notify`: the truth of what was decided and of who was told what.

    incidents    one a story that a rule has matched, as it stands now
    revisions    each change of an incident that was worth telling, with the data as it was then
    decisions    one a post: what it came to and what every rule said; members of an incident point to it
    deliveries   one a telling (incident, receiver, revision), from written to delivered; its `id` is the webhook-id.
                 A digest is one too, of no incident; what it tells points to it
    attempts     one a try of a delivery
    receivers    who has been suspended, and how each has been doing (its breaker)
    messages     what to remember of the message that a receiver has of an incident, such as its name there
    silences     what somebody wants not to hear of, and until when
    counts       posts by subject in buckets of ten minutes, for bursts
    canaries     of each tier, the latest canary that has come through

The migrations build them; a test holds this description and the migrated database together.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

SCHEMA: Final = "notify"

metadata: Final = MetaData(schema=SCHEMA)
_MOMENT: Final = DateTime(timezone=True)

incidents: Final = Table(
    "incidents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("story_id", Uuid, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("headline", Text, nullable=False),
    Column("topics", ARRAY(Text), nullable=False),
    Column("effect", JSONB),
    Column("rules", ARRAY(Text), nullable=False),
    Column("receivers", ARRAY(Text), nullable=False),
    Column("origins", Integer, nullable=False),
    Column("posts", JSONB, nullable=False),
    Column("first_seen", _MOMENT, nullable=False),
    Column("opened_at", _MOMENT, nullable=False),
    Column("last_post_at", _MOMENT, nullable=False),
    Column("acknowledged", JSONB),
    Column("merged_into", Uuid),
)
Index("incidents_by_opening", incidents.c.opened_at, incidents.c.id)
Index("incidents_by_last_post", incidents.c.last_post_at)

revisions: Final = Table(
    "revisions",
    metadata,
    Column("incident_id", ForeignKey(incidents.c.id, ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("post_id", Uuid),
    Column("tell", JSONB, nullable=False, server_default=text("'{}'")),
    Column("data", JSONB, nullable=False),
    Column("decided_at", _MOMENT, nullable=False),
    Column("facts", JSONB),
    Column("continues", Uuid),
    Column("traceparent", Text),
)

decisions: Final = Table(
    "decisions",
    metadata,
    Column("post_id", Uuid, primary_key=True),
    Column("story_id", Uuid, nullable=False),
    Column("incident_id", ForeignKey(incidents.c.id, ondelete="CASCADE")),
    Column("reason", Text, nullable=False),
    Column("verdicts", JSONB, nullable=False),
    Column("witness", Boolean, nullable=False),
    Column("independent", Boolean, nullable=False),
    Column("origin", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("decided_at", _MOMENT, nullable=False),
    Column("moves", Integer, nullable=False, server_default=text("0")),
    Column("accepted_at", _MOMENT),
    Column("content", LargeBinary),
)
Index("decisions_of_incident", decisions.c.incident_id, postgresql_where=text("incident_id IS NOT NULL"))
Index("decisions_of_witnesses", decisions.c.story_id, postgresql_where=text("witness"))
Index("decisions_by_time", decisions.c.decided_at, postgresql_using="brin")

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("incident_id", Uuid),
    Column("receiver", Text, nullable=False),
    Column("revision", Integer),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", _MOMENT, nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("lease", Uuid),
    Column("body", LargeBinary),
    Column("created_at", _MOMENT, nullable=False),
    Column("first_attempt_at", _MOMENT),
    Column("finished_at", _MOMENT),
    Column("last_error", Text),
    Column("held", Text),
    Column("rule", Text),
    Column("digest_id", Uuid),
    UniqueConstraint("incident_id", "receiver", "revision", name="deliveries_once"),
    ForeignKeyConstraint(
        ["incident_id", "revision"], [revisions.c.incident_id, revisions.c.revision], ondelete="CASCADE"
    ),
)
Index(
    "deliveries_due",
    deliveries.c.receiver,
    deliveries.c.due_at,
    postgresql_where=text("state IN ('pending', 'in_flight')"),
)
Index("deliveries_by_creation", deliveries.c.created_at, deliveries.c.id)

Index(
    "deliveries_told",
    deliveries.c.receiver,
    deliveries.c.first_attempt_at,
    postgresql_where=text("first_attempt_at IS NOT NULL"),
)
Index("deliveries_of_digest", deliveries.c.digest_id, postgresql_where=text("digest_id IS NOT NULL"))

attempts: Final = Table(
    "attempts",
    metadata,
    Column("delivery_id", ForeignKey(deliveries.c.id, ondelete="CASCADE"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("started_at", _MOMENT, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Column("status", Integer),
    Column("outcome", Text, nullable=False),
    Column("error", Text),
)

receivers: Final = Table(
    "receivers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("url_hash", Text, nullable=False),
    Column("suspended_at", _MOMENT),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("openings", Integer, nullable=False, server_default=text("0")),
    Column("probing", Boolean, nullable=False, server_default=text("false")),
    Column("resume_at", _MOMENT),
)

canaries: Final = Table(
    "canaries",
    metadata,
    Column("tier", Text, primary_key=True),
    Column("accepted_at", _MOMENT, nullable=False),
    Column("seen_at", _MOMENT, nullable=False),
)
messages: Final = Table(
    "messages",
    metadata,
    Column("receiver", Text, primary_key=True),
    Column("incident_id", ForeignKey(incidents.c.id, ondelete="CASCADE"), primary_key=True),
    Column("handle", JSONB, nullable=False),
    Column("updated_at", _MOMENT, nullable=False),
)
Index("messages_of_incident", messages.c.incident_id)
silences: Final = Table(
    "silences",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("when", JSONB),
    Column("rules", ARRAY(Text), nullable=False),
    Column("receivers", ARRAY(Text), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("starts_at", _MOMENT, nullable=False),
    Column("ends_at", _MOMENT, nullable=False),
    Column("ended_by", Text),
)
Index("silences_by_end", silences.c.ends_at)

counts: Final = Table(
    "counts",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("bucket", _MOMENT, primary_key=True),
    Column("posts", Integer, nullable=False),
)
Index("counts_by_bucket", counts.c.bucket, postgresql_using="brin")
