"""Tellings that are held, collected or suppressed; silences; counts of bursts; posts that move."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STEPS = (
    "ALTER TABLE notify.incidents ADD COLUMN acknowledged jsonb, ADD COLUMN merged_into uuid",
    "ALTER TABLE notify.revisions ADD COLUMN facts jsonb, ADD COLUMN continues uuid",
    """
    ALTER TABLE notify.decisions
        ADD COLUMN moves integer NOT NULL DEFAULT 0, ADD COLUMN accepted_at timestamptz, ADD COLUMN content bytea
    """,
    """
    ALTER TABLE notify.deliveries
        DROP CONSTRAINT deliveries_pkey,
        ALTER COLUMN incident_id DROP NOT NULL,
        ALTER COLUMN revision DROP NOT NULL,
        ADD COLUMN held text,
        ADD COLUMN rule text,
        ADD COLUMN digest_id uuid
    """,
    """
    ALTER TABLE notify.deliveries
        ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id),
        ADD CONSTRAINT deliveries_once UNIQUE (incident_id, receiver, revision)
    """,
    "ALTER TABLE notify.attempts DROP CONSTRAINT attempts_delivery_id_fkey",
    "ALTER TABLE notify.deliveries DROP CONSTRAINT deliveries_id_key",
    """
    ALTER TABLE notify.attempts ADD CONSTRAINT attempts_delivery_id_fkey
        FOREIGN KEY (delivery_id) REFERENCES notify.deliveries (id) ON DELETE CASCADE
    """,
    "CREATE INDEX deliveries_told ON notify.deliveries (receiver, first_attempt_at) WHERE first_attempt_at IS NOT NULL",
    "CREATE INDEX deliveries_of_digest ON notify.deliveries (digest_id) WHERE digest_id IS NOT NULL",
    """
    CREATE TABLE notify.counts (
        subject text NOT NULL,
        bucket timestamptz NOT NULL,
        posts integer NOT NULL,
        PRIMARY KEY (subject, bucket)
    )
    """,
    "CREATE INDEX counts_by_bucket ON notify.counts USING brin (bucket)",
    """
    CREATE TABLE notify.silences (
        id uuid PRIMARY KEY,
        "when" jsonb,
        rules text[] NOT NULL,
        receivers text[] NOT NULL,
        reason text NOT NULL,
        by text NOT NULL,
        created_at timestamptz NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        ended_by text
    )
    """,
    "CREATE INDEX silences_by_end ON notify.silences (ends_at)",
)


def upgrade() -> None:
    """Add everything."""
    for statement in _STEPS:
        op.execute(statement)


def downgrade() -> None:
    """Drop everything; digests and what waits for one go with it."""
    for statement in (
        "DROP TABLE notify.silences, notify.counts",
        "DELETE FROM notify.deliveries WHERE incident_id IS NULL OR state IN ('collected', 'suppressed')",
        "DROP INDEX notify.deliveries_told",
        "ALTER TABLE notify.attempts DROP CONSTRAINT attempts_delivery_id_fkey",
        """
        ALTER TABLE notify.deliveries
            DROP CONSTRAINT deliveries_pkey, DROP CONSTRAINT deliveries_once,
            DROP COLUMN held, DROP COLUMN rule, DROP COLUMN digest_id,
            ADD CONSTRAINT deliveries_id_key UNIQUE (id),
            ADD CONSTRAINT deliveries_pkey PRIMARY KEY (incident_id, receiver, revision)
        """,
        """
        ALTER TABLE notify.attempts ADD CONSTRAINT attempts_delivery_id_fkey
            FOREIGN KEY (delivery_id) REFERENCES notify.deliveries (id) ON DELETE CASCADE
        """,
        "ALTER TABLE notify.decisions DROP COLUMN moves, DROP COLUMN accepted_at, DROP COLUMN content",
        "ALTER TABLE notify.revisions DROP COLUMN facts, DROP COLUMN continues",
        "ALTER TABLE notify.incidents DROP COLUMN acknowledged, DROP COLUMN merged_into",
    ):
        op.execute(statement)
