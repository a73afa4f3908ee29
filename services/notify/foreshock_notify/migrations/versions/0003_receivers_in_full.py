"""How receivers have been doing, and what to remember of messages."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the breaker of each receiver, and the table of messages."""
    op.execute(
        """
        ALTER TABLE notify.receivers
            ADD COLUMN failures integer NOT NULL DEFAULT 0,
            ADD COLUMN openings integer NOT NULL DEFAULT 0,
            ADD COLUMN probing boolean NOT NULL DEFAULT false,
            ADD COLUMN resume_at timestamptz
        """
    )
    op.execute(
        """
        CREATE TABLE notify.messages (
            receiver text NOT NULL,
            incident_id uuid NOT NULL REFERENCES notify.incidents ON DELETE CASCADE,
            handle jsonb NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (receiver, incident_id)
        )
        """
    )
    op.execute("CREATE INDEX messages_of_incident ON notify.messages (incident_id)")


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP TABLE notify.messages")
    op.execute(
        """
        ALTER TABLE notify.receivers
            DROP COLUMN failures, DROP COLUMN openings, DROP COLUMN probing, DROP COLUMN resume_at
        """
    )
