"""Of each tier, the latest canary that has come through."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute(
        """
        CREATE TABLE notify.canaries (
            tier text PRIMARY KEY,
            accepted_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL
        )
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE notify.canaries")
