"""Incidents, what was decided about posts, and deliveries."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE notify.incidents (
        id uuid PRIMARY KEY,
        story_id uuid NOT NULL UNIQUE,
        status text NOT NULL,
        urgency text NOT NULL,
        revision integer NOT NULL,
        headline text NOT NULL,
        topics text[] NOT NULL,
        effect jsonb,
        rules text[] NOT NULL,
        receivers text[] NOT NULL,
        origins integer NOT NULL,
        posts jsonb NOT NULL,
        first_seen timestamptz NOT NULL,
        opened_at timestamptz NOT NULL,
        last_post_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX incidents_by_opening ON notify.incidents (opened_at, id)",
    "CREATE INDEX incidents_by_last_post ON notify.incidents (last_post_at)",
    """
    CREATE TABLE notify.revisions (
        incident_id uuid NOT NULL REFERENCES notify.incidents ON DELETE CASCADE,
        revision integer NOT NULL,
        reason text NOT NULL,
        post_id uuid,
        tell jsonb NOT NULL DEFAULT '{}',
        data jsonb NOT NULL,
        decided_at timestamptz NOT NULL,
        PRIMARY KEY (incident_id, revision)
    )
    """,
    """
    CREATE TABLE notify.decisions (
        post_id uuid PRIMARY KEY,
        story_id uuid NOT NULL,
        incident_id uuid REFERENCES notify.incidents ON DELETE CASCADE,
        reason text NOT NULL,
        verdicts jsonb NOT NULL,
        witness boolean NOT NULL,
        independent boolean NOT NULL,
        origin uuid NOT NULL,
        source text NOT NULL,
        decided_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX decisions_of_incident ON notify.decisions (incident_id) WHERE incident_id IS NOT NULL",
    "CREATE INDEX decisions_of_witnesses ON notify.decisions (story_id) WHERE witness",
    "CREATE INDEX decisions_by_time ON notify.decisions USING brin (decided_at)",
    """
    CREATE TABLE notify.deliveries (
        incident_id uuid NOT NULL,
        receiver text NOT NULL,
        revision integer NOT NULL,
        id uuid NOT NULL UNIQUE,
        kind text NOT NULL,
        state text NOT NULL,
        due_at timestamptz NOT NULL,
        attempt integer NOT NULL DEFAULT 0,
        lease uuid,
        body bytea,
        created_at timestamptz NOT NULL,
        first_attempt_at timestamptz,
        finished_at timestamptz,
        last_error text,
        PRIMARY KEY (incident_id, receiver, revision),
        FOREIGN KEY (incident_id, revision) REFERENCES notify.revisions ON DELETE CASCADE
    )
    """,
    "CREATE INDEX deliveries_due ON notify.deliveries (receiver, due_at) WHERE state IN ('pending', 'in_flight')",
    "CREATE INDEX deliveries_by_creation ON notify.deliveries (created_at, id)",
    """
    CREATE TABLE notify.attempts (
        delivery_id uuid NOT NULL REFERENCES notify.deliveries (id) ON DELETE CASCADE,
        attempt integer NOT NULL,
        started_at timestamptz NOT NULL,
        milliseconds bigint NOT NULL,
        status integer,
        outcome text NOT NULL,
        error text,
        PRIMARY KEY (delivery_id, attempt)
    )
    """,
    "CREATE TABLE notify.receivers (name text PRIMARY KEY, url_hash text NOT NULL, suspended_at timestamptz)",
)


def upgrade() -> None:
    """Make everything."""
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Drop everything."""
    for table in ("receivers", "attempts", "deliveries", "decisions", "revisions", "incidents"):
        op.execute(f"DROP TABLE notify.{table}")
